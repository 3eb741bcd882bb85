//! `not-permitted`: the invitation is forbidden by federation, access or consent
//! policy.
//!
//! Proof: the server's own refusal.
//! Excluded by: nothing; a refused invitation has no path to judge.
//! Remedy: the policy for this pair, or to accept it.

use super::answered::refused;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Verdict};
use hopsight_evidence::SignallingRequest;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let asked = [SignallingRequest::Invite, SignallingRequest::Relay];
    let found = refused(scene, &asked, &[403])?;
    let (near, far) = (
        scene.names.person(found.side),
        scene.names.person(found.side.other()),
    );
    let words = Words {
        user: format!(
            "{near} is not allowed to invite {far}. The administrator can tell why and change it."
        ),
        admin: format!(
            "The server refused the invitation of {near} to {far}: {} {}.",
            found.status, found.reason
        ),
        remedy: format!("allow {near} to invite {far}, or accept that it is forbidden"),
    };
    let verdict = Verdict::new(
        Code::NotPermitted,
        Confidence::Proven,
        Culprit::new(CulpritKind::Policy, Vec::new()).on(&[found.side]),
        words,
        found.proof(scene, "the invitation"),
    );
    Some(verdict.not(
        Code::PeerNotRegistered,
        "the server refused before it looked for the other end",
    ))
}
