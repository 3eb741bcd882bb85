//! `flow-cut`: the flow worked and then died: application inspection, an idle
//! timeout, roaming.
//!
//! Evidence: a chosen pair that carried packets and on which nothing arrives any
//! more, while that end goes on sending.
//! Excluded by: a pair that never worked.
//! Remedy: exempt the flow from inspection, or raise the idle timeout.

use super::SIDES;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Observation, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let stopped: Vec<(Side, Evidence)> = SIDES
        .into_iter()
        .filter_map(|side| Some((side, stopped(scene, side)?)))
        .collect();
    // Whoever does not receive tells of packets that the other end sent.
    let senders: Vec<Side> = stopped.iter().map(|(side, _)| side.other()).collect();
    let [sharer, viewer] = SIDES.map(|side| scene.names.computer(side));
    let words = Words {
        user: format!(
            "The connection between {sharer} and {viewer} worked and then died on the way. \
             Your network team can find out which device ended it."
        ),
        admin: "Packets passed, then none came any more, while both ends went on.".to_owned(),
        remedy: "exempt this flow from application inspection, or raise the idle timeout of the \
                 devices on the way"
            .to_owned(),
    };
    let addresses = SIDES
        .into_iter()
        .filter_map(|side| scene.address_of(side))
        .collect();
    let mut lines = stopped.into_iter().map(|(_, line)| line);
    let proof = Proof::new(lines.next()?, lines.collect());
    let verdict = Verdict::new(
        Code::FlowCut,
        Confidence::SideOnly,
        Culprit::new(CulpritKind::EdgeBetween, addresses).stops(&senders),
        words,
        proof,
    );
    Some(verdict.not(
        Code::PortsFiltered,
        "packets of this very flow passed before",
    ))
}

fn stopped(scene: &Scene<'_>, side: Side) -> Option<Evidence> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::FlowStopped {
            pair,
            lived_ms,
            silent_ms,
        } = fact.observation
        else {
            return None;
        };
        if lived_ms == 0 || silent_ms == 0 {
            return None;
        }
        let says = format!(
            "{} received packets from {} for {lived_ms} ms and none in the {silent_ms} ms after",
            scene.names.computer(side),
            pair.remote
        );
        Some(Evidence::of(fact, says))
    })
}
