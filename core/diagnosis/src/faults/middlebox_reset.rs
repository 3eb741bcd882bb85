//! `middlebox-reset`: something on the way forges a reset in the server's name.
//!
//! Evidence: a reset came at a hop limit at which a packet cannot reach the
//! server, because a router at that distance or farther answered on the way to
//! the same machine.
//! Excluded by: a reset that came only at the server's own distance.
//! Remedy: permit the destination in the device behind that hop.

use super::sign_in::{self, Attempt};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Proof, Verdict};
use hopsight_evidence::TcpOutcome;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = sign_in::failed(scene)
        .find(|attempt| attempt.outcome == TcpOutcome::Refused && is_forged(scene, attempt))?;
    let reset_at = found.reset_at?;
    let (_, distance) = found.known_distance(scene)?;
    let server = found.server;
    let near = found
        .hop_before(reset_at)
        .or_else(|| scene.address_of(found.side));
    let place = near.map_or_else(
        || format!("before {}", server.ip()),
        |near| format!("right behind {near}"),
    );
    let words = Words {
        user: format!(
            "Something in the network refuses the connection to the server in its name. \
             Your network team can allow {server}."
        ),
        admin: format!(
            "A reset in the name of {server} comes {place}, {reset_at} hops away; \
             the server is farther."
        ),
        remedy: format!("permit TCP to {server} in the device {place}"),
    };
    let addresses = near.into_iter().chain([server.ip()]).collect();
    let proof: Vec<_> = found.proof(scene).into();
    let verdict = Verdict::new(
        Code::MiddleboxReset,
        Confidence::Located,
        Culprit::new(CulpritKind::EdgeBetween, addresses).on(&[found.side]),
        words,
        Proof::new(distance, proof),
    );
    Some(verdict.not(
        Code::ServerNotListening,
        "the reset came from nearer than the server is",
    ))
}

/// Whether a router that is as far away as the reset, or farther, answered.
pub(super) fn is_forged(scene: &Scene<'_>, attempt: &Attempt<'_>) -> bool {
    let distance = attempt.known_distance(scene).map(|(ttl, _)| ttl);
    attempt
        .reset_at
        .zip(distance)
        .is_some_and(|(reset, farthest)| reset <= farthest)
}
