//! A told relay address of which a router says that nobody on its link has it,
//! while the same relay serves people at another one; before any fault reads it.

use super::{relay_silence, waited};
use crate::scene::Scene;
use crate::{Evidence, Proof};
use hopsight_evidence::{Fact, Observation};
use std::net::IpAddr;

/// An address that the relay tells and does not have.
pub(super) struct Deserted<'a> {
    pub(super) address: IpAddr,
    pub(super) router: IpAddr,
    said: &'a Fact,
    served: &'a Fact,
}

/// The first such address.
pub(super) fn deserted<'a>(scene: &Scene<'a>) -> Option<Deserted<'a>> {
    scene.facts().find_map(|fact| asked_in_vain(scene, fact))
}

fn asked_in_vain<'a>(scene: &Scene<'a>, fact: &'a Fact) -> Option<Deserted<'a>> {
    let side = fact.observer.side()?;
    let one = waited::of(fact, side)?;
    let (address, router) = (one.destination, one.offender);
    let is_router = router != address && !scene.is_party(router);
    let is_told = is_router && is_offered(scene, address);
    let is_dead = is_told && relay_silence::is_cut_off_from(scene, side, address);
    let mut seen = scene.seen_by(side);
    let served = seen.find(|fact| serves_elsewhere(fact, address))?;
    is_dead.then_some(Deserted {
        address,
        router,
        said: fact,
        served,
    })
}

impl Deserted<'_> {
    pub(super) fn proof(&self) -> Proof {
        let said = format!("{} answered that nobody has {}", self.router, self.address);
        let served = "the same relay serves over the sign-in port";
        Proof::new(
            Evidence::of(self.said, said),
            vec![Evidence::of(self.served, served)],
        )
    }
}

fn is_offered(scene: &Scene<'_>, address: IpAddr) -> bool {
    scene.facts().any(|fact| {
        matches!(&fact.observation, Observation::RelayOffered { servers }
            if servers.iter().any(|one| one.ip().to_canonical() == address))
    })
}

/// The relay lent a port, as asked at another address than this.
fn serves_elsewhere(fact: &Fact, address: IpAddr) -> bool {
    matches!(fact.observation, Observation::RelayAllocated { server, .. }
        if server.ip().to_canonical() != address)
}
