//! `relay-quota`: the relay is out of allocations, ports or bandwidth.
//!
//! Proof: its own answer (RFC 8656, section 19: 486, 508) to both ends. One end's
//! word about a server locates it and does not prove it.
//! Excluded by: an address that it gave to that side.
//! Remedy: a higher quota or port range, or another relay.

use super::relay_answer::{refused, refused_to};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Proof, Verdict};
use hopsight_evidence::TurnMethod;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = refused(scene, ASKED, FULL)?;
    let other = refused_to(scene, found.side.other(), ASKED, FULL);
    let other = other.filter(|other| other.server.ip() == found.server.ip());
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
        match other {
            Some(_) => Confidence::Proven,
            None => Confidence::Located,
        },
        Culprit::new(CulpritKind::Service, vec![server.ip()]),
        words,
        Proof::new(
            found.line(scene),
            other.iter().map(|one| one.line(scene)).collect(),
        ),
    );
    Some(verdict.not(Code::RelayUnreachable, "the relay answered"))
}

const ASKED: &[TurnMethod] = &[TurnMethod::Allocate];
const FULL: &[u16] = &[486, 508];
