//! `relay-peer-denied`: the relay's peer policy forbids an address, and no other
//! way was found.
//!
//! Proof: the relay's own word. Its answer "forbidden" (RFC 8656, section 9.2), as
//! an end tells it, locates it. A relay that refuses a private address of a session that goes on from
//! relay to relay has done no harm, so a chosen path excludes this;
//! and so does a relay that tells an address where nobody is.
//! Remedy: list the peer's network as allowed.

use super::advertised_address_wrong;
use super::relay_answer::refused;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Observation, Side, TurnMethod};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let has_path = scene
        .facts()
        .any(|fact| matches!(fact.observation, Observation::PathChosen { .. }));
    if has_path || advertised_address_wrong::is_told(scene) {
        return None;
    }
    let own = scene.facts().find_map(|fact| own_word(scene, fact));
    let asked = [TurnMethod::CreatePermission, TurnMethod::ChannelBind];
    let told = refused(scene, &asked, &[403]);
    let (side, proof, what, confidence) = match (own, told) {
        (Some((side, fact, peer, because)), _) => {
            let says = format!("the relay refused {peer}: {because}");
            let proof = Proof::new(Evidence::of(fact, says), Vec::new());
            (side, proof, peer.to_string(), Confidence::Proven)
        }
        (None, Some(told)) => (
            told.side,
            told.proof(scene),
            "the other PC".to_owned(),
            Confidence::Located,
        ),
        (None, None) => return None,
    };
    let words = Words {
        user: format!(
            "The relay is not allowed to reach {what}. The administrator can allow that network."
        ),
        admin: format!("The relay's peer policy forbids {what}."),
        remedy: format!(
            "add the network of {what} to `relay.peer_networks`, or reach it by a relay in it"
        ),
    };
    let verdict = Verdict::new(
        Code::RelayPeerDenied,
        confidence,
        Culprit::new(CulpritKind::Policy, Vec::new()).on(&[side]),
        words,
        proof,
    );
    Some(verdict.not(Code::RelayUnreachable, "the relay answered"))
}

/// The relay refused an address at which the other end is tried, its own and
/// another relay's included.
fn own_word<'a>(scene: &Scene<'a>, fact: &'a Fact) -> Option<(Side, &'a Fact, IpAddr, &'a str)> {
    let Observation::RelayRefused {
        side,
        peer,
        because,
    } = &fact.observation
    else {
        return None;
    };
    let told = scene.addresses_told_of(side.other());
    let peer_address = peer.to_canonical();
    let is_tried = told.contains(&peer_address) || scene.relay_addresses().contains(&peer_address);
    is_tried.then_some((*side, fact, *peer, because.as_str()))
}
