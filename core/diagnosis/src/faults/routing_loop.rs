//! `routing-loop`: routers hand the packets back and forth.
//!
//! Evidence: "time exceeded" about a packet that left with its full hop limit;
//! which routers take turns is told by the probes with small hop limits. Without
//! those the router that said so is one of at least two, and a guess.
//! Excluded by: packets that arrived in that direction.
//! Remedy: the route on the member nearest the destination; check both.

use super::{SIDES, listed};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Hop, IcmpKind, Observation, Side};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One direction's packets that circle.
struct Circle<'a> {
    side: Side,
    fact: &'a Fact,
    offender: IpAddr,
    /// Routers that answered at more than one distance.
    turns: Option<(&'a Fact, Vec<IpAddr>)>,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let circles: Vec<Circle<'_>> = SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(side.other()))
        .filter_map(|side| exceeded(scene, side))
        .collect();
    let first = circles.first()?;
    let sides: Vec<Side> = circles.iter().map(|circle| circle.side).collect();
    let mut members: Vec<IpAddr> = Vec::new();
    for member in circles.iter().flat_map(Circle::members) {
        if !members.contains(&member) {
            members.push(member);
        }
    }
    let names: Vec<String> = members.iter().map(IpAddr::to_string).collect();
    let names = listed(&names);
    let far = super::network_of(scene, first.side.other());
    let words = Words {
        user: format!(
            "Routers hand the packets back and forth ({names}). Your network team can correct it."
        ),
        admin: format!("Packets to {far} circle between {names} until their hop limit runs out."),
        remedy: format!("on {names}: correct the route to {far}, so that one does not point back"),
    };
    let confidence = if circles.iter().any(|circle| circle.turns.is_some()) {
        Confidence::Located
    } else {
        Confidence::SideOnly
    };
    let mut lines = circles.iter().flat_map(Circle::lines);
    let verdict = Verdict::new(
        Code::RoutingLoop,
        confidence,
        Culprit::new(CulpritKind::Router, members).stops(&sides),
        words,
        Proof::new(lines.next()?, lines.collect()),
    );
    Some(verdict.not(
        Code::SilentDrop,
        "the packets are not discarded; they circle until a router says so",
    ))
}

impl Circle<'_> {
    fn members(&self) -> Vec<IpAddr> {
        self.turns
            .as_ref()
            .map_or_else(|| vec![self.offender], |(_, members)| members.clone())
    }

    fn lines(&self) -> Vec<Evidence> {
        let expired = format!(
            "{} let a packet with its full hop limit expire",
            self.offender
        );
        let turns = self.turns.as_ref().map(|(fact, members)| {
            let names: Vec<String> = members.iter().map(IpAddr::to_string).collect();
            let says = format!(
                "probes with growing hop limits met {} in turn",
                listed(&names)
            );
            Evidence::of(fact, says)
        });
        std::iter::once(Evidence::of(self.fact, expired))
            .chain(turns)
            .collect()
    }
}

fn exceeded<'a>(scene: &Scene<'a>, side: Side) -> Option<Circle<'a>> {
    let told = scene.addresses_told_of(side.other());
    scene.seen_by(side).find_map(|fact| {
        let Observation::IcmpError {
            destination,
            offender,
            kind: IcmpKind::TimeExceeded,
            ..
        } = fact.observation
        else {
            return None;
        };
        let offender = offender.to_canonical();
        let is_about_peer = told.contains(&destination.ip().to_canonical());
        (is_about_peer && !scene.is_party(offender)).then(|| Circle {
            side,
            fact,
            offender,
            turns: turns(scene, side),
        })
    })
}

/// Routers that answered at more than one distance.
fn turns<'a>(scene: &Scene<'a>, side: Side) -> Option<(&'a Fact, Vec<IpAddr>)> {
    let told = scene.addresses_told_of(side.other());
    scene.seen_by(side).find_map(|fact| {
        let Observation::Trace {
            destination, hops, ..
        } = &fact.observation
        else {
            return None;
        };
        let mut members = repeated(hops);
        members.retain(|member| !scene.is_party(*member));
        let is_about_peer = told.contains(&destination.ip().to_canonical());
        (is_about_peer && !members.is_empty()).then_some((fact, members))
    })
}

fn repeated(hops: &[Hop]) -> Vec<IpAddr> {
    let mut counts: BTreeMap<IpAddr, u32> = BTreeMap::new();
    for hop in hops {
        *counts.entry(hop.address.to_canonical()).or_default() += 1;
    }
    let mut members: Vec<IpAddr> = Vec::new();
    for hop in hops {
        let address = hop.address.to_canonical();
        let is_again = counts.get(&address).is_some_and(|count| *count > 1);
        if is_again && !members.contains(&address) {
            members.push(address);
        }
    }
    members
}
