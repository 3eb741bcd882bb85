//! `relay-not-configured`: no relay was offered although the path needs one.
//!
//! Proof: the front end's own word that it had none to offer, and that the direct
//! way does not work: checks without an answer, or nothing that could be checked.
//! Excluded by: any relay that was offered, any allocation; a direct way that was
//! not tried yet.
//! Remedy: a relay for this site.

use super::SIDES;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Observation, Side};

/// Whether nothing else needs to be wrong for the direct way to fail: both ends
/// are behind address translation, and nobody told them how they look outside.
pub(super) fn explains_the_way(scene: &Scene<'_>) -> bool {
    let is_hidden = |side: Side| scene.signs_in_from_outside(side);
    SIDES.into_iter().all(is_hidden) && judge(scene).is_some()
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let offered = scene.facts().find(|fact| {
        matches!(&fact.observation, Observation::RelayOffered { servers } if servers.is_empty())
    })?;
    let has_one = scene
        .facts()
        .any(|fact| matches!(fact.observation, Observation::RelayAllocated { .. }));
    let tried: Vec<Evidence> = SIDES
        .into_iter()
        .filter_map(|side| in_vain(scene, side))
        .collect();
    if has_one || tried.is_empty() {
        return None;
    }
    let words = Words {
        user: "The two PCs need a relay, and this server has none. \
               The administrator can switch it on."
            .to_owned(),
        admin: "The direct way does not work and the deployment offers no relay.".to_owned(),
        remedy: "set `relay.enabled = true` in the configuration of the server and restart it"
            .to_owned(),
    };
    let proof = Proof::new(
        Evidence::of(offered, "the server had no relay to offer"),
        tried,
    );
    Some(Verdict::new(
        Code::RelayNotConfigured,
        Confidence::Proven,
        Culprit::new(CulpritKind::Policy, Vec::new()),
        words,
        proof,
    ))
}

/// What shows that the direct way of `side` was tried and does not work.
fn in_vain(scene: &Scene<'_>, side: Side) -> Option<Evidence> {
    let computer = scene.names.computer(side);
    let checked = scene.unanswered_from(side).map(|tally| {
        let says = format!("{} from {computer}, none answered", tally.checks());
        Evidence::of(tally.fact, says)
    });
    checked.or_else(|| {
        let is_hidden = |one: &Observation| matches!(one, Observation::CandidateUnresolved { .. });
        let fact = scene
            .seen_by(side)
            .find(|fact| is_hidden(&fact.observation))?;
        Some(Evidence::of(
            fact,
            format!("{computer} has no address that it could check"),
        ))
    })
}
