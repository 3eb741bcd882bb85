//! Decides in which order the faults are asked and what stands first.
//!
//! All causes that hold at the same time are reported. The way between the two
//! machines comes before the relay, because the relay is only needed where
//! that way fails.

mod no_route;
mod relay_unreachable;
mod return_route_missing;
mod traced;
mod undetermined;

use crate::Verdict;
use crate::scene::{Refusal, Scene};
use hopsight_evidence::{IcmpKind, Side};

/// Both ends, in the order in which they are named.
const SIDES: [Side; 2] = [Side::Sharer, Side::Viewer];

/// Every cause that the facts prove, the main one first.
pub(crate) fn judge(scene: &Scene<'_>) -> Vec<Verdict> {
    let on_the_path = no_route::judge(scene)
        .or_else(|| return_route_missing::judge(scene))
        .or_else(|| no_route::judge_trace(scene));
    let is_explained = on_the_path.is_some();
    let relay = relay_unreachable::judge(scene).or_else(|| relay_unreachable::judge_trace(scene));
    let unexplained = || undetermined::judge(scene, relay.is_some());
    let rest = if is_explained { None } else { unexplained() };
    on_the_path.into_iter().chain(relay).chain(rest).collect()
}

/// The routers' refusals about directions that really fail: what arrived at
/// the other end was not refused on the way.
fn valid_refusals<'a>(scene: &Scene<'a>) -> Vec<Refusal<'a>> {
    let mut all: Vec<Refusal<'a>> = SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(side.other()))
        .flat_map(|side| scene.refusals(side))
        .collect();
    let best = all.iter().map(|one| one.standing).max();
    all.retain(|one| Some(one.standing) == best);
    all
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
