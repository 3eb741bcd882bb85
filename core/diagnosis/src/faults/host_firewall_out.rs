//! `host-firewall-out`: the host's own firewall stops departing media.
//!
//! Proof: its kernel answers a send to the other end with EPERM, at once.
//! Excluded by: packets that arrived in that direction.
//! Remedy: a rule on that PC that lets the program's UDP out.

use super::own_word::{NOT_PERMITTED, computers, culprit, own_words, proof};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Verdict};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let refused = own_words(scene, |errno| errno == NOT_PERMITTED);
    let first = refused.first()?;
    let computers = computers(scene, &refused);
    let words = Words {
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
    };
    Some(
        Verdict::new(
            Code::HostFirewallOut,
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
