//! `request-not-supported`: a server on the signalling path refuses a header,
//! body type or version.
//!
//! Proof: the answer that says so (RFC 3261, sections 21.4.13, 21.4.15, 21.5.6).
//! Excluded by: nothing; a refused invitation has no path to judge.
//! Remedy: upgrade that server, or send the simpler form.

use super::answered::refused;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Verdict};
use hopsight_evidence::SignallingRequest;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let asked = [SignallingRequest::Invite, SignallingRequest::SignIn];
    let found = refused(scene, &asked, &[405, 415, 420, 421, 501, 504, 505])?;
    let words = Words {
        user: "A server on the way does not understand the request. \
               The administrator of that server can upgrade it."
            .to_owned(),
        admin: format!(
            "A server on the signalling path refuses the request as not supported: {} {}.",
            found.status, found.reason
        ),
        remedy: "upgrade the server that answered, or send the request without what it refuses"
            .to_owned(),
    };
    Some(Verdict::new(
        Code::RequestNotSupported,
        Confidence::Proven,
        Culprit::new(CulpritKind::Service, Vec::new()),
        words,
        found.proof(scene, "the request"),
    ))
}
