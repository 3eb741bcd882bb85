//! `signin-refused`: password, device secret, ticket or account refused.
//!
//! Proof: the server's own refusal after its challenge was answered.
//! Excluded by: a clock that is known to be far off.
//! Remedy: a new secret, or the account enabled.

use super::answered::refused;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Verdict};
use hopsight_evidence::SignallingRequest;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = refused(scene, &[SignallingRequest::SignIn], &[401, 403, 407])?;
    if super::clock_skew::of(scene, found.side).is_some() {
        return None;
    }
    let person = scene.names.person(found.side);
    let words = Words {
        user: format!(
            "The server does not accept the sign-in of {person}. \
             The administrator can give you a new secret or enable the account."
        ),
        admin: format!(
            "The server refused the sign-in of {person}: {} {}.",
            found.status, found.reason
        ),
        remedy: format!(
            "`hopsight user add {person} --device` makes a new secret; \
             `hopsight user list` tells whether the account is enabled"
        ),
    };
    let verdict = Verdict::new(
        Code::SigninRefused,
        Confidence::Proven,
        Culprit::new(CulpritKind::Policy, Vec::new()).on(&[found.side]),
        words,
        found.proof(scene, "the sign-in"),
    );
    Some(verdict.not(
        Code::SigninPortBlocked,
        "the server was reached and answered",
    ))
}
