//! `relay-quota`: the relay is out of allocations, ports or bandwidth.
//!
//! Proof: its own answer (RFC 8656, section 19: 486, 508).
//! Excluded by: an address that it gave to that side.
//! Remedy: a higher quota or port range, or another relay.

use super::relay_answer::refused;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Verdict};
use hopsight_evidence::TurnMethod;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = refused(scene, &[TurnMethod::Allocate], &[486, 508])?;
    let server = found.server;
    let words = Words {
        user: "The relay is full. The administrator can enlarge it.".to_owned(),
        admin: format!(
            "The relay {server} has no room for {}: {} {}.",
            scene.names.computer(found.side),
            found.code,
            found.reason
        ),
        remedy: "raise the quota or widen `relay.ports`, or add a relay".to_owned(),
    };
    let verdict = Verdict::new(
        Code::RelayQuota,
        Confidence::Proven,
        Culprit::new(CulpritKind::Service, vec![server.ip()]),
        words,
        found.proof(scene),
    );
    Some(verdict.not(Code::RelayUnreachable, "the relay answered"))
}
