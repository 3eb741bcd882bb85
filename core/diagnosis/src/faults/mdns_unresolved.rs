//! `mdns-unresolved`: a `.local` candidate cannot be resolved by the other end.
//!
//! Evidence: the end that asked for the name got no answer, and it was told no
//! other address of its peer. Where the other end's own checks are lost as well,
//! the name is not the whole reason.
//! Excluded by: packets that came straight; an address that it could try.
//! Remedy: multicast DNS between the two networks, a native endpoint, or the
//! relay.

use super::SIDES;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Observation, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (side, fact, name) = SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(*side) && scene.unanswered_from(*side).is_none())
        .find_map(|side| unresolved(scene, side))?;
    let (near, far) = (
        scene.names.computer(side),
        scene.names.computer(side.other()),
    );
    let words = Words {
        user: format!(
            "{far} hides its address behind a name that {near} cannot find. \
             The relay carries the picture."
        ),
        admin: format!("{near} gets no answer to a multicast DNS query for {name}."),
        remedy: "let multicast DNS (UDP 5353) pass between the two networks, or use the native \
                 endpoint on the other PC"
            .to_owned(),
    };
    let says = format!("{near} asked for {name} and got no answer");
    let is_tried = scene.unanswered_from(side.other()).is_some();
    let verdict = Verdict::new(
        Code::MdnsUnresolved,
        if is_tried {
            Confidence::Leading
        } else {
            Confidence::Located
        },
        Culprit::new(CulpritKind::Host, Vec::new()).on(&[side.other()]),
        words,
        Proof::new(Evidence::of(fact, says), Vec::new()),
    );
    Some(if is_tried {
        verdict.or(
            Code::SilentDrop,
            format!("a probe from {far} to {near}, whose address is known"),
        )
    } else {
        verdict.not(Code::NoRoute, "no address was known to send to")
    })
}

fn unresolved<'a>(scene: &Scene<'a>, side: Side) -> Option<(Side, &'a Fact, &'a str)> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::CandidateUnresolved { name } = &fact.observation else {
            return None;
        };
        Some((side, fact, name.as_str()))
    })
}
