//! `clock-skew`: a clock is too far off for tickets, certificates or relay
//! credentials.
//!
//! Proof: the front end's own comparison with that side's clock, beyond every
//! validity window, and something that was refused to that side for which dates
//! matter.
//! Excluded by: a clock within the window; nothing that was refused.
//! Remedy: time synchronisation on that PC.

use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{CertificateProblem, Fact, Observation, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (side, fact, offset_ms) = super::SIDES.into_iter().find_map(|side| {
        let (fact, offset_ms) = of(scene, side)?;
        Some((side, fact, offset_ms))
    })?;
    let refused = scene.seen_by(side).find(|fact| is_dated(fact))?;
    let computer = scene.names.computer(side);
    let minutes = offset_ms.unsigned_abs() / 60_000;
    let how = if offset_ms > 0 { "ahead" } else { "behind" };
    let words = Words {
        user: format!(
            "The clock of {computer} is {minutes} minutes {how}. \
             Whoever looks after that PC can correct it."
        ),
        admin: format!("{computer} is {offset_ms} ms off the server's clock."),
        remedy: format!("on {computer}: correct the time synchronisation (`timedatectl`)"),
    };
    let says = format!("the clock of {computer} is {minutes} minutes {how} of the server's");
    let proof = Proof::new(
        Evidence::of(fact, says),
        vec![Evidence::of(refused, "what was refused depends on dates")],
    );
    let addresses = scene.address_of(side).into_iter().collect();
    let verdict = Verdict::new(
        Code::ClockSkew,
        Confidence::Proven,
        Culprit::new(CulpritKind::Host, addresses).on(&[side]),
        words,
        proof,
    );
    Some(verdict.not(
        Code::RelayCredentials,
        "credentials that are valid for minutes do not survive such a clock",
    ))
}

/// How far a side's clock is off, if it is off too far.
pub(super) fn of<'a>(scene: &Scene<'a>, side: Side) -> Option<(&'a Fact, i64)> {
    scene.facts().find_map(|fact| {
        let Observation::ClockAhead {
            side: of,
            offset_ms,
        } = fact.observation
        else {
            return None;
        };
        (of == side && offset_ms.unsigned_abs() > WINDOW_MS).then_some((fact, offset_ms))
    })
}

/// Something refused whose validity is a matter of time.
pub(super) fn is_dated(fact: &Fact) -> bool {
    matches!(
        fact.observation,
        Observation::CertificateSeen {
            problem: Some(CertificateProblem::Expired | CertificateProblem::NotYetValid),
            ..
        } | Observation::TurnResult {
            code: Some(401),
            challenge: false,
            ..
        } | Observation::SignallingAnswer {
            status: 401 | 403,
            ..
        }
    )
}

/// Relay credentials live for minutes, tickets for half a minute; a clock may
/// stray that far by itself between two synchronisations, but not five minutes.
const WINDOW_MS: u64 = 300_000;
