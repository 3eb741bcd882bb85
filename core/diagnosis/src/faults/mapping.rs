//! How an end looks from outside, before any fault reads it: the addresses that
//! a STUN server told it, and the ones that others saw.

use crate::scene::{Scene, Tally};
use hopsight_evidence::{CandidateKind, Fact, Observation, Side, Via};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// The reflexive addresses of `side` that are not its own.
pub(super) fn outside(scene: &Scene<'_>, side: Side) -> BTreeSet<SocketAddr> {
    let own = scene.candidates_of(side, CandidateKind::Host);
    scene
        .facts()
        .filter_map(|fact| {
            let Observation::Candidate {
                own: is_own,
                kind: CandidateKind::ServerReflexive,
                address,
                ..
            } = fact.observation
            else {
                return None;
            };
            let of = fact.observer.side()?;
            let of = if is_own { of } else { of.other() };
            let is_outside = !own.contains(&address.ip().to_canonical());
            (of == side && is_outside).then_some(address)
        })
        .collect()
}

/// The one address that both ends share outside, if both are behind it.
pub(super) fn shared(scene: &Scene<'_>) -> Option<IpAddr> {
    let [sharer, viewer] = super::SIDES.map(|side| {
        let addresses = outside(scene, side);
        addresses
            .iter()
            .map(SocketAddr::ip)
            .collect::<BTreeSet<_>>()
    });
    sharer.intersection(&viewer).next().copied()
}

/// Whether this is the address of a NAT of `side`'s own, and of nobody else.
pub(super) fn is_gate_of(scene: &Scene<'_>, side: Side, address: IpAddr) -> bool {
    let is_outside = |of: Side| {
        let mut known = outside(scene, of).into_iter();
        known.any(|one| one.ip().to_canonical() == address.to_canonical())
    };
    is_outside(side) && !is_outside(side.other())
}

/// Whether the address of `side` is a translator's, or one that only means something
/// behind it.
pub(super) fn is_of_nat(scene: &Scene<'_>, side: Side, address: IpAddr) -> bool {
    let hosts = scene.candidates_of(side, CandidateKind::Host);
    let outside = scene.candidates_of(side, CandidateKind::ServerReflexive);
    let is_outside = outside.contains(&address) && !hosts.contains(&address);
    is_outside || scene.is_only_inside_a_nat(side, address)
}

/// Whether the NAT of `side` gave the outside address the very port that the machine
/// uses. Two NATs that do let each other's packets in once both ends have sent (RFC
/// 4787, section 4.2.1).
pub(super) fn keeps_ports(scene: &Scene<'_>, side: Side) -> bool {
    let outside = outside(scene, side);
    let inside = scene.sockets_of(side, CandidateKind::Host);
    let is_kept = |one: &SocketAddr| inside.iter().any(|own| own.port() == one.port());
    !outside.is_empty() && outside.iter().all(is_kept)
}

/// The checks of `side` that go to the other end's NAT at an address from which that
/// end's own checks came: what opened the NAT for them.
pub(super) fn opened<'a>(scene: &Scene<'a>, side: Side) -> Option<Tally<'a>> {
    let mut tallies = scene.direct_tallies();
    tallies.find(|tally| {
        let is_of_nat = is_gate_of(scene, side.other(), tally.pair.remote.ip());
        tally.side == side && is_of_nat && tally.received > 0
    })
}

/// Checks of `side` that came from its reflexive address and another port than
/// the STUN server saw: its NAT maps per destination (RFC 4787, section 4.1).
pub(super) fn moved<'a>(scene: &Scene<'a>, side: Side) -> Option<(&'a Fact, SocketAddr)> {
    let known = outside(scene, side);
    scene.seen_by(side.other()).find_map(|fact| {
        let Observation::Checks { pair, received, .. } = fact.observation else {
            return None;
        };
        let same_address = known.iter().any(|one| one.ip() == pair.remote.ip());
        let is_new = same_address && !known.contains(&pair.remote);
        let is_seen = received > 0 && pair.via != Via::Direct;
        (is_new && is_seen).then_some((fact, pair.remote))
    })
}
