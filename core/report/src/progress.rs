//! Decides the lines of a session on its way to a picture: what, with whom,
//! after how long; figures at the right.

use crate::layout::{WIDTH, hanging, harmless};
use hopsight_evidence::Side;
use hopsight_session::endpoint::PathKind;
use std::time::Duration;

/// One step: `  signed in        hopsight.example.org:443         0.2 s`.
#[must_use]
pub fn step(what: &str, said: &str, after: Duration) -> String {
    let figure = format!("{:.1} s", after.as_secs_f64());
    let start = format!("  {what:<17}{}", harmless(said));
    let gap = RIGHT
        .saturating_sub(start.chars().count())
        .saturating_sub(figure.chars().count())
        .max(1);
    format!("{start}{}{figure}\n", " ".repeat(gap))
}

/// A step that did not come to a good end, with what was found on lines of its
/// own: the mark and the word say that it failed.
#[must_use]
pub fn failed_step(what: &str, said: &str, after: Duration) -> String {
    let mut lines = step(what, "✗ fails", after);
    lines.push_str(&hanging(&" ".repeat(HANGING), said));
    lines
}

/// What the session means for the person at `role`: "desk2 sees your screen,
/// through the relay."
#[must_use]
pub fn outcome(role: Side, peer: &str, path: PathKind) -> String {
    let way = match path {
        PathKind::Direct => "straight from PC to PC",
        PathKind::Relay => "through the relay",
    };
    let peer = harmless(peer);
    match role {
        Side::Sharer => format!("{peer} sees your screen, {way}.\n"),
        Side::Viewer => format!("You see {peer}'s screen, {way}.\n"),
    }
}

/// Where a step's words begin.
const HANGING: usize = 19;

/// Where the figures end.
const RIGHT: usize = WIDTH - 7;
