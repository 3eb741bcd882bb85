//! How verdicts name ends, networks and what routers said. Which of them a
//! verdict names, each fault decides.

use crate::scene::{Refusal, Scene};
use hopsight_evidence::{IcmpKind, Side};

/// "desk1's PC and desk2's PC".
pub(super) fn computers_of(scene: &Scene<'_>, sides: &[Side]) -> String {
    let names: Vec<String> = sides
        .iter()
        .map(|side| scene.names.computer(*side))
        .collect();
    listed(&names)
}

/// "10.102.0.0/24 and 10.103.0.0/24".
pub(super) fn networks_of(scene: &Scene<'_>, sides: &[Side]) -> String {
    let names: Vec<String> = sides.iter().map(|side| network_of(scene, *side)).collect();
    listed(&names)
}

/// "10.102.0.0/24", or the address or name of the PC when nobody told how large
/// its network is.
pub(super) fn network_of(scene: &Scene<'_>, side: Side) -> String {
    let Some(address) = scene.address_of(side) else {
        return scene.names.computer(side);
    };
    let network = scene.network_of(side, address);
    network.unwrap_or_else(|| address.to_string())
}

/// What a router said, in its own words.
pub(super) const fn words_of(kind: IcmpKind) -> &'static str {
    match kind {
        IcmpKind::NetworkUnreachable => "network unreachable",
        IcmpKind::HostUnreachable => "host unreachable",
        IcmpKind::PortUnreachable => "port unreachable",
        IcmpKind::TooBig => "packet too big",
        IcmpKind::Prohibited => "prohibited",
        IcmpKind::TimeExceeded => "time exceeded",
        IcmpKind::Other { .. } => "another error",
    }
}

/// "desk2's network 10.103.0.0/24", or "desk2's PC at 10.103.0.50" when
/// nobody told how large that network is.
pub(super) fn far_side_of(scene: &Scene<'_>, refusal: &Refusal<'_>) -> String {
    let far = refusal.side.other();
    match scene.network_of(far, refusal.destination) {
        Some(network) => format!("{}'s network {network}", scene.names.person(far)),
        None => format!("{} at {}", scene.names.computer(far), refusal.destination),
    }
}

/// "10.103.0.0/24", or "the network of 10.103.0.50".
pub(super) fn target_of(scene: &Scene<'_>, refusal: &Refusal<'_>) -> String {
    scene
        .network_of(refusal.side.other(), refusal.destination)
        .unwrap_or_else(|| format!("the network of {}", refusal.destination))
}

/// "a, b and c".
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
