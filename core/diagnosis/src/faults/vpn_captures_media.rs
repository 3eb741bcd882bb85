//! `vpn-captures-media`: the route to the peer leaves through a tunnel while
//! signalling leaves by the LAN.
//!
//! Evidence: that machine's own route look-ups: a tunnel towards the other end,
//! no tunnel towards the server; its checks are not answered.
//! Excluded by: packets that arrived in that direction.
//! Remedy: take the peer's network out of the tunnel.

use super::{SIDES, ways};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::LinkKind;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (peer, server) = SIDES.into_iter().find_map(|side| {
        let peer = ways::to_peer(scene, side).filter(|way| way.kind == LinkKind::Tunnel)?;
        let server = ways::to_server(scene, side).filter(|way| way.kind != LinkKind::Tunnel)?;
        Some((peer, server))
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
            "{computer} sends to {} by the tunnel {} and to the server by {}.",
            peer.destination, peer.device, server.device
        ),
        remedy: format!(
            "on {computer}: exclude {network} from the tunnel {}",
            peer.device
        ),
    };
    let says = |destination, device: &str| format!("{computer} sends to {destination} by {device}");
    let proof = Proof::new(
        Evidence::of(
            peer.fact,
            format!("{}, a tunnel", says(peer.destination, peer.device)),
        ),
        vec![Evidence::of(
            server.fact,
            says(server.destination, server.device),
        )],
    );
    let addresses = scene.address_of(peer.side).into_iter().collect();
    let verdict = Verdict::new(
        Code::VpnCapturesMedia,
        Confidence::Located,
        Culprit::new(CulpritKind::Host, addresses)
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
