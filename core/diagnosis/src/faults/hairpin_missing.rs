//! `hairpin-missing`: two parties behind one NAT cannot reach its public address
//! from inside.
//!
//! Evidence: both have the same reflexive address, nothing came straight, and
//! that address itself says "port unreachable", or the probes towards the other's
//! inner address end at the first router.
//! Excluded by: packets that came straight; probes that get farther (then the
//! inner way is judged by itself).
//! Remedy: NAT reflection for that address, or an inner way.

use super::{SIDES, mapping, reach};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{IcmpKind, Observation};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    if SIDES.into_iter().any(|side| scene.delivered_to(side)) {
        return None;
    }
    let address = mapping::shared(scene)?;
    let refused = refused(scene, address);
    let is_beyond = |side| reach::is_beyond_first(scene, side);
    if refused.is_empty() && SIDES.into_iter().any(is_beyond) {
        return None;
    }
    let is_refused = !refused.is_empty();
    let lines = SIDES.into_iter().filter_map(|side| {
        let tally = scene.unanswered_from(side)?;
        let says = format!(
            "{} is {address} from outside, and none of its {} was answered",
            scene.names.computer(side),
            tally.checks()
        );
        Some(Evidence::of(tally.fact, says))
    });
    let mut lines = refused.into_iter().chain(lines);
    let proof = Proof::new(lines.next()?, lines.collect());
    let words = Words {
        user: format!(
            "Both PCs are behind {address}, which does not let them reach each other. \
             Your network team can change that; the relay carries the picture."
        ),
        admin: format!("{address} does not reflect packets from inside to its own address."),
        remedy: format!(
            "on {address}: enable NAT reflection (hairpinning, RFC 4787, REQ-9), or route between \
             the two inner networks"
        ),
    };
    let verdict = Verdict::new(
        Code::HairpinMissing,
        if is_refused {
            Confidence::Located
        } else {
            Confidence::Leading
        },
        Culprit::new(CulpritKind::Router, vec![address])
            .on(&SIDES)
            .stops(&SIDES),
        words,
        proof,
    );
    Some(verdict.or(
        Code::SilentDrop,
        "a probe between the two inner addresses, from both ends",
    ))
}

/// The translator's own word that it has nothing behind the other end's port.
fn refused(scene: &Scene<'_>, shared: IpAddr) -> Vec<Evidence> {
    let told = SIDES.into_iter().flat_map(|side| {
        let facts = scene.seen_by(side).map(move |fact| (side, fact));
        facts.filter_map(|(side, fact)| {
            let Observation::IcmpError {
                destination,
                offender,
                kind: IcmpKind::PortUnreachable,
                ..
            } = fact.observation
            else {
                return None;
            };
            let far = mapping::outside(scene, side.other());
            let is_asked = far.contains(&destination) && destination.ip() == shared;
            let computer = scene.names.computer(side);
            let says =
                format!("{shared} answered {computer} \"port unreachable\" for {destination}");
            (is_asked && offender.to_canonical() == shared).then(|| Evidence::of(fact, says))
        })
    });
    told.collect()
}
