//! How far one side's packets are known to get on their way to the other end:
//! to the last router that answered a probe with a small hop limit, or to the
//! next hop that answers on the first link, or not even there.
//!
//! Only what a side's own packets met counts. The way back may be another one,
//! so nothing is taken from the other end's trace. What answers in the name of the
//! other end's NAT is the NAT or something behind it: packets get there at least.

use super::ahead::{self, Ahead};
use super::mapping;
use crate::scene::Scene;
use hopsight_evidence::{Fact, NeighbourState, Observation, Side};
use std::net::IpAddr;

/// The last place that is known to have had the packets.
#[derive(Clone, Copy)]
pub(super) struct Reach<'a> {
    pub(super) fact: &'a Fact,
    pub(super) last: IpAddr,
    pub(super) how: How,
    destination: IpAddr,
}

/// How that is known. Ordered from least to most telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// The machine sends there, and it answers on the link.
    NextHop,
    /// It let the hop limit of a probe run out.
    Answered {
        /// That hop limit.
        ttl: u8,
    },
}

impl<'a> Reach<'a> {
    /// The two neighbours between which the packets of `side` vanish, where TCP is
    /// known to come farther.
    pub(super) fn ahead(&self, scene: &Scene<'a>, side: Side) -> Option<Ahead<'a>> {
        let last = match self.how {
            How::Answered { ttl } => Some((ttl, self.last)),
            How::NextHop => None,
        };
        ahead::of(scene, side, self.destination, last)
    }

    /// "10.102.0.1 answered a probe with hop limit 1, nobody beyond it did".
    pub(super) fn says(&self, scene: &Scene<'_>, side: Side) -> String {
        let (last, computer) = (self.last, scene.names.computer(side));
        match self.how {
            How::Answered { ttl } => format!(
                "of {computer}'s probes {last} answered the one with hop limit {ttl}, nobody beyond it did"
            ),
            How::NextHop => format!(
                "{computer} sends by {last}, which answers on the link; no probe beyond it was answered"
            ),
        }
    }
}

/// How far the packets of `side` get, as itself tells.
pub(super) fn of<'a>(scene: &Scene<'a>, side: Side) -> Option<Reach<'a>> {
    let far = side.other();
    let mut told = scene.addresses_told_of(far).clone();
    told.retain(|address| {
        scene.is_explained(*address) && !scene.is_only_inside_a_nat(far, *address)
    });
    let mut known: Vec<Reach<'a>> = scene
        .seen_by(side)
        .filter_map(|fact| reach(scene, side, &told, fact))
        .collect();
    known.sort_by_key(|reach| (reach.how, reach.last));
    known.pop()
}

/// Whether a router answered a probe of `side` at all.
pub(super) fn is_beyond_link(scene: &Scene<'_>, side: Side) -> bool {
    of(scene, side).is_some_and(|reach| reach.how != How::NextHop)
}

/// Whether the packets of `side` get past the first router.
pub(super) fn is_beyond_first(scene: &Scene<'_>, side: Side) -> bool {
    of(scene, side).is_some_and(|reach| match reach.how {
        How::Answered { ttl } => ttl > 1,
        How::NextHop => false,
    })
}

/// The last router on the way of `side` to this address, as a trace to it tells.
pub(super) fn towards(scene: &Scene<'_>, side: Side, address: IpAddr) -> Option<IpAddr> {
    scene.seen_by(side).find_map(|fact| {
        let (destination, last, _) = answered(scene, side, fact)?;
        (destination == address).then_some(last)
    })
}

fn reach<'a>(
    scene: &Scene<'a>,
    side: Side,
    told: &std::collections::BTreeSet<IpAddr>,
    fact: &'a Fact,
) -> Option<Reach<'a>> {
    let (destination, last, how) = answered(scene, side, fact).or_else(|| next_hop(fact))?;
    let destination = destination.to_canonical();
    told.contains(&destination).then_some(Reach {
        fact,
        last: last.to_canonical(),
        how,
        destination,
    })
}

fn answered(scene: &Scene<'_>, side: Side, fact: &Fact) -> Option<(IpAddr, IpAddr, How)> {
    let Observation::Trace {
        destination, hops, ..
    } = &fact.observation
    else {
        return None;
    };
    let is_on_the_way =
        |address| !scene.is_party(address) || mapping::is_gate_of(scene, side.other(), address);
    let routers = hops.iter().filter(|hop| is_on_the_way(hop.address));
    let last = routers.max()?;
    Some((
        destination.ip(),
        last.address,
        How::Answered { ttl: last.ttl },
    ))
}

fn next_hop(fact: &Fact) -> Option<(IpAddr, IpAddr, How)> {
    let Observation::Route {
        destination,
        via: Some(via),
        neighbour: NeighbourState::Answers,
        ..
    } = fact.observation
    else {
        return None;
    };
    Some((destination, via, How::NextHop))
}
