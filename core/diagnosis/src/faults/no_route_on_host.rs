//! `no-route-on-host`: the host itself has no usable route to the other end.
//!
//! Proof: its kernel refuses a send to the other end at once, with any errno
//! but those of a firewall or of a datagram that is too long.
//! Excluded by: packets that arrived in that direction.
//! Remedy: a route or default gateway on that PC.

use super::own_word::{NOT_PERMITTED, TOO_LONG, computers, culprit, own_words, proof};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Verdict};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let refused = own_words(scene, |errno| errno != NOT_PERMITTED && errno != TOO_LONG);
    let first = refused.first()?;
    let computers = computers(scene, &refused);
    let far = first.side.other();
    let target = scene
        .network_of(far, first.destination)
        .unwrap_or_else(|| first.destination.to_string());
    let words = Words {
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
    };
    Some(
        Verdict::new(
            Code::NoRouteOnHost,
            Confidence::Proven,
            culprit(scene, &refused),
            words,
            proof(scene, &refused)?,
        )
        .not(
            Code::NoRoute,
            "the packets did not leave that PC, so no router has seen them",
        )
        .first_seen(refused.iter().map(|word| word.after_ms).min()),
    )
}
