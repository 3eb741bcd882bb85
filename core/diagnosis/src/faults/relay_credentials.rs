//! `relay-credentials`: the relay is reachable and refuses the credentials.
//!
//! Evidence: its last answer is "unauthorized" (RFC 8656, section 7.2), although
//! the first such answer only carries the challenge.
//! Excluded by: an address that it gave; a clock of that side that is known to be
//! far off (then it is `clock-skew`).
//! Remedy: the same secret and realm at relay and issuer.

use super::relay_answer::refused;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Verdict};
use hopsight_evidence::TurnMethod;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = refused(scene, &[TurnMethod::Allocate], &[401, 441])?;
    if super::clock_skew::of(scene, found.side).is_some() {
        return None;
    }
    let server = found.server;
    let words = Words {
        user: "The relay does not accept this session. The administrator can correct it."
            .to_owned(),
        admin: format!(
            "The relay {server} refuses the credentials of {}: {} {}.",
            scene.names.computer(found.side),
            found.code,
            found.reason
        ),
        remedy: "give relay and front end the same secret and realm, and check both clocks"
            .to_owned(),
    };
    let verdict = Verdict::new(
        Code::RelayCredentials,
        Confidence::Located,
        Culprit::new(CulpritKind::Service, vec![server.ip()]).on(&[found.side]),
        words,
        found.proof(scene),
    );
    let verdict = verdict.not(Code::RelayUnreachable, "the relay answered");
    Some(if super::clock_skew::is_known(scene, found.side) {
        verdict.not(
            Code::ClockSkew,
            "the clock of that PC agrees with the server's",
        )
    } else {
        verdict.or(
            Code::ClockSkew,
            "the clock of that PC and of the relay against the front end's",
        )
    })
}
