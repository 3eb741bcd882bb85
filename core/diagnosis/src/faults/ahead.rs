//! Which router comes next where packets over UDP vanish, because TCP to the same
//! machine passes there and is followed. What drops UDP there, each fault decides.
//!
//! UDP was sent twice at each hop limit before TCP was followed. A router that
//! answered TCP beyond the last one and never answered UDP never had the UDP
//! packets, or has dropped them before it looked at their hop limit. Only a TCP
//! trace that met the last router at the same place is taken to go the same way.

use crate::Evidence;
use crate::scene::Scene;
use hopsight_evidence::{Fact, Hop, Observation, Side, TcpOutcome};
use std::net::{IpAddr, SocketAddr};

/// The two neighbours between which packets over UDP vanish.
#[derive(Clone, Copy)]
pub(super) struct Ahead<'a> {
    fact: &'a Fact,
    destination: IpAddr,
    /// The last place that had them.
    pub(super) near: IpAddr,
    /// The next place on the way.
    pub(super) far: IpAddr,
}

impl Ahead<'_> {
    /// "TCP from the sharer's PC gets to 172.16.2.2 next".
    pub(super) fn line(&self, scene: &Scene<'_>, side: Side) -> Evidence {
        let (computer, far) = (scene.names.computer(side), self.far);
        let what = if far == self.destination {
            format!("it next, right behind {}", self.near)
        } else {
            format!("{far} next, where UDP does not")
        };
        let says = format!("TCP from {computer} to {} gets to {what}", self.destination);
        Evidence::of(self.fact, says)
    }
}

/// What comes after `last`, which answered a probe of `side` at this hop limit; after
/// the machine itself where no router did.
pub(super) fn of<'a>(
    scene: &Scene<'a>,
    side: Side,
    destination: IpAddr,
    last: Option<(u8, IpAddr)>,
) -> Option<Ahead<'a>> {
    let (fact, hops, reset_at) = followed(scene, side, destination)?;
    let router = |ttl: u8| {
        let mut there = hops.iter().filter(|hop| hop.ttl == ttl);
        there.next().map(|hop| hop.address.to_canonical())
    };
    let (ttl, near) = match last {
        Some((ttl, last)) => (ttl, Some(last).filter(|last| router(ttl) == Some(*last))),
        None => (0, scene.address_of(side)),
    };
    let mut beyond = hops.iter().filter(|hop| hop.ttl > ttl).collect::<Vec<_>>();
    beyond.sort_unstable();
    let next = beyond.first().map(|hop| hop.address.to_canonical());
    let end = reset_at.filter(|at| *at > ttl).map(|_| destination);
    let far = next.or(end)?;
    Some(Ahead {
        fact,
        destination,
        near: near?,
        far,
    })
}

/// The place between two neighbours where the requests of `side` to this port of the
/// relay vanish.
pub(super) fn of_relay<'a>(scene: &Scene<'a>, side: Side, server: SocketAddr) -> Option<Ahead<'a>> {
    let hops = scene.seen_by(side).find_map(|fact| {
        let Observation::Trace {
            destination, hops, ..
        } = &fact.observation
        else {
            return None;
        };
        (*destination == server).then_some(hops)
    })?;
    let last = hops.iter().max();
    let last = last.map(|hop| (hop.ttl, hop.address.to_canonical()));
    of(scene, side, server.ip().to_canonical(), last)
}

fn followed<'a>(
    scene: &Scene<'a>,
    side: Side,
    wanted: IpAddr,
) -> Option<(&'a Fact, &'a [Hop], Option<u8>)> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::TcpTrace {
            destination,
            hops,
            reset_at,
            outcome,
            ..
        } = &fact.observation
        else {
            return None;
        };
        let is_there = destination.ip().to_canonical() == wanted;
        let passes = *outcome != TcpOutcome::Unreachable;
        (is_there && passes).then_some((fact, hops.as_slice(), *reset_at))
    })
}
