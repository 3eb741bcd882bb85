//! `advertised-address-wrong`: the relay advertises an address that nobody can
//! use from elsewhere.
//!
//! Proof: the address in the front end's offer, or in the relay's own word, is one
//! that never leaves a machine or its link: loopback, unspecified, link-local. As
//! an end tells the relay's answer, it is located. So is an offered address of
//! which a router says that nobody has it, while the same relay is alive elsewhere.
//! Excluded by: one end that reaches the advertised address.
//! Remedy: the external address in the relay's configuration.

use super::deserted::{Deserted, deserted};
use super::{SIDES, computers_of, relay_silence};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Observation, Side};
use std::net::{IpAddr, SocketAddr};

/// Whether the relay tells any address at which it is not.
pub(super) fn is_told(scene: &Scene<'_>) -> bool {
    confined(scene).is_some() || deserted(scene).is_some()
}

/// Whether this is such an address.
pub(super) fn is_about(scene: &Scene<'_>, address: IpAddr) -> bool {
    let is_confined = confined(scene).is_some_and(|(_, told)| told == address);
    is_confined || deserted(scene).is_some_and(|one| one.address == address)
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let confined = confined(scene);
    let (fact, address) = match (confined, deserted(scene)) {
        (Some(confined), _) => confined,
        (None, found) => return found.map(|found| nobody_there(&found)),
    };
    let sides: Vec<Side> = SIDES
        .into_iter()
        .filter(|side| relay_silence::reached_by(scene, *side).is_none())
        .collect();
    let whom = match sides.as_slice() {
        [] => "other machines".to_owned(),
        sides => computers_of(scene, sides),
    };
    let words = Words {
        user: "The relay tells an address at which nobody reaches it. \
               The administrator can correct it."
            .to_owned(),
        admin: format!("The relay advertises {address}, which {whom} cannot reach."),
        remedy: "set `relay.advertised` to the address at which clients reach the relay".to_owned(),
    };
    let says = format!("the relay was offered at {address}, which no other machine can reach");
    let confidence = match fact.observer.side() {
        None => Confidence::Proven,
        Some(_) => Confidence::Located,
    };
    Some(Verdict::new(
        Code::AdvertisedAddressWrong,
        confidence,
        Culprit::new(CulpritKind::Service, vec![address]),
        words,
        Proof::new(Evidence::of(fact, says), Vec::new()),
    ))
}

/// Nobody answers for the address, and the relay is alive.
fn nobody_there(found: &Deserted<'_>) -> Verdict {
    let (address, router) = (found.address, found.router);
    let words = Words {
        user: "The relay tells an address that nobody has. The administrator can correct it."
            .to_owned(),
        admin: format!(
            "The relay advertises {address}; {router} says that nobody there has it. \
             The sign-in port still reaches the relay."
        ),
        remedy: "set `relay.advertised` to the address at which clients reach the relay, or give \
                 the relay's machine that address"
            .to_owned(),
    };
    Verdict::new(
        Code::AdvertisedAddressWrong,
        Confidence::Located,
        Culprit::new(CulpritKind::Service, vec![address]),
        words,
        found.proof(),
    )
}

/// A told address that never leaves a machine, where not everybody is on it.
fn confined<'a>(scene: &Scene<'a>) -> Option<(&'a Fact, IpAddr)> {
    let found = scene.facts().find_map(useless);
    found.filter(|(_, address)| !is_at_home(scene, *address))
}

fn useless(fact: &Fact) -> Option<(&Fact, IpAddr)> {
    let told: &[SocketAddr] = if let Observation::RelayOffered { servers } = &fact.observation {
        servers
    } else if let Observation::RelayAllocated { relayed, .. }
    | Observation::RelayServes { relayed, .. } = &fact.observation
    {
        std::slice::from_ref(relayed)
    } else {
        return None;
    };
    let found = told.iter().map(|one| one.ip().to_canonical());
    let mut found = found.filter(|address| stays_here(*address));
    Some((fact, found.next()?))
}

const fn stays_here(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_unspecified() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unspecified() || address.is_unicast_link_local()
        }
    }
}

/// Everybody is on the relay's own machine, where its loopback is as good as any.
fn is_at_home(scene: &Scene<'_>, address: IpAddr) -> bool {
    address.is_loopback()
        && SIDES.into_iter().all(|side| {
            let signed_in = scene.signed_in_from(side);
            signed_in.is_none_or(|from| from.is_loopback())
        })
}
