//! How much of the way between the two PCs is cleared of losing packets, because
//! an end's datagrams to and from the relay take it as well and come whole. Which
//! fault lies in the rest, each fault decides.
//!
//! A check between a relayed address that an end holds over UDP and one that the
//! other end holds over a stream crosses the network as a datagram on the first
//! end's leg only. As far as that end's ways to the relay and to the other end
//! are one, such checks that are all answered clear it. A check that leaves before the
//! relay may pass it, or is still on its way when it is told of, has no answer
//! either; how many these are, checks between two streams tell.

use super::SIDES;
use crate::Evidence;
use crate::scene::Scene;
use hopsight_evidence::{Fact, Observation, Side, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// What is left of the way between the two PCs.
pub(super) struct Rest {
    /// Its two ends, the sharer's first.
    pub(super) ends: Vec<IpAddr>,
    /// The one end near which it lies, when that end's leg loses packets too.
    pub(super) near: Option<Side>,
    /// What clears the other parts.
    pub(super) lines: Vec<Evidence>,
}

/// The way between the two PCs without the parts that are clean; `measured` tells to
/// which addresses of the other end the datagrams of a side went that were lost.
pub(super) fn rest(scene: &Scene<'_>, measured: impl Fn(Side) -> BTreeSet<IpAddr>) -> Rest {
    let legs = SIDES.map(|side| leg(scene, side));
    let mut ends = Vec::new();
    let mut lines = Vec::new();
    for (side, leg) in SIDES.into_iter().zip(&legs) {
        let clean = leg.as_ref().filter(|leg| leg.is_clean());
        let cleared = clean.and_then(|leg| Some((leg, parting(scene, side, &measured(side))?)));
        if let Some((leg, (place, fact))) = cleared {
            ends.push(place);
            lines.push(leg.line(scene));
            let computer = scene.names.computer(side);
            lines.push(Evidence::of(
                fact,
                format!("{computer} reaches the relay by {place} as well"),
            ));
        } else {
            ends.extend(scene.address_of(side));
        }
    }
    ends.dedup();
    let near = SIDES
        .into_iter()
        .zip(&legs)
        .zip(legs.iter().rev())
        .find(|((_, own), other)| {
            own.as_ref().is_some_and(Leg::is_lossy) && other.as_ref().is_some_and(Leg::is_clean)
        });
    Rest {
        ends,
        near: near.map(|((side, _), _)| side),
        lines,
    }
}

/// What became of checks that cross one end's leg to the relay, and no other
/// stretch, as datagrams.
struct Leg<'a> {
    side: Side,
    fact: &'a Fact,
    pairs: u32,
    sent: u32,
    lost: u32,
    /// So many would have had no answer without any loss.
    unready: u32,
}

impl Leg<'_> {
    /// One check more may still be on its way.
    const fn is_clean(&self) -> bool {
        let lost = self.lost.saturating_sub(self.unready).saturating_sub(1);
        self.sent >= ENOUGH && lost.saturating_mul(CLEAN_OF) <= self.sent
    }

    /// On each pair one check may still be on its way.
    const fn is_lossy(&self) -> bool {
        let lost = self.lost.saturating_sub(self.pairs);
        lost >= 2 && self.lost.saturating_mul(LOSSY_OF) >= self.sent
    }

    fn line(&self, scene: &Scene<'_>) -> Evidence {
        let computer = scene.names.computer(self.side);
        Evidence::of(
            self.fact,
            format!(
                "of {} checks between {computer} and the relay over UDP {} were answered",
                self.sent,
                self.sent.saturating_sub(self.lost)
            ),
        )
    }
}

fn leg<'a>(scene: &Scene<'a>, side: Side) -> Option<Leg<'a>> {
    let datagrams = held(scene, side, is_datagram);
    let own = held(scene, side, is_stream);
    let far = held(scene, side.other(), is_stream);
    let mut leg = sum(scene, side, &datagrams, &far)?;
    if let Some(still) = sum(scene, side, &own, &far) {
        let unready = leg.pairs.saturating_mul(still.lost);
        leg.unready = unready.div_ceil(still.pairs.max(1)).min(leg.pairs);
    }
    Some(leg)
}

/// What became of both ends' checks between these addresses of `side` and those
/// of the other end.
fn sum<'a>(
    scene: &Scene<'a>,
    side: Side,
    own: &BTreeSet<SocketAddr>,
    far: &BTreeSet<SocketAddr>,
) -> Option<Leg<'a>> {
    let mut sum: Option<Leg<'_>> = None;
    for fact in scene.facts() {
        let Observation::Checks {
            pair,
            sent,
            answered,
            ..
        } = fact.observation
        else {
            continue;
        };
        let (near, there) = if fact.observer.side() == Some(side) {
            (pair.local, pair.remote)
        } else {
            (pair.remote, pair.local)
        };
        if own.contains(&near) && far.contains(&there) {
            let leg = sum.get_or_insert(Leg {
                side,
                fact,
                pairs: 0,
                sent: 0,
                lost: 0,
                unready: 0,
            });
            leg.pairs = leg.pairs.saturating_add(1);
            leg.sent = leg.sent.saturating_add(sent);
            leg.lost = leg.lost.saturating_add(sent.saturating_sub(answered));
        }
    }
    sum
}

fn is_datagram(transport: Transport) -> bool {
    transport == Transport::Udp
}

const fn is_stream(transport: Transport) -> bool {
    matches!(transport, Transport::Tcp | Transport::Tls)
}

/// The addresses that the relay lends `side` over these transports, by its own
/// word.
fn held(scene: &Scene<'_>, side: Side, wanted: fn(Transport) -> bool) -> BTreeSet<SocketAddr> {
    let lent = scene.facts().filter_map(|fact| {
        let Observation::RelayServes {
            side: of,
            transport,
            relayed,
            ..
        } = fact.observation
        else {
            return None;
        };
        (of == side && wanted(transport)).then_some(relayed)
    });
    lent.collect()
}

/// The last place that is known to lie on the ways of `side` both to the other
/// end, where it was measured, and to the relay; and what tells it.
fn parting<'a>(
    scene: &Scene<'a>,
    side: Side,
    peer: &BTreeSet<IpAddr>,
) -> Option<(IpAddr, &'a Fact)> {
    let is_peer = |address: &IpAddr| peer.contains(address);
    let is_relay = |address: &IpAddr| scene.relay_addresses().contains(address);
    let traces = hops(scene, side, is_peer).zip(hops(scene, side, is_relay));
    let by_trace = traces.and_then(|((_, there), (fact, relay))| {
        let alike = relay
            .into_iter()
            .take_while(|(ttl, router)| there.get(ttl).is_none_or(|other| other == router));
        let shared = alike.filter(|(ttl, _)| there.contains_key(ttl)).last();
        shared.map(|(_, router)| (router, fact))
    });
    by_trace.or_else(|| {
        let (fact, gateway) = next_hop(scene, side, is_relay)?;
        let (_, other) = next_hop(scene, side, is_peer)?;
        (gateway == other).then_some((gateway, fact))
    })
}

/// The routers that answered on the way of `side` there, as its longest trace
/// tells.
fn hops<'a>(
    scene: &Scene<'a>,
    side: Side,
    is_there: impl Fn(&IpAddr) -> bool,
) -> Option<(&'a Fact, BTreeMap<u8, IpAddr>)> {
    let traces = scene.seen_by(side).filter_map(|fact| {
        let (Observation::Trace {
            destination, hops, ..
        }
        | Observation::SizedTrace {
            destination, hops, ..
        }) = &fact.observation
        else {
            return None;
        };
        let routers = hops.iter().map(|hop| (hop.ttl, hop.address.to_canonical()));
        let routers = routers.filter(|(_, router)| !scene.is_party(*router));
        is_there(&destination.ip().to_canonical()).then(|| (fact, routers.collect()))
    });
    traces.max_by_key(|(_, hops): &(&Fact, BTreeMap<u8, IpAddr>)| hops.len())
}

/// By which gateway `side` sends there, as its own machine tells.
fn next_hop<'a>(
    scene: &Scene<'a>,
    side: Side,
    is_there: impl Fn(&IpAddr) -> bool,
) -> Option<(&'a Fact, IpAddr)> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::Route {
            destination,
            via: Some(via),
            ..
        } = fact.observation
        else {
            return None;
        };
        is_there(&destination.to_canonical()).then(|| (fact, via.to_canonical()))
    })
}

/// Four pairs of checks have had four each.
const ENOUGH: u32 = 16;
/// One lost of so many is no loss that a person notices.
const CLEAN_OF: u32 = 20;
/// One lost of so many, there and back, blurs a picture.
const LOSSY_OF: u32 = 5;
