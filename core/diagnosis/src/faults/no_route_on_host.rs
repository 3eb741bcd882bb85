//! `no-route-on-host`: the host itself has no usable route to the other end.
//!
//! Proof: its kernel refuses a send to the other end at once, with any errno
//! but those of a firewall or of a datagram that is too long.
//! Excluded by: packets that arrived in that direction.
//! Remedy: a route or default gateway on that PC.

use super::own_word::{NOT_PERMITTED, TOO_LONG, computers, culprit, own_words, proof};
use crate::scene::Scene;
use crate::{Code, Confidence, Excluded, Verdict};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let words = own_words(scene, |errno| errno != NOT_PERMITTED && errno != TOO_LONG);
    let first = words.first()?;
    let computers = computers(scene, &words);
    let far = first.side.other();
    let target = scene
        .network_of(far, first.destination)
        .unwrap_or_else(|| first.destination.to_string());
    Some(Verdict {
        code: Code::NoRouteOnHost,
        layer: Code::NoRouteOnHost.layer(),
        confidence: Confidence::Proven,
        culprit: Some(culprit(scene, &words)),
        user: format!(
            "{computers} has no route to {}. Whoever looks after that PC can add it.",
            scene.names.computer(far)
        ),
        admin: format!(
            "The kernel of {computers} refuses to send to {}: {}.",
            first.destination, first.text
        ),
        remedy: format!(
            "on {computers}: correct the route to {target} (`ip route get {}` shows it)",
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
