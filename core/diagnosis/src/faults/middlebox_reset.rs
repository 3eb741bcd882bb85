//! `middlebox-reset`: something on the way forges a reset in the server's name.
//!
//! Evidence: a reset came at a hop limit at which a packet cannot reach the
//! server, because a router at that distance or farther answered on the way to
//! the same machine. Where routers are silent: because a port where nobody
//! listens refuses from farther; that leads here and no more, as nearer refusals
//! of that port may have been lost.
//! Excluded by: a reset that came only at the server's own distance.
//! Remedy: permit the destination in the device behind that hop.

use super::sign_in::{self, Attempt};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::TcpOutcome;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (found, forged) = sign_in::failed(scene)
        .filter(|attempt| attempt.outcome == TcpOutcome::Refused)
        .find_map(|attempt| Some((attempt, forged(scene, &attempt)?)))?;
    let server = found.server;
    let near = found
        .hop_before(forged.reset_at)
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
            "A reset in the name of {server} comes {place}, {} hops away; \
             the server is farther.",
            forged.reset_at
        ),
        remedy: format!("permit TCP to {server} in the device {place}"),
    };
    let addresses = near.into_iter().chain([server.ip()]).collect();
    let proof: Vec<_> = found.proof(scene).into();
    let verdict = Verdict::new(
        Code::MiddleboxReset,
        forged.confidence,
        Culprit::new(CulpritKind::EdgeBetween, addresses).on(&[found.side]),
        words,
        Proof::new(forged.distance, proof),
    );
    let why = "the reset came from nearer than the server is";
    Some(match forged.confidence {
        Confidence::Leading => verdict.or(
            Code::ServerNotListening,
            "the same attempts once more: whether the refusal still comes from nearer than that \
             of another port",
        ),
        Confidence::Unknown | Confidence::SideOnly | Confidence::Located | Confidence::Proven => {
            verdict.not(Code::ServerNotListening, why)
        }
    })
}

/// A reset from nearer than the server is, and what shows how far that is.
pub(super) struct Forged {
    reset_at: u8,
    distance: Evidence,
    confidence: Confidence,
}

/// What shows that the refusal of this attempt is not the server's own.
pub(super) fn forged(scene: &Scene<'_>, attempt: &Attempt<'_>) -> Option<Forged> {
    let reset_at = attempt.reset_at?;
    let by_router = attempt
        .known_distance(scene)
        .filter(|(farthest, _)| reset_at <= *farthest)
        .map(|(_, distance)| (distance, Confidence::Located));
    let by_refusal = || {
        let elsewhere = attempt.refused_elsewhere(scene);
        let farther = elsewhere.filter(|(farther, _)| reset_at < *farther);
        farther.map(|(_, distance)| (distance, Confidence::Leading))
    };
    let (distance, confidence) = by_router.or_else(by_refusal)?;
    Some(Forged {
        reset_at,
        distance,
        confidence,
    })
}
