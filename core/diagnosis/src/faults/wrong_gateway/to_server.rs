//! `wrong-gateway` of who cannot sign in: nobody answers for the next hop towards
//! the server, and of the connections no router has seen one.

use super::super::sign_in::{self, Attempt};
use super::super::{waited, ways};
use super::{Lost, Towards, own_word};
use crate::scene::Scene;
use hopsight_evidence::{NeighbourState, Side, TcpOutcome};
use std::net::IpAddr;

/// Whether it is why this attempt came to nothing.
pub(in super::super) fn is_why(scene: &Scene<'_>, attempt: &Attempt<'_>) -> bool {
    lost(scene, attempt.side).is_some_and(|lost| lost.destination == attempt.server.ip())
}

/// The machine of `side`, if that keeps it from the server.
pub(super) fn lost<'a>(scene: &Scene<'a>, side: Side) -> Option<Lost<'a>> {
    sign_in::failed(scene)
        .filter(|attempt| attempt.side == side)
        .filter(|attempt| attempt.outcome != TcpOutcome::Refused)
        .filter(|attempt| attempt.last_hop().is_none() && !attempt.is_answered(scene))
        .find_map(|attempt| by_next_hop(scene, &attempt))
}

fn by_next_hop<'a>(scene: &Scene<'a>, attempt: &Attempt<'a>) -> Option<Lost<'a>> {
    let (side, destination) = (attempt.side, attempt.server.ip().to_canonical());
    let way = ways::to_address(scene, side, destination);
    if way.is_some_and(|way| way.neighbour == NeighbourState::Answers) {
        return None;
    }
    let silent = way.filter(|way| way.neighbour == NeighbourState::Silent);
    let given_up = own_word(scene, side, waited::about(scene, side, destination));
    let own = match (given_up, silent) {
        (Some(waited), _) => waited.offender,
        (None, Some(way)) => own_address(scene, side, way.source)?,
        (None, None) => return None,
    };
    let gateway = way.and_then(|way| Some((way.fact, way.via?)));
    (given_up.is_some() || gateway.is_some()).then_some(Lost {
        side,
        own,
        destination,
        gateway,
        given_up: given_up.map(|waited| (waited.fact, waited.after_ms)),
        towards: Towards::Server,
    })
}

/// The one from which it sends, where it has several.
fn own_address(scene: &Scene<'_>, side: Side, source: Option<IpAddr>) -> Option<IpAddr> {
    let own = scene.own_interfaces(side);
    let source = source.filter(|address| own.contains(address));
    source.or_else(|| scene.address_of(side))
}
