//! `client-isolation`: the access network forbids traffic between its clients.
//!
//! Evidence: both ends stand in one network, each looks for the other on its
//! own link, and neither gets an answer there; both reach the server.
//! Excluded by: packets that arrived in either direction; another link address
//! than the other end's own (then it is `duplicate-address`).
//! Remedy: switch isolation off, or accept the relay.

use super::SIDES;
use super::ways::{self, Way};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{LinkKind, NeighbourState};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found: Vec<Way<'_>> = SIDES
        .into_iter()
        .filter_map(|side| ways::to_peer(scene, side))
        .filter(|way| is_unanswered(scene, way))
        .collect();
    let first = *found.first()?;
    if SIDES.into_iter().any(|side| scene.delivered_to(side)) {
        return None;
    }
    let network = super::network_of(scene, first.side);
    let words = Words {
        user: format!(
            "The network {network} does not let its own machines talk to each other. \
             Whoever runs it can allow it; the relay works all the same."
        ),
        admin: format!(
            "Both PCs are in {network}, and neither is answered by the other on the link."
        ),
        remedy: format!(
            "in {network}: switch off client isolation (private VLAN, access point isolation), \
             or accept relaying"
        ),
    };
    let mut lines = found.iter().map(|way| line(scene, way));
    let addresses = SIDES
        .into_iter()
        .filter_map(|side| scene.address_of(side))
        .collect();
    let confidence = if found.len() == SIDES.len() {
        Confidence::Located
    } else {
        Confidence::Leading
    };
    let verdict = Verdict::new(
        Code::ClientIsolation,
        confidence,
        Culprit::new(CulpritKind::EdgeBetween, addresses)
            .on(&SIDES)
            .stops(&SIDES),
        words,
        Proof::new(lines.next()?, lines.collect()),
    );
    let verdict = verdict.not(
        Code::NoRoute,
        "both PCs are in one network, no router between",
    );
    Some(if confidence == Confidence::Located {
        verdict
    } else {
        verdict.or(
            Code::HostFirewallIn,
            "the neighbour table of the other PC, and its host firewall",
        )
    })
}

fn is_unanswered(scene: &Scene<'_>, way: &Way<'_>) -> bool {
    way.via.is_none()
        && way.kind != LinkKind::Bridge
        && way.kind != LinkKind::Tunnel
        && way.neighbour == NeighbourState::Silent
        && ways::is_shared(scene, way)
}

fn line(scene: &Scene<'_>, way: &Way<'_>) -> Evidence {
    let computer = scene.names.computer(way.side);
    let says = format!(
        "{computer} asked for {} on its link {} and got no answer",
        way.destination, way.device
    );
    Evidence::of(way.fact, says)
}
