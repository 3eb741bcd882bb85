//! `duplicate-address`: two machines use the peer's address.
//!
//! Evidence: on the link that both share, somebody answers for the peer's
//! address with another link address than the peer tells of itself.
//! Excluded by: packets that arrived there; a next hop, behind which link
//! addresses mean nothing.
//! Remedy: another address for one of them.

use super::{SIDES, ways};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, HardwareAddress, Observation, Side};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (way, found, fact, own) = SIDES.into_iter().find_map(|side| {
        let way = ways::to_peer(scene, side).filter(|way| way.via.is_none())?;
        let found = way.hardware?;
        let (fact, own) = told(scene, side.other(), way.destination)?;
        (plain(found) != plain(own)).then_some((way, found, fact, own))
    })?;
    let far = way.side.other();
    let (near, other) = (scene.names.computer(way.side), scene.names.computer(far));
    let address = way.destination;
    let words = Words {
        user: format!(
            "Another machine uses the address {address} of {other}. \
             Whoever looks after the network can give one of them another."
        ),
        admin: format!(
            "For {address} {near} finds {} on the link; {other} is {}.",
            found.0, own.0
        ),
        remedy: format!(
            "give {other} or the machine with {} another address than {address}",
            found.0
        ),
    };
    let proof = Proof::new(
        Evidence::of(
            way.fact,
            format!(
                "on {} the address {address} answers as {}",
                way.device, found.0
            ),
        ),
        vec![Evidence::of(
            fact,
            format!("{other} itself has {address} on {}", own.0),
        )],
    );
    Some(Verdict::new(
        Code::DuplicateAddress,
        Confidence::Located,
        Culprit::new(CulpritKind::Host, vec![address])
            .on(&[far])
            .stops(&[way.side]),
        words,
        proof,
    ))
}

fn told<'a>(
    scene: &Scene<'a>,
    side: Side,
    wanted: IpAddr,
) -> Option<(&'a Fact, &'a HardwareAddress)> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::Interface {
            address,
            hardware: Some(hardware),
            ..
        } = &fact.observation
        else {
            return None;
        };
        (address.to_canonical() == wanted).then_some((fact, hardware))
    })
}

/// Only the digits: systems write the same address with colons, hyphens or dots.
fn plain(address: &HardwareAddress) -> String {
    let digits = address.0.chars().filter(char::is_ascii_hexdigit);
    digits.map(|digit| digit.to_ascii_lowercase()).collect()
}
