//! Decides in which order the faults are asked and what stands first.
//!
//! All causes that hold at the same time are reported. The way between the two
//! machines comes before the relay, because the relay is only needed where
//! that way fails.

mod admin_prohibited;
mod cut;
mod host_firewall_in;
mod host_firewall_out;
mod no_route;
mod no_route_on_host;
mod own_word;
mod ports_filtered;
mod reach;
mod relay_unreachable;
mod return_route_missing;
mod silent_drop;
mod traced;
mod udp_blocked;
mod undetermined;
mod wrong_gateway;

use crate::scene::{Refusal, Scene};
use crate::{Culprit, CulpritKind, CulpritSide, Direction, Verdict};
use hopsight_evidence::{IcmpKind, Side};
use std::net::IpAddr;

/// Both ends, in the order in which they are named.
const SIDES: [Side; 2] = [Side::Sharer, Side::Viewer];

/// Every cause that the facts prove, the main one first.
pub(crate) fn judge(scene: &Scene<'_>) -> Vec<Verdict> {
    let told: Vec<Verdict> = [no_route::judge(scene), return_route_missing::judge(scene)]
        .into_iter()
        .chain(TOLD.iter().map(|fault| fault(scene)))
        .flatten()
        .collect();
    let on_the_path = if told.is_empty() {
        no_route::judge_trace(scene)
            .or_else(|| udp_blocked::judge(scene))
            .or_else(|| ports_filtered::judge(scene))
            .or_else(|| silent_drop::judge(scene))
            .into_iter()
            .collect()
    } else {
        told
    };
    let relay = relay_unreachable::judge(scene).or_else(|| relay_unreachable::judge_trace(scene));
    let unexplained = on_the_path
        .is_empty()
        .then(|| undetermined::judge(scene, relay.is_some()))
        .flatten();
    on_the_path
        .into_iter()
        .chain(relay)
        .chain(unexplained)
        .collect()
}

/// The faults that somebody told of: a device in an error message, or a
/// machine's own kernel. Several may hold at once.
const TOLD: [fn(&Scene<'_>) -> Option<Verdict>; 5] = [
    host_firewall_out::judge,
    no_route_on_host::judge,
    wrong_gateway::judge,
    admin_prohibited::judge,
    host_firewall_in::judge,
];

/// The missing routes that routers told of, in directions that really fail:
/// what arrived at the other end was not refused on the way.
fn valid_refusals<'a>(scene: &Scene<'a>) -> Vec<Refusal<'a>> {
    valid(scene, Scene::refusals)
}

fn valid<'a>(
    scene: &Scene<'a>,
    told: impl Fn(&Scene<'a>, Side) -> Vec<Refusal<'a>>,
) -> Vec<Refusal<'a>> {
    let mut all: Vec<Refusal<'a>> = SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(side.other()))
        .flat_map(|side| told(scene, side))
        .collect();
    let best = all.iter().map(|one| one.standing).max();
    all.retain(|one| Some(one.standing) == best);
    all
}

/// The routers that told of something, as the culprit of what is lost.
fn culprit(scene: &Scene<'_>, told: &[Refusal<'_>]) -> Culprit {
    let sides: Vec<Side> = told.iter().map(|one| one.side).collect();
    let lost: Vec<Side> = SIDES
        .into_iter()
        .filter(|side| sides.contains(side) || scene.is_lost_from(*side))
        .collect();
    Culprit {
        kind: CulpritKind::Router,
        addresses: routers(told),
        name: None,
        side: CulpritSide::of(&sides),
        direction: Direction::from_sides(&lost),
    }
}

/// The sharer's first, then the viewer's, each once.
fn routers(told: &[Refusal<'_>]) -> Vec<IpAddr> {
    let mut routers = Vec::new();
    for one in told {
        if !routers.contains(&one.offender) {
            routers.push(one.offender);
        }
    }
    routers
}

/// "10.102.0.0/24", or the address or name of the PC when nobody told how large
/// its network is.
fn network_of(scene: &Scene<'_>, side: Side) -> String {
    let Some(address) = scene.address_of(side) else {
        return scene.names.computer(side);
    };
    let network = scene.network_of(side, address);
    network.unwrap_or_else(|| address.to_string())
}

/// What a router said, in its own words.
const fn words_of(kind: IcmpKind) -> &'static str {
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
fn far_side_of(scene: &Scene<'_>, refusal: &Refusal<'_>) -> String {
    let far = refusal.side.other();
    match scene.network_of(far, refusal.destination) {
        Some(network) => format!("{}'s network {network}", scene.names.person(far)),
        None => format!("{} at {}", scene.names.computer(far), refusal.destination),
    }
}

/// "10.103.0.0/24", or "the network of 10.103.0.50".
fn target_of(scene: &Scene<'_>, refusal: &Refusal<'_>) -> String {
    scene
        .network_of(refusal.side.other(), refusal.destination)
        .unwrap_or_else(|| format!("the network of {}", refusal.destination))
}

/// "a, b and c".
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
