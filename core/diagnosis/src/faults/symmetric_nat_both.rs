//! `symmetric-nat-both`: both NATs map per destination, so that neither end can
//! tell the other where to send.
//!
//! Evidence: both ends are behind NATs of their own, nothing came straight, and
//! packets get as far as the NATs themselves, which answer in their own names.
//! That they map per destination is shown where checks came from another port
//! than the one that a STUN server saw.
//! Excluded by: packets that came straight in any direction; one end without a
//! NAT; one NAT for both; two NATs that keep ports, which let each other's packets in.
//! Remedy: one NAT that maps independently of the destination; until then the
//! relay.

use super::{SIDES, mapping};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, IcmpKind, Observation, Side, TcpOutcome};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    if SIDES.into_iter().any(|side| scene.delivered_to(side)) {
        return None;
    }
    let is_behind = |side| !mapping::outside(scene, side).is_empty();
    if !SIDES.into_iter().all(is_behind) || mapping::shared(scene).is_some() {
        return None;
    }
    if SIDES.iter().all(|side| mapping::keeps_ports(scene, *side)) {
        return None;
    }
    let moved: Vec<Evidence> = SIDES
        .into_iter()
        .filter_map(|side| moved(scene, side))
        .collect();
    let met: Vec<Evidence> = SIDES
        .into_iter()
        .filter_map(|side| met(scene, side))
        .collect();
    let is_both = moved.len() == SIDES.len();
    let is_met = met.len() == SIDES.len();
    let mut lines = moved.into_iter().chain(met);
    let proof = Proof::new(lines.next()?, lines.collect());
    let addresses = SIDES
        .into_iter()
        .filter_map(|side| mapping::outside(scene, side).first().map(|one| one.ip()))
        .collect();
    let culprit = Culprit::new(CulpritKind::EdgeBetween, addresses)
        .on(&SIDES)
        .stops(&SIDES);
    if is_both {
        let code = Code::SymmetricNatBoth;
        return Some(Verdict::new(
            code,
            Confidence::Located,
            culprit,
            words(),
            proof,
        ));
    }
    let verdict = Verdict::new(
        Code::SymmetricNatBoth,
        Confidence::Leading,
        culprit,
        words(),
        proof,
    );
    is_met.then(|| {
        verdict.or(
            Code::PortsFiltered,
            "the mapped ports of both NATs, seen from two ports of a server: if each stays the \
             same, a filter is at work",
        )
    })
}

fn words() -> Words {
    Words {
        user: "The address translation of both networks hides the two PCs from each other; the \
               relay carries the picture. Your network team can change one of them."
            .to_owned(),
        admin: "Packets reach both NATs and neither knows to whom they belong.".to_owned(),
        remedy: "make one of the two NATs map independently of the destination (RFC 4787, REQ-1), \
                 or rely on the relay"
            .to_owned(),
    }
}

fn moved(scene: &Scene<'_>, side: Side) -> Option<Evidence> {
    let (fact, from) = mapping::moved(scene, side)?;
    let says = format!(
        "checks of {} came from {from}, which no STUN server had seen",
        scene.names.computer(side)
    );
    Some(Evidence::of(fact, says))
}

/// Packets of `side` get as far as the other end's NAT.
fn met(scene: &Scene<'_>, side: Side) -> Option<Evidence> {
    let outside = mapping::outside(scene, side.other());
    scene.seen_by(side).find_map(|fact| {
        let address = answered(fact)?;
        let is_nat = outside.iter().any(|one| one.ip() == address);
        let says = format!(
            "the NAT at {address} itself answered {}",
            scene.names.computer(side)
        );
        is_nat.then(|| Evidence::of(fact, says))
    })
}

fn answered(fact: &Fact) -> Option<IpAddr> {
    if let Observation::TcpConnect {
        destination,
        outcome: TcpOutcome::Refused | TcpOutcome::Accepted,
        ..
    } = fact.observation
    {
        return Some(destination.ip());
    }
    if let Observation::IcmpError {
        destination,
        offender,
        kind: IcmpKind::PortUnreachable,
        ..
    } = fact.observation
    {
        return (destination.ip() == offender).then_some(offender);
    }
    None
}
