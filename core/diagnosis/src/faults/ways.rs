//! By which way a machine says it sends, before any fault reads it: its own
//! route table and neighbour table, about the other end and about the server.
//!
//! An observer is believed about its own machine.

use crate::scene::Scene;
use hopsight_evidence::{Fact, HardwareAddress, LinkKind, NeighbourState, Observation, Side};
use std::net::IpAddr;

/// One looked-up route.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) fact: &'a Fact,
    pub(super) side: Side,
    pub(super) destination: IpAddr,
    pub(super) via: Option<IpAddr>,
    pub(super) device: &'a str,
    pub(super) kind: LinkKind,
    pub(super) source: Option<IpAddr>,
    pub(super) neighbour: NeighbourState,
    pub(super) hardware: Option<&'a HardwareAddress>,
}

/// The ways of `side` to the address of the other end that matters, where its
/// packets are not known to arrive.
pub(super) fn to_peer<'a>(scene: &Scene<'a>, side: Side) -> Option<Way<'a>> {
    let far = side.other();
    if scene.delivered_to(far) || scene.unanswered_from(side).is_none() {
        return None;
    }
    let told = scene.addresses_told_of(far);
    let that_matter = looked_up(scene, side).filter(|way| {
        told.contains(&way.destination) && scene.is_the_address_that_matters(far, way.destination)
    });
    // Of two behind one translator the way inside is the better one.
    that_matter.min_by_key(|way| way.via.is_some())
}

/// The way of `side` to a server that answers it.
pub(super) fn to_server<'a>(scene: &Scene<'a>, side: Side) -> Option<Way<'a>> {
    let told = scene.addresses_told_of(side.other());
    looked_up(scene, side).find(|way| !told.contains(&way.destination))
}

/// The way of `side` to this address.
pub(super) fn to_address<'a>(scene: &Scene<'a>, side: Side, address: IpAddr) -> Option<Way<'a>> {
    looked_up(scene, side).find(|way| way.destination == address)
}

fn looked_up<'a>(scene: &Scene<'a>, side: Side) -> impl Iterator<Item = Way<'a>> {
    scene.seen_by(side).filter_map(move |fact| {
        let Observation::Route {
            destination,
            via,
            device,
            device_kind,
            source,
            neighbour,
            neighbour_hardware,
        } = &fact.observation
        else {
            return None;
        };
        Some(Way {
            fact,
            side,
            destination: destination.to_canonical(),
            via: via.map(|via| via.to_canonical()),
            device,
            kind: *device_kind,
            source: source.map(|source| source.to_canonical()),
            neighbour: *neighbour,
            hardware: neighbour_hardware.as_ref(),
        })
    })
}

/// Whether both ends told in which network they stand.
pub(super) fn are_both_known(scene: &Scene<'_>, way: &Way<'_>) -> bool {
    let own = scene.address_of(way.side);
    let near = own.and_then(|address| scene.network_of(way.side, address));
    near.is_some()
        && scene
            .network_of(way.side.other(), way.destination)
            .is_some()
}

/// Whether both ends stand in one network that both of them know, with no
/// translation between them and the server that would show two places.
pub(super) fn is_shared(scene: &Scene<'_>, way: &Way<'_>) -> bool {
    let own = scene.address_of(way.side);
    let near = own.and_then(|address| scene.network_of(way.side, address));
    let far = scene.network_of(way.side.other(), way.destination);
    let is_translated = [way.side, way.side.other()].into_iter().any(|side| {
        let own = scene.own_interfaces(side);
        let signed_in = scene.signed_in_from(side);
        signed_in.is_some_and(|from| !own.is_empty() && !own.contains(&from))
    });
    let seen_from = [way.side, way.side.other()].map(|side| scene.signed_in_from(side));
    let is_one_place = !is_translated || seen_from[0] == seen_from[1];
    // An end that does not tell its networks is where the server sees it.
    let is_near = match far {
        Some(_) => near == far,
        None => scene.signed_in_from(way.side.other()) == Some(way.destination),
    };
    near.is_some() && is_near && is_one_place
}
