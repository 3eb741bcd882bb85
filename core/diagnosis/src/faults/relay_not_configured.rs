//! `relay-not-configured`: no relay was offered although the path needs one.
//!
//! Proof: the front end's own word that it had none to offer; the direct way
//! does not work.
//! Excluded by: any relay that was offered, any allocation.
//! Remedy: a relay for this site.

use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::Observation;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let offered = scene.facts().find(|fact| {
        matches!(&fact.observation, Observation::RelayOffered { servers } if servers.is_empty())
    })?;
    let has_one = scene
        .facts()
        .any(|fact| matches!(fact.observation, Observation::RelayAllocated { .. }));
    if has_one {
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
        Vec::new(),
    );
    Some(Verdict::new(
        Code::RelayNotConfigured,
        Confidence::Proven,
        Culprit::new(CulpritKind::Policy, Vec::new()),
        words,
        proof,
    ))
}
