//! `ipv6-broken`: IPv6 is advertised and does not carry traffic.
//!
//! Evidence: both ends have IPv6 addresses and check them, nothing is answered,
//! nothing of one end arrives, and that end's probes end at the first or second router; over IPv4 the
//! same machines reach at least the server. A router that says it has no route is the
//! one at which they end.
//! Excluded by: any answer over IPv6; IPv4 that ends at the same place; a direct way over IPv4, for
//! then nobody misses it; IPv4 that is as dead; a router's word that a rule forbids it.
//! Remedy: repair IPv6 there, or stop advertising it.

use super::SIDES;
use crate::scene::{Scene, Tally, says_no_route};
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Hop, IcmpKind, Observation, Side, Transport};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let tallies: Vec<Tally<'_>> = scene.direct_tallies().filter(is_six).collect();
    let is_dead = tallies.iter().all(|tally| tally.answered == 0);
    let is_lost = |side: Side| {
        let mut far = tallies.iter().filter(|tally| tally.side == side.other());
        far.all(|tally| tally.received == 0)
    };
    let both = SIDES.into_iter().all(|side| {
        tallies
            .iter()
            .any(|tally| tally.side == side && tally.sent > 0)
    });
    if !both || !is_dead {
        return None;
    }
    let (side, fact, last) = SIDES
        .into_iter()
        .filter(|side| is_lost(*side) && word(scene, *side, is_barred).is_none())
        .find_map(|side| scene.seen_by(side).find_map(|fact| cut(side, fact)))
        .filter(|(side, fact, _)| farthest(fact) < farthest_over_four(scene, *side))?;
    let four = four_works(scene, side)?;
    let refused = word(scene, side, says_no_route);
    let last = refused.map(|(_, router)| router).or(last);
    let sides: [Side; 1] = [side];
    let lost: Vec<Side> = SIDES.into_iter().filter(|side| is_lost(*side)).collect();
    let computer = scene.names.computer(side);
    let place = last.map_or_else(
        || format!("before the first router of {computer}"),
        |hop| format!("at {hop} or right behind it"),
    );
    let words = Words {
        user: format!(
            "{computer} has an IPv6 address that leads nowhere. \
             Your network team can repair it."
        ),
        admin: format!("IPv6 packets of {computer} end {place}."),
        remedy: format!("{place}: repair IPv6 routing, or stop advertising it there"),
    };
    let unanswered = tallies.iter().map(|tally| {
        let says = format!(
            "{} from {} to {}, none answered",
            tally.checks(),
            scene.names.computer(tally.side),
            tally.pair.remote.ip()
        );
        Evidence::of(tally.fact, says)
    });
    let probed = Evidence::of(fact, format!("probes over IPv6 end {place}"));
    let culprit = last.map_or_else(
        || {
            let own = own_six(&tallies, side).into_iter().collect();
            Culprit::new(CulpritKind::EdgeBetween, own)
        },
        |hop| Culprit::new(CulpritKind::Router, vec![hop]),
    );
    let refused = refused.map(|(fact, router)| {
        let says = format!("{router} answered that it has no route over IPv6");
        Evidence::of(fact, says)
    });
    let rest = refused
        .into_iter()
        .chain(unanswered)
        .chain([Evidence::of(four, "IPv4 gets to the server from there")]);
    Some(
        Verdict::new(
            Code::Ipv6Broken,
            Confidence::Located,
            culprit.on(&sides).stops(&lost),
            words,
            Proof::new(probed, rest.collect()),
        )
        .not(Code::UdpBlocked, "IPv4 carries packets of the same PC"),
    )
}

/// The first word of this kind that a router told `side` about the other end's IPv6
/// addresses.
fn word<'a>(
    scene: &Scene<'a>,
    side: Side,
    is_wanted: fn(IcmpKind, u64) -> bool,
) -> Option<(&'a Fact, IpAddr)> {
    let told = scene.addresses_told_of(side.other());
    scene.seen_by(side).find_map(|fact| {
        let Observation::IcmpError {
            destination,
            offender,
            kind,
            after_ms,
            ..
        } = fact.observation
        else {
            return None;
        };
        let is_about = destination.is_ipv6() && told.contains(&destination.ip().to_canonical());
        let is_router = scene.may_be_router(offender, destination.ip());
        (is_about && is_router && is_wanted(kind, after_ms)).then_some((fact, offender))
    })
}

fn is_barred(kind: IcmpKind, _: u64) -> bool {
    kind == IcmpKind::Prohibited
}

/// What shows that IPv4 carries packets of `side`: the relay's answer over UDP,
/// or its sign-in where no check over IPv4 was lost.
fn four_works<'a>(scene: &Scene<'a>, side: Side) -> Option<&'a Fact> {
    let answer = scene.seen_by(side).find(|fact| {
        matches!(fact.observation,
            Observation::RelayAllocated { server, transport: Transport::Udp, .. }
            | Observation::TurnResult { server, transport: Transport::Udp, .. }
                if server.is_ipv4())
    });
    let is_lost = scene
        .direct_tallies()
        .any(|tally| tally.side == side && !is_six(&tally) && tally.sent > 0);
    let signed_in = scene.facts().find(|fact| {
        matches!(fact.observation, Observation::SignedInFrom { side: of, address }
            if of == side && address.is_ipv4())
    });
    answer.or_else(|| signed_in.filter(|_| !is_lost))
}

const fn is_six(tally: &Tally<'_>) -> bool {
    tally.pair.remote.is_ipv6()
}

fn own_six(tallies: &[Tally<'_>], side: Side) -> Option<IpAddr> {
    let own = tallies.iter().find(|tally| tally.side == side);
    own.map(|tally| tally.pair.local.ip())
}

/// At how many hops the last router of a trace answered.
fn farthest(fact: &Fact) -> u8 {
    let Observation::Trace { hops, .. } = &fact.observation else {
        return 0;
    };
    hops.iter().map(|hop| hop.ttl).max().unwrap_or(0)
}

/// How far IPv4 gets on the way to the same machine. Where it ends at the same
/// place, IPv6 has no fault of its own.
fn farthest_over_four(scene: &Scene<'_>, side: Side) -> u8 {
    let traces = scene.seen_by(side).filter(|fact| {
        matches!(fact.observation, Observation::Trace { destination, .. } if destination.is_ipv4())
    });
    let is_tried = scene
        .direct_tallies()
        .any(|tally| tally.side == side && !is_six(&tally) && tally.sent > 0);
    // Where IPv4 between the two was not tried at all, nothing stops at its place.
    let untried = if is_tried { 0 } else { u8::MAX };
    traces.map(farthest).max().unwrap_or(untried)
}

/// A trace over IPv6 that ends at the first or second router, and the last that
/// answered.
fn cut(side: Side, fact: &Fact) -> Option<(Side, &Fact, Option<IpAddr>)> {
    let Observation::Trace {
        destination, hops, ..
    } = &fact.observation
    else {
        return None;
    };
    let last: Option<&Hop> = hops.iter().max();
    let is_near = last.is_none_or(|hop| hop.ttl <= 2);
    (destination.is_ipv6() && is_near).then(|| (side, fact, last.map(|hop| hop.address)))
}
