//! `server-not-listening`: the server's machine answers, the service does not.
//!
//! Evidence: the connection to the sign-in port was refused, and nothing shows
//! that the refusal came from nearer than the server is. What the last router
//! refuses in the server's name arrives at the same hop limit, so that the
//! server is what needs the fewest assumptions, and no more. Without a trace
//! that met the refusal nobody knows how far away it was made.
//! Excluded by: a router that is known to lie beyond the place of the reset, or
//! another port's refusal from farther (then it is `middlebox-reset`). A name that
//! led there may be wrong as well, as long as the server has not told where it is.
//! Remedy: start the service, or correct its listen address.

use super::{name_resolution, sign_in};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Verdict};
use hopsight_evidence::TcpOutcome;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = sign_in::failed(scene).find(|attempt| {
        attempt.outcome == TcpOutcome::Refused
            && super::middlebox_reset::forged(scene, attempt).is_none()
    })?;
    let server = found.server;
    let words = Words {
        user: format!(
            "The server's machine {} answers, the service on it does not run. \
             The administrator of the server can start it.",
            server.ip()
        ),
        admin: format!("{server} refuses TCP connections."),
        remedy: format!(
            "on {}: start the service, or correct `listen.address` (`ss -ltn` shows what listens)",
            server.ip()
        ),
    };
    let culprit = Culprit::new(CulpritKind::Service, vec![server.ip()]);
    let name = name_resolution::unconfirmed(scene, found.side, server.ip());
    let verdict = Verdict::new(
        Code::ServerNotListening,
        Confidence::Leading,
        culprit,
        words,
        found.proof(scene),
    );
    let verdict = verdict.not(
        Code::SigninPortBlocked,
        "the refusal came back from the server's address",
    );
    let verdict = match name {
        Some(name) => verdict.or(Code::NameResolution, name_resolution::question(name)),
        None => verdict,
    };
    let test = match found.reset_at {
        Some(_) => "what listens on the server itself: the last router before it may answer for it",
        None => {
            "attempts with growing hop limits: whether the refusal comes from the server's place"
        }
    };
    Some(verdict.or(Code::MiddleboxReset, test))
}
