//! `hairpin-missing`: two parties behind one NAT cannot reach its public address
//! from inside.
//!
//! Evidence: both have the same reflexive address, nothing came straight, and
//! the probes towards the other's inner address end at the first router.
//! Excluded by: packets that came straight; probes that get farther (then the
//! inner way is judged by itself).
//! Remedy: NAT reflection for that address, or an inner way.

use super::{SIDES, mapping, reach};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    if SIDES.into_iter().any(|side| scene.delivered_to(side)) {
        return None;
    }
    let address = mapping::shared(scene)?;
    if SIDES
        .into_iter()
        .any(|side| reach::is_beyond_first(scene, side))
    {
        return None;
    }
    let mut lines = SIDES.into_iter().filter_map(|side| {
        let tally = scene.unanswered_from(side)?;
        let says = format!(
            "{} is {address} from outside, and none of its {} was answered",
            scene.names.computer(side),
            tally.checks()
        );
        Some(Evidence::of(tally.fact, says))
    });
    let proof = Proof::new(lines.next()?, lines.collect());
    let words = Words {
        user: format!(
            "Both PCs are behind {address}, which does not let them reach each other. \
             Your network team can change that; the relay carries the picture."
        ),
        admin: format!("{address} does not reflect packets from inside to its own address."),
        remedy: format!(
            "on {address}: enable NAT reflection (hairpinning, RFC 4787, REQ-9), or route between \
             the two inner networks"
        ),
    };
    let verdict = Verdict::new(
        Code::HairpinMissing,
        Confidence::Leading,
        Culprit::new(CulpritKind::Router, vec![address])
            .on(&SIDES)
            .stops(&SIDES),
        words,
        proof,
    );
    Some(verdict.or(
        Code::SilentDrop,
        "a probe between the two inner addresses, from both ends",
    ))
}
