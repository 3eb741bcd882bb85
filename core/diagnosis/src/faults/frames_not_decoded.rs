//! `frames-not-decoded`: pictures arrive and cannot be shown.
//!
//! Proof: the viewer's own count: so many pictures came whole and none was
//! decoded.
//! Excluded by: a picture that was shown.
//! Remedy: a codec that both ends decode, or the decoder of that PC.

use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Observation, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (fact, received) = scene.seen_by(Side::Viewer).find_map(|fact| {
        let Observation::Pictures {
            received,
            decoded: 0,
            ..
        } = fact.observation
        else {
            return None;
        };
        (received >= ENOUGH).then_some((fact, received))
    })?;
    let computer = scene.names.computer(Side::Viewer);
    let words = Words {
        user: format!(
            "The picture arrives, but {computer} cannot show it. \
             Another browser or program on that PC can."
        ),
        admin: format!("{received} pictures arrived at {computer}, none could be decoded."),
        remedy: format!("on {computer}: renew the video decoder or choose another codec"),
    };
    let says = format!("{received} pictures arrived whole, none was decoded");
    let addresses = scene.address_of(Side::Viewer).into_iter().collect();
    let verdict = Verdict::new(
        Code::FramesNotDecoded,
        Confidence::Proven,
        Culprit::new(CulpritKind::Host, addresses).on(&[Side::Viewer]),
        words,
        Proof::new(Evidence::of(fact, says), Vec::new()),
    );
    Some(verdict.not(Code::FlowCut, "the pictures arrive"))
}

/// After a lost key picture nothing decodes until the next one comes, which may
/// be asked for more than once; so many in vain are not an accident.
const ENOUGH: u64 = 30;
