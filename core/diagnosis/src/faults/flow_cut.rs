//! `flow-cut`: the flow worked and then died: application inspection, an idle
//! timeout, roaming.
//!
//! Evidence: a chosen pair that carried packets and on which nothing arrives any
//! more, while that end goes on sending.
//! Where both directions died the ends trace the flow once more, and the cut lies
//! between the last routers that still answer each.
//! Excluded by: a pair that never worked, or on which datagrams came since, or that is
//! known to lose many; an end that is gone by the word of its
//! machine or of the last router.
//! Remedy: exempt the flow from inspection, or raise the idle timeout.

use super::flow::{self, Stopped};
use super::{SIDES, peer_host_gone, peer_socket_closed};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Proof, Verdict};
use hopsight_evidence::Side;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let stopped: Vec<Stopped<'_>> = SIDES
        .into_iter()
        .filter_map(|side| flow::stopped(scene, side))
        .collect();
    let is_gone = [peer_socket_closed::judge_later, peer_host_gone::judge_later];
    if is_gone.iter().any(|judge| judge(scene).is_some()) {
        return None;
    }
    // Whoever does not receive tells of packets that the other end sent.
    let senders: Vec<Side> = stopped.iter().map(|flow| flow.side.other()).collect();
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
    let last: Vec<_> = stopped
        .iter()
        .filter_map(|flow| flow.reach_since(scene))
        .collect();
    let (confidence, addresses) = if last.len() == SIDES.len() {
        let places = last.iter().map(|(last, _)| *last);
        (Confidence::Located, places.collect())
    } else {
        let ends = SIDES.into_iter().filter_map(|side| scene.address_of(side));
        (Confidence::SideOnly, ends.collect())
    };
    let still = last.into_iter().map(|(_, line)| line);
    let still = still.filter(|_| confidence == Confidence::Located);
    let mut lines = stopped.iter().map(|flow| flow.line(scene)).chain(still);
    let proof = Proof::new(lines.next()?, lines.collect());
    let verdict = Verdict::new(
        Code::FlowCut,
        confidence,
        Culprit::new(CulpritKind::EdgeBetween, addresses).stops(&senders),
        words,
        proof,
    );
    Some(verdict.not(
        Code::PortsFiltered,
        "packets of this very flow passed before",
    ))
}
