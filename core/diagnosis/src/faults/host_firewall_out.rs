//! `host-firewall-out`: the host's own firewall stops departing media.
//!
//! Proof: its kernel answers a send to the other end with EPERM, at once.
//! Excluded by: packets that arrived in that direction.
//! Remedy: a rule on that PC that lets the program's UDP out.

use super::own_word::{NOT_PERMITTED, computers, culprit, own_words, proof};
use crate::scene::Scene;
use crate::{Code, Confidence, Excluded, Verdict};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let words = own_words(scene, |errno| errno == NOT_PERMITTED);
    let first = words.first()?;
    let computers = computers(scene, &words);
    Some(Verdict {
        code: Code::HostFirewallOut,
        layer: Code::HostFirewallOut.layer(),
        confidence: Confidence::Proven,
        culprit: Some(culprit(scene, &words)),
        user: format!(
            "A firewall on {computers} stops the picture before it leaves. \
             Whoever looks after that PC can allow it."
        ),
        admin: format!(
            "The kernel of {computers} refuses to send to {}: {}.",
            first.destination, first.text
        ),
        remedy: format!(
            "on {computers}: allow outbound UDP of the program to {} in the host firewall",
            first.destination
        ),
        evidence: proof(scene, &words)?,
        excluded: vec![Excluded::new(
            Code::NoRoute,
            "the packets did not leave that PC, so no router has seen them",
        )],
        cannot_tell_apart: Vec::new(),
        also: Vec::new(),
        first_evidence_ms: words.iter().map(|word| word.after_ms).min(),
        verdict_ms: None,
        hops: Vec::new(),
    })
}
