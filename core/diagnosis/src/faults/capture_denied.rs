//! `capture-denied`: the person or the system refused screen capture.
//!
//! Proof: the sharer's own word.
//! Excluded by: a capture that runs since.
//! Remedy: grant the permission, and start again.

use super::captured::{self, state};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, CulpritKind, Verdict};
use hopsight_evidence::{CaptureState, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (fact, text) = state(scene, CaptureState::Denied)?;
    let computer = scene.names.computer(Side::Sharer);
    let words = Words {
        user: format!(
            "{computer} does not allow its screen to be captured. \
             Grant the permission there and start again."
        ),
        admin: format!("Screen capture was refused on {computer}: {text}."),
        remedy: format!("on {computer}: grant screen recording to the program or the browser"),
    };
    let says = format!("screen capture was refused: {text}");
    Some(captured::verdict(
        scene,
        Code::CaptureDenied,
        CulpritKind::Policy,
        words,
        (fact, says),
    ))
}
