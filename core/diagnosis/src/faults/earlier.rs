//! What earlier sessions showed, before any fault reads it: where packets went
//! while they came through, and what a router said a moment ago. That it is still
//! the same neither says.

use crate::scene::{Scene, says_no_route};
use hopsight_evidence::{Fact, IcmpKind, Observation, Side};
use std::net::IpAddr;

/// A router's word in a session a moment ago.
pub(super) struct Word<'a> {
    pub(super) fact: &'a Fact,
    pub(super) router: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) kind: IcmpKind,
}

/// The router that came after `last` on the way of `from` then.
pub(super) fn next<'a>(scene: &Scene<'a>, from: Side, last: IpAddr) -> Option<(&'a Fact, IpAddr)> {
    scene.facts().find_map(|fact| {
        let Observation::EarlierPath { side, hops, .. } = &fact.observation else {
            return None;
        };
        let mut hops = hops.clone();
        hops.sort_unstable();
        let mut rest = hops
            .iter()
            .map(|hop| hop.address.to_canonical())
            .skip_while(|address| *address != last)
            .skip(1);
        let next = rest.next().filter(|_| *side == from)?;
        Some((fact, next))
    })
}

/// That `router` told `from` that it has no route. An address of either party is
/// no router, whoever says so.
pub(super) fn refusal<'a>(scene: &Scene<'a>, from: Side, router: IpAddr) -> Option<Word<'a>> {
    scene.facts().find_map(|fact| {
        let Observation::EarlierRefusal {
            side,
            router: offender,
            destination,
            kind,
            after_ms,
            ..
        } = fact.observation
        else {
            return None;
        };
        let (offender, destination) = (offender.to_canonical(), destination.to_canonical());
        let is_meant = side == from
            && offender == router
            && says_no_route(kind, after_ms)
            && scene.may_be_router(offender, destination);
        is_meant.then_some(Word {
            fact,
            router,
            destination,
            kind,
        })
    })
}
