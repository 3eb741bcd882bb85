//! `capture-no-source`: there is no screen to capture: no display, a login
//! screen, no portal.
//!
//! Proof: the sharer's own word.
//! Excluded by: a capture that runs since.
//! Remedy: a display, or somebody signed in to the desktop.

use super::captured::{self, state};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, CulpritKind, Verdict};
use hopsight_evidence::{CaptureState, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (fact, text) = state(scene, CaptureState::NoSource)?;
    let computer = scene.names.computer(Side::Sharer);
    let words = Words {
        user: format!(
            "{computer} has no screen to show. Attach a display or sign in to its desktop."
        ),
        admin: format!("There is nothing to capture on {computer}: {text}."),
        remedy: format!(
            "on {computer}: attach or create a display, sign in to the desktop, or name it in \
             `DISPLAY`"
        ),
    };
    let says = format!("there is no screen: {text}");
    Some(captured::verdict(
        scene,
        Code::CaptureNoSource,
        CulpritKind::Host,
        words,
        (fact, says),
    ))
}
