//! `peer-not-registered`: the invited person does not exist, is disabled, or is
//! signed in nowhere.
//!
//! Proof: the server's own answer that it has nobody to ask.
//! Excluded by: a refusal by rule (then it is `not-permitted`).
//! Remedy: sign the other end in, or make the account.

use super::answered::refused;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Verdict};
use hopsight_evidence::SignallingRequest;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = refused(scene, &[SignallingRequest::Invite], &[404, 410, 480, 604])?;
    let far = scene.names.person(found.side.other());
    let words = Words {
        user: format!("{far} is not signed in. Ask them to sign in, or check the name."),
        admin: format!(
            "The server knows no live registration of {far}: {} {}.",
            found.status, found.reason
        ),
        remedy: format!(
            "sign {far} in; `hopsight user list` tells whether the account exists and is enabled"
        ),
    };
    let verdict = Verdict::new(
        Code::PeerNotRegistered,
        Confidence::Proven,
        Culprit::new(CulpritKind::Service, Vec::new()).on(&[found.side.other()]),
        words,
        found.proof(scene, "the invitation"),
    );
    Some(verdict.not(
        Code::NotPermitted,
        "the server names nobody who is signed in, not a rule",
    ))
}
