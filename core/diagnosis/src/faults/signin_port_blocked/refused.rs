//! `signin-port-blocked` by a router that says so: it has no route to the server,
//! or a rule of its forbids the way.
//!
//! A word about the server's own address alone may as well be about a machine that
//! is gone, and a name that may be wrong may have led elsewhere: then it is no proof.
//! An end that did not tell its own addresses may have said it itself.

use super::super::sign_in::Attempt;
use super::super::{name_resolution, network_of, words_of};
use crate::scene::{Scene, says_no_route};
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, IcmpKind, Observation};
use std::net::IpAddr;

/// A router's word about the server.
#[derive(Clone, Copy)]
struct Refusal<'a> {
    fact: &'a Fact,
    router: IpAddr,
    kind: IcmpKind,
    after_ms: u64,
}

/// The verdict about this attempt, if a router turned it away.
pub(super) fn judge(scene: &Scene<'_>, attempt: &Attempt<'_>) -> Option<Verdict> {
    let refusal = refusal(scene, attempt)?;
    let (router, words) = (refusal.router, words_of(refusal.kind));
    let says = format!("{router} answered \"{words}\" for {}", attempt.server.ip());
    let more: Vec<Evidence> = attempt.proof(scene).into();
    let name = name_resolution::unconfirmed(scene, attempt.side, attempt.server.ip());
    let verdict = Verdict::new(
        Code::SigninPortBlocked,
        confidence(refusal.kind, name.is_some()),
        Culprit::new(CulpritKind::Router, vec![router]).on(&[attempt.side]),
        said(scene, attempt, refusal),
        Proof::new(Evidence::of(refusal.fact, says), more),
    );
    let verdict = match name {
        Some(name) => verdict.or(Code::NameResolution, name_resolution::question(name)),
        None => verdict,
    };
    let verdict = if refusal.kind == IcmpKind::HostUnreachable {
        verdict.or(
            Code::ServerNotListening,
            "whether the server's machine runs and has that address",
        )
    } else {
        verdict.not(
            Code::ServerNotListening,
            format!("the packets did not come so far: {router} turned them back"),
        )
    };
    Some(verdict.first_seen(Some(refusal.after_ms)))
}

fn refusal<'a>(scene: &Scene<'a>, attempt: &Attempt<'_>) -> Option<Refusal<'a>> {
    if scene.own_interfaces(attempt.side).is_empty() {
        return None;
    }
    let told = scene.seen_by(attempt.side).filter_map(|fact| {
        let Observation::IcmpError {
            destination,
            offender,
            kind,
            after_ms,
            ..
        } = fact.observation
        else {
            return None;
        };
        let router = offender.to_canonical();
        let refuses = kind == IcmpKind::Prohibited || says_no_route(kind, after_ms);
        let is_router = scene.may_be_router(router, destination.ip().to_canonical());
        (destination == attempt.server && refuses && is_router).then_some(Refusal {
            fact,
            router,
            kind,
            after_ms,
        })
    });
    told.min_by_key(|one| (one.kind == IcmpKind::HostUnreachable, one.after_ms))
}

const fn confidence(kind: IcmpKind, is_name_open: bool) -> Confidence {
    if is_name_open || matches!(kind, IcmpKind::HostUnreachable) {
        Confidence::Leading
    } else {
        Confidence::Proven
    }
}

fn said(scene: &Scene<'_>, attempt: &Attempt<'_>, refusal: Refusal<'_>) -> Words {
    let computer = scene.names.computer(attempt.side);
    let (router, server) = (refusal.router, attempt.server);
    let change = if refusal.kind == IcmpKind::Prohibited {
        let from = network_of(scene, attempt.side);
        let (port, to) = (server.port(), server.ip());
        format!("permit TCP {port} from {from} to {to}, both directions")
    } else {
        format!(
            "correct the route to {}, and check the way back",
            server.ip()
        )
    };
    Words {
        user: format!(
            "{computer} does not reach the server {server}: router {router} turns its packets \
             back. Your network team can let them pass there."
        ),
        admin: format!(
            "{router} answers \"{}\" for {}.",
            words_of(refusal.kind),
            server.ip()
        ),
        remedy: format!("on {router}: {change}"),
    }
}
