//! `vpn-captures-media`: the route to the peer leaves through a tunnel while
//! signalling leaves by the LAN.
//!
//! Evidence: that machine's own route look-ups: a tunnel towards the other end,
//! no tunnel towards the server; its checks are not answered.
//! Excluded by: packets that arrived in that direction.
//! Remedy: take the peer's network out of the tunnel.

use super::SIDES;
use super::ways::{self, Way};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, LinkKind, Observation};

/// How a machine reaches the server, otherwise than by the tunnel.
struct Elsewhere<'a> {
    fact: &'a Fact,
    says: String,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (peer, server) = SIDES.into_iter().find_map(|side| {
        let peer = ways::to_peer(scene, side).filter(|way| way.kind == LinkKind::Tunnel)?;
        let by_route = ways::to_server(scene, side).filter(|way| way.kind != LinkKind::Tunnel);
        let elsewhere = by_route
            .map(|way| by_route_of(scene, &way))
            .or_else(|| by_address(scene, &peer))?;
        Some((peer, elsewhere))
    })?;
    let computer = scene.names.computer(peer.side);
    let network = scene
        .network_of(peer.side.other(), peer.destination)
        .unwrap_or_else(|| peer.destination.to_string());
    let words = Words {
        user: format!(
            "A VPN on {computer} takes the picture's way. \
             Whoever looks after that VPN can exempt {network}."
        ),
        admin: format!(
            "{computer} sends to {} by the tunnel {}; {}.",
            peer.destination, peer.device, server.says
        ),
        remedy: format!(
            "on {computer}: exclude {network} from the tunnel {}",
            peer.device
        ),
    };
    let says = format!(
        "{computer} sends to {} by {}, a tunnel",
        peer.destination, peer.device
    );
    let proof = Proof::new(
        Evidence::of(peer.fact, says),
        vec![Evidence::of(server.fact, server.says)],
    );
    let addresses = scene.signed_in_from(peer.side).or(peer.source);
    let verdict = Verdict::new(
        Code::VpnCapturesMedia,
        Confidence::Located,
        Culprit::new(CulpritKind::Host, addresses.into_iter().collect())
            .on(&[peer.side])
            .stops(&[peer.side]),
        words,
        proof,
    );
    Some(verdict.not(
        Code::NoRouteOnHost,
        "that PC has a route, which leads into the tunnel",
    ))
}

fn by_route_of<'a>(scene: &Scene<'a>, way: &Way<'a>) -> Elsewhere<'a> {
    let computer = scene.names.computer(way.side);
    Elsewhere {
        fact: way.fact,
        says: format!("{computer} sends to {} by {}", way.destination, way.device),
    }
}

/// The server sees another address of that machine than the tunnel's.
fn by_address<'a>(scene: &Scene<'a>, way: &Way<'a>) -> Option<Elsewhere<'a>> {
    let inner = way.source?;
    let (fact, address) = scene.facts().find_map(|fact| {
        let Observation::SignedInFrom { side, address } = fact.observation else {
            return None;
        };
        (side == way.side).then(|| (fact, address.ip().to_canonical()))
    })?;
    let computer = scene.names.computer(way.side);
    (address != inner).then(|| Elsewhere {
        fact,
        says: format!("{computer} signs in from {address}, not from the tunnel's {inner}"),
    })
}
