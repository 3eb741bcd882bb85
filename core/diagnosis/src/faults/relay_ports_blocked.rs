//! `relay-ports-blocked`: the ports that the relay lends cannot reach a client,
//! while the port where it listens can.
//!
//! Evidence: the relay's own two probes to the same client.
//! Excluded by: an answer to a probe from a lent port; a chosen path.
//! Remedy: the relay's port range between relay and clients.

use super::SIDES;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Observation, RelayPort, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let has_path = scene
        .facts()
        .any(|fact| matches!(fact.observation, Observation::PathChosen { .. }));
    let (side, silent, heard) = SIDES.into_iter().find_map(|side| {
        let silent = probe(scene, side, RelayPort::Relayed, false)?;
        let heard = probe(scene, side, RelayPort::Listening, true)?;
        let is_open = probe(scene, side, RelayPort::Relayed, true).is_some();
        (!is_open).then_some((side, silent, heard))
    })?;
    if has_path {
        return None;
    }
    let computer = scene.names.computer(side);
    let words = Words {
        user: format!(
            "The relay's ports do not reach {computer}. Your network team can allow them."
        ),
        admin: format!("{computer} answers the relay's listening port and none that it lends."),
        remedy: format!(
            "permit UDP between {} and the relay's port range (`relay.ports`), both directions",
            super::network_of(scene, side)
        ),
    };
    let proof = Proof::new(
        Evidence::of(
            silent,
            "no answer to a probe from a port that the relay lends",
        ),
        vec![Evidence::of(
            heard,
            "an answer to a probe from the port where it listens",
        )],
    );
    let relay = scene.relay_addresses().iter().copied();
    let addresses = scene.address_of(side).into_iter().chain(relay).collect();
    Some(Verdict::new(
        Code::RelayPortsBlocked,
        Confidence::Located,
        Culprit::new(CulpritKind::EdgeBetween, addresses).on(&[side]),
        words,
        proof,
    ))
}

fn probe<'a>(scene: &Scene<'a>, of: Side, port: RelayPort, is_answered: bool) -> Option<&'a Fact> {
    scene.facts().find(|fact| {
        matches!(fact.observation, Observation::RelayProbe { side, from, answered, .. }
            if side == of && from == port && answered == is_answered)
    })
}
