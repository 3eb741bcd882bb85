//! What the relay answered and what it left unanswered, before any fault reads it.

use crate::scene::Scene;
use hopsight_evidence::{Fact, Observation, Side, Transport};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// One transport that ended in silence or refusal.
#[derive(Clone, Copy)]
pub(super) struct Silence<'a> {
    pub(super) fact: &'a Fact,
    pub(super) side: Side,
    pub(super) server: SocketAddr,
    pub(super) transport: Transport,
    pub(super) waited_ms: u64,
    pub(super) text: &'a str,
}

/// The fact that shows that the relay answered `side`.
pub(super) fn reached_by<'a>(scene: &Scene<'a>, side: Side) -> Option<&'a Fact> {
    let own = scene.seen_by(side).find(|fact| {
        matches!(
            fact.observation,
            Observation::RelayAllocated { .. } | Observation::TurnResult { .. }
        )
    });
    own.or_else(|| {
        scene.facts().find(|fact| {
            matches!(fact.observation, Observation::RelayServes { side: served, .. } if served == side)
        })
    })
}

/// Whether one of the relay's addresses is out of reach for `side`: another one
/// may well serve it, on the sign-in port for instance.
pub(super) fn is_cut_off(scene: &Scene<'_>, side: Side) -> bool {
    silences(scene, side).any(|one| is_cut_off_from(scene, side, one.server.ip()))
}

/// Whether this address of the relay is out of reach for `side`.
pub(super) fn is_cut_off_from(scene: &Scene<'_>, side: Side, relay: IpAddr) -> bool {
    let tried: BTreeSet<Transport> = silences(scene, side)
        .filter(|one| one.server.ip() == relay)
        .map(|one| one.transport)
        .collect();
    let over_streams = [Transport::Tcp, Transport::Tls];
    let answers = scene.seen_by(side).any(|fact| {
        matches!(fact.observation,
            Observation::RelayAllocated { server, .. } | Observation::TurnResult { server, .. }
                if server.ip() == relay)
    });
    let is_served = scene.facts().any(|fact| {
        matches!(fact.observation, Observation::RelayServes { side: served, transport, .. }
            if served == side && tried.contains(&transport))
    });
    tried.contains(&Transport::Udp)
        && over_streams.iter().any(|one| tried.contains(one))
        && !answers
        && !is_served
}

/// What the relay left unanswered for `side`, one a transport and address.
pub(super) fn silences<'a>(scene: &Scene<'a>, side: Side) -> impl Iterator<Item = Silence<'a>> {
    scene.seen_by(side).filter_map(move |fact| {
        let Observation::RelaySilent {
            server,
            transport,
            text,
            waited_ms,
            connected: false,
        } = &fact.observation
        else {
            return None;
        };
        Some(Silence {
            fact,
            side,
            server: *server,
            transport: *transport,
            waited_ms: *waited_ms,
            text,
        })
    })
}
