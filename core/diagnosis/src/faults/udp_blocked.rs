//! `udp-blocked`: no UDP at all passes for one side's network, or for both.
//!
//! Evidence: the relay stays silent over UDP for that side and serves it over
//! TCP or TLS, nothing of the other end arrived, and no direct check was
//! answered. Only the side is known, unless probes show that its packets end at its
//! first router and how near to that the other end's get. Where TCP to the other end
//! dies as well, one filter explains all of it if TCP to another port of the relay
//! than its own dies for that side and not for the other.
//! Excluded by: any answer over UDP, any check that arrived there; a relay whose
//! address is dead over every transport; a cause that somebody told of.
//! Remedy: UDP 3478 at least.

use super::reach::How;
use super::relay_leg::{self, Leg};
use super::udp_replies_filtered::heard;
use super::{SIDES, ahead, computers_of, networks_of, reach};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Observation, Side, TcpOutcome};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let legs: Vec<Leg<'_>> = SIDES
        .into_iter()
        .filter_map(|side| leg(scene, side))
        .collect();
    let first = *legs.first()?;
    // Where TCP to the peer dies as well, or two NATs would not let the checks in
    // anyway, one leg without UDP is a matter of its own, unless that side's packets
    // end at its own first router, or hardly anything of it passes: one filter there
    // is all that it takes.
    let is_near = legs.iter().all(|leg| ends_at_first(scene, leg.side));
    let is_apart = super::cut::is_tcp_silent(scene) || super::is_unopened(scene);
    let narrow = narrow(scene, first);
    if legs.len() < SIDES.len() && is_apart && !is_near && narrow.is_none() {
        return None;
    }
    let sides: Vec<Side> = legs.iter().map(|leg| leg.side).collect();
    let computers = computers_of(scene, &sides);
    let networks = networks_of(scene, &sides);
    let mut lines = legs.iter().flat_map(|leg| leg.lines(scene));
    let near = sides.iter().filter_map(|side| {
        let reach = reach::of(scene, *side).filter(|_| is_near)?;
        Some(Evidence::of(reach.fact, reach.says(scene, *side)))
    });
    let words = Words {
        user: format!(
            "The network of {computers} lets no UDP pass, which a direct picture needs. \
             Your network team can allow it."
        ),
        admin: format!(
            "No UDP packet is answered for {networks}, neither by the other PC nor by the \
             relay {}, which answers over {}.",
            first.server.ip(),
            first.by
        ),
        remedy: format!(
            "permit UDP from {networks} to {} port {}, and between the two PCs' networks, \
             both directions; until then sessions stay on the relay",
            first.server.ip(),
            first.server.port()
        ),
    };
    let ahead = match legs.as_slice() {
        [leg] => ahead::of_relay(scene, leg.side, leg.server).filter(|_| is_near),
        _ => None,
    };
    let followed = ahead.map(|ahead| ahead.line(scene, first.side));
    let between = ahead.map_or_else(
        || between(scene, &sides),
        |ahead| Some(vec![ahead.near, ahead.far]),
    );
    let between = between.filter(|_| is_near);
    let confidence = match between {
        Some(_) => Confidence::Located,
        None => Confidence::SideOnly,
    };
    let ends = || all_the_way(scene, first, &sides);
    let verdict = Verdict::new(
        Code::UdpBlocked,
        confidence,
        Culprit::new(CulpritKind::EdgeBetween, between.unwrap_or_else(ends))
            .on(&sides)
            .stops(&SIDES),
        words,
        Proof::new(
            lines.next()?,
            lines
                .chain(near)
                .chain(followed)
                .chain(narrow.into_iter().flatten())
                .collect(),
        ),
    );
    Some(verdict.or(
        Code::PortsFiltered,
        "UDP from both PCs to another server port: if any passes, a filter for some ports is at \
         work",
    ))
}

/// TCP of that side to the port at which the relay is asked over UDP is not answered,
/// and the other end's is: what keeps UDP back there lets hardly anything pass.
fn narrow(scene: &Scene<'_>, leg: Leg<'_>) -> Option<[Evidence; 2]> {
    let tried = |side: Side, is_wanted: fn(TcpOutcome) -> bool| {
        scene.seen_by(side).find(|fact| {
            matches!(fact.observation, Observation::TcpConnect { destination, outcome, .. }
                if destination == leg.server && is_wanted(outcome))
        })
    };
    let silent = tried(leg.side, |outcome| outcome == TcpOutcome::Silent)?;
    let answered = tried(leg.side.other(), |outcome| {
        matches!(outcome, TcpOutcome::Refused | TcpOutcome::Accepted)
    })?;
    let [near, far] = [leg.side, leg.side.other()].map(|side| scene.names.computer(side));
    let server = leg.server;
    Some([
        Evidence::of(
            silent,
            format!("a TCP connection from {near} to {server} was not answered"),
        ),
        Evidence::of(
            answered,
            format!("a TCP connection from {far} to {server} was answered"),
        ),
    ])
}

/// A leg without UDP of a side to which nothing of the other end came, though
/// that end has an address at which others may reach it.
fn leg<'a>(scene: &Scene<'a>, side: Side) -> Option<Leg<'a>> {
    let far = side.other();
    let mut told = scene.addresses_told_of(far).iter();
    let is_reachable = told.any(|address| !scene.is_only_inside_a_nat(far, *address));
    let is_cut = !scene.delivered_to(side) && scene.unanswered_from(side).is_some();
    let passes = scene.arrived_from_beside(side).is_some();
    let is_deaf = is_cut && is_reachable && !passes && heard(scene, side).is_none();
    relay_leg::without_udp(scene, side).filter(|_| is_deaf && !leaves(scene, side))
}

/// The packets of a side that no STUN server answers get past its first router
/// all the same, so that UDP leaves its network.
fn leaves(scene: &Scene<'_>, side: Side) -> bool {
    scene.is_hidden(side) && reach::is_beyond_first(scene, side)
}

/// The first router answered probes and nobody beyond it did, or it answered TCP alone.
fn ends_at_first(scene: &Scene<'_>, side: Side) -> bool {
    reach::of(scene, side).is_some_and(|reach| match reach.how {
        How::Answered { ttl } => ttl == 1,
        How::NextHop => reach.ahead(scene, side).is_some(),
    })
}

/// The first routers of both, or of one and the router nearest to it to which the
/// other end's packets get: routers between them may well be silent.
fn between(scene: &Scene<'_>, sides: &[Side]) -> Option<Vec<IpAddr>> {
    let side = *sides.first()?;
    let [near, far] = [side, side.other()].map(|side| reach::of(scene, side));
    let is_known = sides.len() == SIDES.len() || reach::is_beyond_link(scene, side.other());
    is_known.then_some(vec![near?.last, far?.last])
}

/// From these ends, or their first routers, to the relay.
fn all_the_way(scene: &Scene<'_>, leg: Leg<'_>, sides: &[Side]) -> Vec<IpAddr> {
    let near = sides.iter().filter_map(|side| {
        let first = reach::of(scene, *side).filter(|_| ends_at_first(scene, *side));
        first
            .map(|reach| reach.last)
            .or_else(|| scene.address_of(*side))
    });
    near.chain([leg.server.ip()]).collect()
}
