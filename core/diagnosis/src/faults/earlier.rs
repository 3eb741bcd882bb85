//! Where packets went in an earlier session that worked, before any fault reads
//! it. It names the next router; that the way is still the same it does not say.

use crate::scene::Scene;
use hopsight_evidence::{Fact, Observation, Side};
use std::net::IpAddr;

/// The router that came after `last` on the way of `from` then.
pub(super) fn next<'a>(scene: &Scene<'a>, from: Side, last: IpAddr) -> Option<(&'a Fact, IpAddr)> {
    scene.facts().find_map(|fact| {
        let Observation::EarlierPath { side, hops, .. } = &fact.observation else {
            return None;
        };
        let mut hops = hops.clone();
        hops.sort_unstable();
        let mut rest = hops
            .iter()
            .map(|hop| hop.address.to_canonical())
            .skip_while(|address| *address != last)
            .skip(1);
        let next = rest.next().filter(|_| *side == from)?;
        Some((fact, next))
    })
}
