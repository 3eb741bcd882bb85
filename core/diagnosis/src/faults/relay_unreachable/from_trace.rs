//! `relay-unreachable` from a Lync trace: the mask says that the relay could
//! not be contacted and that an allocation failed, on the measuring side.

use super::super::traced::{RELAY_TCP_FAILED, RELAY_UDP_FAILED, RELAY_UNREACHABLE, Summary};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::ice_warnings;

/// The verdict, if a trace's summary leads to it.
pub(in crate::faults) fn judge_trace(scene: &Scene<'_>) -> Option<Verdict> {
    let summary = Summary::find(scene)?;
    let is_allocation_failed = summary.has(RELAY_UDP_FAILED) || summary.has(RELAY_TCP_FAILED);
    if !summary.has(RELAY_UNREACHABLE) || !is_allocation_failed {
        return None;
    }
    let words = Words {
        user: "The PC that measured had no relay to fall back on.".to_owned(),
        admin: admin(summary),
        remedy: "open TCP 443 and UDP 3478 from that PC's network to the edge's inner address, \
                 and check the edge's route back"
            .to_owned(),
    };
    Some(
        Verdict::new(
            Code::RelayUnreachable,
            Confidence::Leading,
            Culprit::new(CulpritKind::EdgeBetween, Vec::new()),
            words,
            proof(summary)?,
        )
        .or(
            Code::ServerNotListening,
            "TCP 443 and UDP 3478 from both PCs to the edge's inner address",
        ),
    )
}

fn admin(summary: Summary<'_>) -> String {
    let bits: Vec<String> = [RELAY_UNREACHABLE, RELAY_UDP_FAILED, RELAY_TCP_FAILED]
        .into_iter()
        .filter(|bit| summary.has(*bit))
        .map(|bit| format!("{bit:#x}"))
        .collect();
    let offered = if summary.peer_offered_no_relay() {
        "; the peer offered none"
    } else {
        ""
    };
    format!(
        "For {} the relay was not reachable ({}){offered}.",
        summary.who(),
        bits.join(", ")
    )
}

fn proof(summary: Summary<'_>) -> Option<Proof> {
    let relay_bits = RELAY_UNREACHABLE | RELAY_UDP_FAILED | RELAY_TCP_FAILED;
    let (known, _) = ice_warnings(summary.mask & relay_bits);
    let bits = known.into_iter().map(|warning| {
        let says = format!("ICEWarn has bit {:#x}: {}", warning.bit, warning.meaning);
        Evidence::of(summary.fact, says)
    });
    let absent = summary.peer_offered_no_relay().then(|| {
        let says = "there is no key RemoteMR: the peer offered no relay";
        Evidence::of(summary.fact, says)
    });
    let unknown = summary.unknown().map(|keys| {
        let says = format!("emptied before this copy was made, so unknown: {keys}");
        Evidence::of(summary.fact, says)
    });
    let measured = Evidence::of(summary.fact, summary.measured());
    let mut lines = bits.chain(absent).chain(unknown).chain([measured]);
    Some(Proof::new(lines.next()?, lines.collect()))
}
