//! How one side's leg to the relay fares over UDP, before any fault reads it:
//! silent there while the same relay serves that side over a stream.

use crate::Evidence;
use crate::scene::Scene;
use hopsight_evidence::{Fact, Observation, Side, Transport};
use std::net::SocketAddr;

/// One side's relay, dead over UDP and alive over a stream.
#[derive(Clone, Copy)]
pub(super) struct Leg<'a> {
    pub(super) side: Side,
    pub(super) server: SocketAddr,
    silent: &'a Fact,
    waited_ms: u64,
    served: &'a Fact,
    pub(super) by: Transport,
}

/// The leg of `side`, if UDP is the one thing that does not work on it.
pub(super) fn without_udp<'a>(scene: &Scene<'a>, side: Side) -> Option<Leg<'a>> {
    let (silent, server, waited_ms) = scene.seen_by(side).find_map(silence)?;
    let (served, by) = scene.seen_by(side).find_map(answered_by_stream)?;
    let is_dead = super::relay_silence::is_cut_off_from(scene, side, server.ip());
    let answers = scene.seen_by(side).any(answers_over_udp);
    (!is_dead && !answers && waited_ms >= SILENT_MS).then_some(Leg {
        side,
        server,
        silent,
        waited_ms,
        served,
        by,
    })
}

impl Leg<'_> {
    /// What shows that UDP is dead, and that the relay is not.
    pub(super) fn lines(&self, scene: &Scene<'_>) -> [Evidence; 2] {
        let computer = scene.names.computer(self.side);
        let silent = format!(
            "no answer of the relay {} over UDP to {computer} for {} ms",
            self.server, self.waited_ms
        );
        let served = format!("the same relay answers {computer} over {}", self.by);
        [
            Evidence::of(self.silent, silent),
            Evidence::of(self.served, served),
        ]
    }
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

/// A relay that is full answers as well.
const fn answered_by_stream(fact: &Fact) -> Option<(&Fact, Transport)> {
    let (Observation::RelayAllocated {
        transport: transport @ (Transport::Tcp | Transport::Tls),
        ..
    }
    | Observation::TurnResult {
        transport: transport @ (Transport::Tcp | Transport::Tls),
        code: Some(486 | 508),
        ..
    }) = fact.observation
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

/// Two retransmissions of the first request (RFC 8489, section 6.2.1: 0.5 s,
/// then 1 s) had their time.
const SILENT_MS: u64 = 1000;
