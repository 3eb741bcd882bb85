//! `clock-skew`: a clock is too far off for tickets, certificates or relay
//! credentials.
//!
//! Proof: the front end's own comparison with that side's clock, beyond every
//! validity window, and something that was refused to that side for which dates
//! matter; the other end's clock agrees with the server's. Two ends that are off
//! alike have a server whose clock is wrong.
//! Excluded by: a clock within the window; nothing that was refused.
//! Remedy: time synchronisation on that PC.

use super::SIDES;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{CertificateProblem, Fact, Observation, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = SIDES.into_iter().find_map(|side| strayed(scene, side))?;
    if found.standard == Standard::ServersOwn {
        return Some(of_the_server(&found));
    }
    let side = found.side;
    let computer = scene.names.computer(side);
    let (minutes, how) = found.written();
    let words = Words {
        user: format!(
            "The clock of {computer} is {minutes} minutes {how}. \
             Whoever looks after that PC can correct it."
        ),
        admin: format!(
            "{computer} is {} ms off the server's clock.",
            found.offset_ms
        ),
        remedy: format!("on {computer}: correct the time synchronisation (`timedatectl`)"),
    };
    let says = format!("the clock of {computer} is {minutes} minutes {how} of the server's");
    let addresses = scene.address_of(side).into_iter().collect();
    let verdict = Verdict::new(
        Code::ClockSkew,
        match found.standard {
            Standard::Agreed => Confidence::Proven,
            Standard::Alone | Standard::ServersOwn => Confidence::Located,
        },
        Culprit::new(CulpritKind::Host, addresses).on(&[side]),
        words,
        found.proof(says),
    );
    Some(verdict.not(
        Code::RelayCredentials,
        "credentials that are valid for minutes do not survive such a clock",
    ))
}

/// Both ends agree with each other, and not with the server.
fn of_the_server(found: &Strayed<'_>) -> Verdict {
    let (minutes, how) = found.written();
    let words = Words {
        user: format!(
            "The clock of the server differs from those of both PCs by {minutes} minutes. \
             The administrator of the server can correct it."
        ),
        admin: format!("Both PCs are {minutes} minutes {how} of the server's clock."),
        remedy: "on the server: correct the time synchronisation (`timedatectl`)".to_owned(),
    };
    let says = format!("the clocks of both PCs are {minutes} minutes {how} of the server's");
    let culprit = Culprit::new(CulpritKind::Service, Vec::new());
    Verdict::new(
        Code::ClockSkew,
        Confidence::Located,
        culprit,
        words,
        found.proof(says),
    )
}

/// A clock that is far from the server's, and what was refused for it.
struct Strayed<'a> {
    side: Side,
    fact: &'a Fact,
    offset_ms: i64,
    refused: &'a Fact,
    standard: Standard,
    other: Option<&'a Fact>,
}

/// What the other end's clock says about whose is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standard {
    /// It agrees with the server's.
    Agreed,
    /// It is not known, or wrong in another way.
    Alone,
    /// It is off as far as this one.
    ServersOwn,
}

impl Strayed<'_> {
    fn written(&self) -> (u64, &'static str) {
        let how = if self.offset_ms > 0 {
            "ahead"
        } else {
            "behind"
        };
        (self.offset_ms.unsigned_abs() / 60_000, how)
    }

    fn proof(&self, says: String) -> Proof {
        let other = match self.standard {
            Standard::Agreed => Some("the other PC's clock agrees with the server's"),
            Standard::ServersOwn => Some("the other PC's clock is as far off"),
            Standard::Alone => None,
        };
        let other = self.other.zip(other);
        let refused = Evidence::of(self.refused, "what was refused depends on dates");
        let rest = other.map(|(fact, says)| Evidence::of(fact, says));
        let rest = [refused].into_iter().chain(rest).collect();
        Proof::new(Evidence::of(self.fact, says), rest)
    }
}

fn strayed<'a>(scene: &Scene<'a>, side: Side) -> Option<Strayed<'a>> {
    let (fact, offset_ms) = of(scene, side)?;
    let refused = scene.seen_by(side).find(|fact| is_dated(fact))?;
    let other = clock(scene, side.other());
    let standard = match other {
        Some((_, other)) if other.unsigned_abs() <= WINDOW_MS => Standard::Agreed,
        Some((_, other)) if other.abs_diff(offset_ms) <= WINDOW_MS => Standard::ServersOwn,
        Some(_) | None => Standard::Alone,
    };
    Some(Strayed {
        side,
        fact,
        offset_ms,
        refused,
        standard,
        other: other.map(|(fact, _)| fact),
    })
}

/// Whether the front end compared that side's clock.
pub(super) fn is_known(scene: &Scene<'_>, side: Side) -> bool {
    clock(scene, side).is_some()
}

/// How far a side's clock is off, if it is off too far.
pub(super) fn of<'a>(scene: &Scene<'a>, side: Side) -> Option<(&'a Fact, i64)> {
    clock(scene, side).filter(|(_, offset_ms)| offset_ms.unsigned_abs() > WINDOW_MS)
}

fn clock<'a>(scene: &Scene<'a>, wanted: Side) -> Option<(&'a Fact, i64)> {
    scene.facts().find_map(|fact| {
        let Observation::ClockAhead { side, offset_ms } = fact.observation else {
            return None;
        };
        (side == wanted).then_some((fact, offset_ms))
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
