//! `overlapping-subnet`: the peer is wrongly taken for a neighbour on an own
//! link: a container bridge, a wrong mask, the same prefix at two places.
//!
//! Evidence: that machine's own route look-up has no next hop for the other
//! end, and nobody answers for it there, or the link is a bridge of this very
//! machine; and the two ends do not share that network. Where nobody told of the
//! other end's network, it may be shared all the same, unless the other end's
//! packets arrive: a link that keeps its machines apart does so both ways.
//! Excluded by: packets that arrived in that direction; a network that both
//! ends really share (then it is `client-isolation`).
//! Remedy: another network for the bridge, or the right mask.

use super::ways::{self, Way};
use super::{SIDES, computers_of};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{LinkKind, NeighbourState, Side};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found: Vec<Way<'_>> = SIDES
        .into_iter()
        .filter_map(|side| ways::to_peer(scene, side))
        .filter(|way| is_mistaken(scene, way))
        .collect();
    let first = *found.first()?;
    let sides: Vec<Side> = found.iter().map(|way| way.side).collect();
    let computers = computers_of(scene, &sides);
    let far = scene.names.computer(first.side.other());
    let words = Words {
        user: format!(
            "{computers} takes {far} for a neighbour on its own link, where it is not. \
             Whoever looks after that PC can correct it."
        ),
        admin: format!(
            "{computers} sends to {} on {} without a gateway; that machine is elsewhere.",
            first.destination, first.device
        ),
        remedy: format!(
            "on {computers}: give the bridge or interface {} another network or the right mask, \
             so that {} is reached by the gateway",
            first.device, first.destination
        ),
    };
    let mut lines = found.iter().map(|way| line(scene, way));
    let addresses: Vec<IpAddr> = sides
        .iter()
        .filter_map(|side| scene.address_of(*side))
        .collect();
    let is_certain = found
        .iter()
        .all(|way| is_own_bridge(way) || ways::are_both_known(scene, way));
    let verdict = Verdict::new(
        Code::OverlappingSubnet,
        if is_certain {
            Confidence::Located
        } else {
            Confidence::Leading
        },
        Culprit::new(CulpritKind::Host, addresses)
            .on(&sides)
            .stops(&sides),
        words,
        Proof::new(lines.next()?, lines.collect()),
    );
    let verdict = verdict.not(
        Code::NoRoute,
        "the packets did not leave that machine's own link, so no router has seen them",
    );
    Some(if is_certain {
        verdict
    } else {
        verdict.or(
            Code::ClientIsolation,
            "whether the other PC really stands in that network: its own address and mask",
        )
    })
}

fn is_mistaken(scene: &Scene<'_>, way: &Way<'_>) -> bool {
    let is_empty = way.neighbour == NeighbourState::Silent;
    way.via.is_none()
        && way.kind != LinkKind::Tunnel
        && (is_own_bridge(way) || (is_empty && !may_be_shared(scene, way)))
}

fn may_be_shared(scene: &Scene<'_>, way: &Way<'_>) -> bool {
    let comes_from_elsewhere = !ways::are_both_known(scene, way) && scene.delivered_to(way.side);
    ways::is_shared(scene, way) && !comes_from_elsewhere
}

fn is_own_bridge(way: &Way<'_>) -> bool {
    way.kind == LinkKind::Bridge && way.neighbour != NeighbourState::Answers
}

fn line(scene: &Scene<'_>, way: &Way<'_>) -> Evidence {
    let computer = scene.names.computer(way.side);
    let says = format!(
        "{computer} looks for {} on its own link {}, and nobody answers there",
        way.destination, way.device
    );
    Evidence::of(way.fact, says)
}
