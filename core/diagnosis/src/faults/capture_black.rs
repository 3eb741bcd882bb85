//! `capture-black`: pictures are captured and all of one colour.
//!
//! Evidence: the sharer's own count, and that every picture looked at was of one
//! colour. A desktop may really look so, so this is never proven.
//! Excluded by: one picture that is not of one colour.
//! Remedy: wake the display, or switch the way of capture.

use super::captured;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, CulpritKind, Verdict};
use hopsight_evidence::{Observation, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (fact, captured) = scene.seen_by(Side::Sharer).find_map(|fact| {
        let Observation::Pictures {
            captured,
            uniform: true,
            ..
        } = fact.observation
        else {
            return None;
        };
        (captured >= ENOUGH).then_some((fact, captured))
    })?;
    let computer = scene.names.computer(Side::Sharer);
    let words = Words {
        user: format!(
            "The screen of {computer} is captured as one colour. \
             Wake its display, or share a window instead."
        ),
        admin: format!("{captured} pictures were captured on {computer}, all of one colour."),
        remedy: format!(
            "on {computer}: wake the display, close protected windows, or switch the capture \
             method or driver"
        ),
    };
    let says = format!("{captured} pictures were captured, all of one colour");
    let verdict = captured::verdict(
        scene,
        Code::CaptureBlack,
        CulpritKind::Host,
        words,
        (fact, says),
    );
    Some(Verdict {
        confidence: Confidence::Located,
        ..verdict
    })
}

/// A display that wakes may give a few empty pictures.
const ENOUGH: u64 = 10;
