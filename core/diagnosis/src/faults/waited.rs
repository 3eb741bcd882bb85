//! Kernels that waited for a neighbour in vain: "host unreachable" after the
//! seconds that they ask on a link (3.07 s, measured). Who waited, the own machine
//! or a router, each fault decides.

use crate::scene::Scene;
use hopsight_evidence::{Fact, IcmpKind, Observation, Side};
use std::net::IpAddr;

/// A neighbour that did not answer.
#[derive(Clone, Copy)]
pub(super) struct Waited<'a> {
    pub(super) fact: &'a Fact,
    /// Whose packet waited.
    pub(super) side: Side,
    /// Who waited and said so.
    pub(super) offender: IpAddr,
    /// Whom the packet was for.
    pub(super) destination: IpAddr,
    pub(super) after_ms: u64,
}

/// What `side` was told in that way about addresses that the other end told of.
pub(super) fn told_to<'a>(scene: &Scene<'a>, side: Side) -> Vec<Waited<'a>> {
    let told = scene.addresses_told_of(side.other());
    scene
        .seen_by(side)
        .filter_map(|fact| of(fact, side))
        .filter(|one| told.contains(&one.destination))
        .collect()
}

/// What `side` was told in that way about this address.
pub(super) fn about<'a>(scene: &Scene<'a>, side: Side, address: IpAddr) -> Vec<Waited<'a>> {
    scene
        .seen_by(side)
        .filter_map(|fact| of(fact, side))
        .filter(|one| one.destination == address)
        .collect()
}

/// That fact, if it tells of a neighbour that did not answer.
pub(super) fn of(fact: &Fact, side: Side) -> Option<Waited<'_>> {
    let Observation::IcmpError {
        destination,
        offender,
        kind: IcmpKind::HostUnreachable,
        after_ms,
        ..
    } = fact.observation
    else {
        return None;
    };
    (after_ms >= AT_ONCE_MS).then_some(Waited {
        fact,
        side,
        offender: offender.to_canonical(),
        destination: destination.ip().to_canonical(),
        after_ms,
    })
}

/// Who has no route says so at once; a neighbour is asked three times, one second
/// apart.
pub(super) const AT_ONCE_MS: u64 = 1000;
