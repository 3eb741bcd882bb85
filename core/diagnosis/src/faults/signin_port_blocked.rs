//! `signin-port-blocked`: the sign-in port cannot be reached.
//!
//! Evidence: a TCP connection to it that was neither accepted nor refused; with
//! hop limits, the last router that answered. Beyond that one lies the culprit,
//! unless a router told that it turns the packets back (`refused`).
//! Excluded by: anything that the server answered, a refusal included; a next hop
//! that nobody is (then it is `wrong-gateway`).
//! Remedy: the port from that network to the server, both directions.

mod refused;

use super::sign_in::{self, Attempt};
use super::{name_resolution, wrong_gateway};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Verdict};
use hopsight_evidence::{Side, TcpOutcome};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = sign_in::failed(scene).find(|attempt| {
        attempt.outcome != TcpOutcome::Refused
            && !attempt.is_answered(scene)
            && !wrong_gateway::is_why(scene, attempt)
    })?;
    Some(refused::judge(scene, &found).unwrap_or_else(|| vanished(scene, &found)))
}

fn vanished(scene: &Scene<'_>, found: &Attempt<'_>) -> Verdict {
    let computer = scene.names.computer(found.side);
    let server = found.server;
    let place = place(found, &computer);
    let words = Words {
        user: format!(
            "{computer} does not reach the server {server}. \
             Your network team can allow it."
        ),
        admin: format!("TCP to {server} is not answered; packets vanish {place}."),
        remedy: format!(
            "{place}: permit TCP {} from {} to {}, both directions",
            server.port(),
            super::network_of(scene, found.side),
            server.ip()
        ),
    };
    let verdict = Verdict::new(
        Code::SigninPortBlocked,
        confidence(scene, found),
        culprit(scene, found),
        words,
        found.proof(scene),
    );
    let name = name_resolution::unconfirmed(scene, found.side, server.ip());
    let verdict = match name {
        Some(name) => verdict.or(Code::NameResolution, name_resolution::question(name)),
        None => verdict,
    };
    let is_dark = found.last_hop().is_none();
    let verdict = verdict.not(
        Code::ServerNotListening,
        "the server's machine answered nothing, no refusal either",
    );
    if is_dark {
        verdict.or(
            Code::NoRouteOnHost,
            "the route table and the gateway of that PC",
        )
    } else {
        verdict
    }
}

/// Where a router is known to have had the packets, one edge is left, unless a
/// name that may be wrong led there.
fn confidence(scene: &Scene<'_>, found: &Attempt<'_>) -> Confidence {
    let name = name_resolution::unconfirmed(scene, found.side, found.server.ip());
    match (found.last_hop(), name) {
        (Some(_), None) => Confidence::Located,
        (Some(_), Some(_)) => Confidence::Leading,
        (None, _) => Confidence::SideOnly,
    }
}

fn culprit(scene: &Scene<'_>, found: &Attempt<'_>) -> Culprit {
    let near = found.last_hop().or_else(|| scene.address_of(found.side));
    let addresses = near.into_iter().chain([found.server.ip()]).collect();
    let side: [Side; 1] = [found.side];
    Culprit::new(CulpritKind::EdgeBetween, addresses).on(&side)
}

fn place(found: &Attempt<'_>, computer: &str) -> String {
    let server = found.server.ip();
    match found.last_hop() {
        Some(hop) => format!("between {hop} and {server}"),
        None => format!("between {computer} and {server}"),
    }
}
