//! Decides what a path's events amount to: counts per pair, errors with their
//! delay, and the claims that are sent to the front end.

use crate::{Claim, PathEvent};
use hopsight_kit::Timestamp;

/// Everything one end saw of one session's path, in order.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<(Timestamp, PathEvent)>,
}

impl Ledger {
    /// Takes in one event, seen at `now`.
    pub fn record(&mut self, now: Timestamp, event: PathEvent) {
        self.entries.push((now, event));
    }

    /// The claims that the events so far amount to.
    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }
}
