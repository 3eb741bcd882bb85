//! Decides which routers a verdict shows between the two ends, in order from
//! the sharer to the viewer, and how each fared.
//!
//! Only a router that answered one end's own probes is known to lie on that
//! end's way. Of one lost direction its own routers are shown, for the way back may
//! be another; if none answered, those of the direction that delivers. Where both
//! are lost the sharer's routers come first and the viewer's, turned round, last,
//! and what lies between is not known.

use crate::scene::Scene;
use crate::{CulpritKind, Direction, Layer, Verdict};
use hopsight_evidence::{Observation, Side};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A router between the two ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenHop {
    /// The address from which it answered.
    pub address: IpAddr,
    /// How the site calls it, when a site map knows.
    pub name: Option<String>,
    /// How it fared.
    pub state: HopState,
}

/// How a place on the way fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HopState {
    /// Packets were seen to get there.
    Passes,
    /// Nobody saw.
    Unknown,
    /// The verdict names it.
    Broken,
}

/// The routers that `verdict` shows.
pub(crate) fn of(scene: &Scene<'_>, verdict: &Verdict) -> Vec<SeenHop> {
    let Some(culprit) = verdict.culprit.as_ref().filter(|_| is_on_the_way(verdict)) else {
        return Vec::new();
    };
    let near = traced(scene, Side::Sharer);
    let mut far = traced(scene, Side::Viewer);
    far.reverse();
    let (mut way, junction) = match culprit.direction {
        Some(Direction::SharerToViewer) if !near.is_empty() => whole(near),
        Some(Direction::ViewerToSharer) if !far.is_empty() => (far, 0),
        Some(_) | None => joined(scene, near, far),
    };
    let named = culprit
        .addresses
        .iter()
        .filter(|address| !scene.is_party(**address));
    let missing: Vec<IpAddr> = named
        .copied()
        .filter(|address| !way.contains(address))
        .collect();
    let seen = way.clone();
    way.splice(junction..junction, missing);
    let is_router = culprit.kind == CulpritKind::Router;
    way.into_iter()
        .map(|address| SeenHop {
            address,
            name: None,
            state: if is_router && culprit.addresses.contains(&address) {
                HopState::Broken
            } else if seen.contains(&address) {
                HopState::Passes
            } else {
                HopState::Unknown
            },
        })
        .collect()
}

/// The way in order, and where it is not known.
fn joined(scene: &Scene<'_>, near: Vec<IpAddr>, far: Vec<IpAddr>) -> (Vec<IpAddr>, usize) {
    if scene.delivered_to(Side::Viewer) {
        return whole(near);
    }
    if scene.delivered_to(Side::Sharer) {
        return (far, 0);
    }
    let junction = near.len();
    let rest: Vec<IpAddr> = far
        .into_iter()
        .filter(|address| !near.contains(address))
        .collect();
    (near.into_iter().chain(rest).collect(), junction)
}

const fn whole(near: Vec<IpAddr>) -> (Vec<IpAddr>, usize) {
    let end = near.len();
    (near, end)
}

/// The routers on the way of `side`, the nearest first, each once.
fn traced(scene: &Scene<'_>, side: Side) -> Vec<IpAddr> {
    let told = scene.addresses_told_of(side.other());
    let longest = scene
        .seen_by(side)
        .filter_map(|fact| {
            let Observation::Trace {
                destination, hops, ..
            } = &fact.observation
            else {
                return None;
            };
            told.contains(&destination.ip().to_canonical())
                .then_some(hops)
        })
        .max_by_key(|hops| hops.len());
    let mut routers = Vec::new();
    let mut hops = longest.cloned().unwrap_or_default();
    hops.sort_unstable();
    for hop in hops {
        let address = hop.address.to_canonical();
        if !routers.contains(&address) && !scene.is_party(address) {
            routers.push(address);
        }
    }
    routers
}

/// Whether the fault lies between the two ends at all, or at one of them.
fn is_on_the_way(verdict: &Verdict) -> bool {
    match verdict.layer {
        Layer::Host | Layer::Path | Layer::Nat | Layer::Capacity => true,
        Layer::Signin
        | Layer::Relay
        | Layer::TransportSecurity
        | Layer::Media
        | Layer::Capture
        | Layer::AdvertisedAddress => false,
    }
}
