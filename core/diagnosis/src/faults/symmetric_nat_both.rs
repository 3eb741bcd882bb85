//! `symmetric-nat-both`: both NATs map per destination, so that neither end can
//! tell the other where to send.
//!
//! Evidence: each end's checks came from another port than the one that a STUN
//! server saw; nothing came straight.
//! Excluded by: packets that came straight in any direction; one end without a
//! NAT.
//! Remedy: one NAT that maps independently of the destination; until then the
//! relay.

use super::{SIDES, mapping};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    if SIDES.into_iter().any(|side| scene.delivered_to(side)) {
        return None;
    }
    let is_behind = |side| !mapping::outside(scene, side).is_empty();
    if !SIDES.into_iter().all(is_behind) || mapping::shared(scene).is_some() {
        return None;
    }
    let moved: Vec<_> = SIDES
        .into_iter()
        .filter_map(|side| Some((side, mapping::moved(scene, side)?)))
        .collect();
    let mut lines = moved.iter().map(|(side, (fact, from))| {
        let says = format!(
            "checks of {} came from {from}, which no STUN server had seen",
            scene.names.computer(*side)
        );
        Evidence::of(fact, says)
    });
    let proof = Proof::new(lines.next()?, lines.collect());
    let addresses = SIDES
        .into_iter()
        .filter_map(|side| mapping::outside(scene, side).first().map(|one| one.ip()))
        .collect();
    let words = Words {
        user: "The address translation of both networks hides the two PCs from each other; the \
               relay carries the picture. Your network team can change one of them."
            .to_owned(),
        admin: "Both NATs choose another port for each destination.".to_owned(),
        remedy: "make one of the two NATs map independently of the destination (RFC 4787, REQ-1), \
                 or rely on the relay"
            .to_owned(),
    };
    let is_both = moved.len() == SIDES.len();
    let confidence = if is_both {
        Confidence::Located
    } else {
        Confidence::Leading
    };
    let verdict = Verdict::new(
        Code::SymmetricNatBoth,
        confidence,
        Culprit::new(CulpritKind::EdgeBetween, addresses)
            .on(&SIDES)
            .stops(&SIDES),
        words,
        proof,
    );
    Some(if is_both {
        verdict
    } else {
        verdict.or(
            Code::PortsFiltered,
            "the mapping of the other NAT, seen from two servers' ports",
        )
    })
}
