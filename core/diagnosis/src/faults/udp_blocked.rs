//! `udp-blocked`: no UDP at all passes for one side's network, or for both.
//!
//! Evidence: the relay stays silent over UDP for that side and serves it over
//! TCP or TLS, nothing of the other end arrived, and no direct check was
//! answered. Only the side is known: where the packets end needs a trace.
//! Excluded by: any answer over UDP, any check that arrived there; a relay whose
//! address is dead over every transport; a cause that somebody told of.
//! Remedy: UDP 3478 at least.

use super::{SIDES, listed};
use crate::scene::Scene;
use crate::{
    Code, Confidence, Culprit, CulpritKind, CulpritSide, Direction, Evidence, Proof, Rival, Verdict,
};
use hopsight_evidence::{Fact, Observation, Side, Transport};
use std::net::SocketAddr;

/// One side's relay, dead over UDP and alive over a stream.
#[derive(Clone, Copy)]
struct Leg<'a> {
    side: Side,
    server: SocketAddr,
    silent: &'a Fact,
    waited_ms: u64,
    served: &'a Fact,
    by: Transport,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let legs: Vec<Leg<'_>> = SIDES
        .into_iter()
        .filter_map(|side| leg(scene, side))
        .collect();
    let first = *legs.first()?;
    let sides: Vec<Side> = legs.iter().map(|leg| leg.side).collect();
    let computers: Vec<String> = sides
        .iter()
        .map(|side| scene.names.computer(*side))
        .collect();
    let computers = listed(&computers);
    let networks: Vec<String> = sides
        .iter()
        .map(|side| super::network_of(scene, *side))
        .collect();
    let networks = listed(&networks);
    let mut lines = legs.iter().flat_map(|leg| lines(scene, leg));
    Some(Verdict {
        code: Code::UdpBlocked,
        layer: Code::UdpBlocked.layer(),
        confidence: Confidence::SideOnly,
        culprit: Some(culprit(scene, &legs, &sides)),
        user: format!(
            "The network of {computers} lets no UDP pass, which a direct picture needs. \
             Your network team can allow it."
        ),
        admin: format!(
            "No UDP packet is answered for {networks}, neither by the other PC nor by the \
             relay {}, which answers over {}.",
            first.server.ip(),
            first.by
        ),
        remedy: format!(
            "permit UDP from {networks} to {} port {}, and between the two PCs' networks, \
             both directions; until then sessions stay on the relay",
            first.server.ip(),
            first.server.port()
        ),
        evidence: Proof::new(lines.next()?, lines.collect()),
        excluded: Vec::new(),
        cannot_tell_apart: vec![Rival::new(
            Code::PortsFiltered,
            "UDP from both PCs to another server port: if any passes, a filter for some ports is at work",
        )],
        also: Vec::new(),
        first_evidence_ms: None,
        verdict_ms: None,
    })
}

fn leg<'a>(scene: &Scene<'a>, side: Side) -> Option<Leg<'a>> {
    let is_cut = !scene.delivered_to(side) && scene.unanswered_from(side).is_some();
    let (silent, server, waited_ms) = scene.seen_by(side).find_map(silence)?;
    let (served, by) = scene.seen_by(side).find_map(served_by_stream)?;
    let is_dead = super::relay_unreachable::is_cut_off_from(scene, side, server.ip());
    let answers = scene.seen_by(side).any(answers_over_udp);
    (is_cut && !is_dead && !answers && waited_ms >= SILENT_MS).then_some(Leg {
        side,
        server,
        silent,
        waited_ms,
        served,
        by,
    })
}

fn silence(fact: &Fact) -> Option<(&Fact, SocketAddr, u64)> {
    let Observation::RelaySilent {
        server,
        transport: Transport::Udp,
        waited_ms,
        ..
    } = fact.observation
    else {
        return None;
    };
    Some((fact, server, waited_ms))
}

const fn served_by_stream(fact: &Fact) -> Option<(&Fact, Transport)> {
    let Observation::RelayAllocated {
        transport: transport @ (Transport::Tcp | Transport::Tls),
        ..
    } = fact.observation
    else {
        return None;
    };
    Some((fact, transport))
}

const fn answers_over_udp(fact: &Fact) -> bool {
    matches!(
        fact.observation,
        Observation::RelayAllocated {
            transport: Transport::Udp,
            ..
        } | Observation::TurnResult {
            transport: Transport::Udp,
            ..
        }
    )
}

fn culprit(scene: &Scene<'_>, legs: &[Leg<'_>], sides: &[Side]) -> Culprit {
    let ends = sides.iter().filter_map(|side| scene.address_of(*side));
    let server = legs.iter().map(|leg| leg.server.ip()).take(1);
    Culprit {
        kind: CulpritKind::EdgeBetween,
        addresses: ends.chain(server).collect(),
        name: None,
        side: CulpritSide::of(sides),
        direction: Some(Direction::Both),
    }
}

fn lines(scene: &Scene<'_>, leg: &Leg<'_>) -> [Evidence; 2] {
    let computer = scene.names.computer(leg.side);
    [
        Evidence::of(
            leg.silent,
            format!(
                "no answer of the relay {} over UDP to {computer} for {} ms",
                leg.server, leg.waited_ms
            ),
        ),
        Evidence::of(
            leg.served,
            format!("the same relay serves {computer} over {}", leg.by),
        ),
    ]
}

/// Two retransmissions of the first request (RFC 8489, section 6.2.1: 0.5 s,
/// then 1 s) had their time.
const SILENT_MS: u64 = 1000;
