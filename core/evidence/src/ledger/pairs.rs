//! Decides how the checks of one pair fared: sent, answered, received, refused
//! and for how long.

use super::{Bounded, millis};
use crate::{Claim, Observation, Pair};
use hopsight_kit::Timestamp;

/// The tally of every pair.
#[derive(Debug)]
pub(super) struct Pairs {
    tallies: Bounded<Pair, Tally>,
}

#[derive(Clone, Copy, Debug)]
struct Tally {
    first: Timestamp,
    newest: Timestamp,
    sent: u32,
    answered: u32,
    received: u32,
    refused: u32,
}

impl Default for Pairs {
    fn default() -> Self {
        Self {
            tallies: Bounded::new(MOST_PAIRS),
        }
    }
}

impl Pairs {
    /// `attempt` may run ahead of the count when events were left out.
    pub(super) fn sent(&mut self, now: Timestamp, pair: Pair, attempt: u32) {
        self.change(now, pair, |tally| {
            tally.sent = tally.sent.saturating_add(1).max(attempt);
        });
    }

    pub(super) fn answered(&mut self, now: Timestamp, pair: Pair) {
        self.change(now, pair, |tally| {
            tally.answered = tally.answered.saturating_add(1);
        });
    }

    pub(super) fn refused(&mut self, now: Timestamp, pair: Pair) {
        self.change(now, pair, |tally| {
            tally.refused = tally.refused.saturating_add(1);
        });
    }

    /// Only a check with the right password shows that the other end's
    /// packets come through; anybody can send the rest.
    pub(super) fn received(&mut self, now: Timestamp, pair: Pair, accepted: bool) {
        if !accepted {
            return;
        }
        self.change(now, pair, |tally| {
            tally.received = tally.received.saturating_add(1);
        });
    }

    pub(super) fn claims(&self) -> impl Iterator<Item = Claim> {
        self.tallies.iter().map(|(&pair, tally)| Claim {
            at: tally.newest,
            observation: Observation::Checks {
                pair,
                sent: tally.sent,
                answered: tally.answered,
                received: tally.received,
                refused: tally.refused,
                waited_ms: millis(tally.newest.since(tally.first)),
            },
        })
    }

    pub(super) const fn left_out(&self) -> u64 {
        self.tallies.left_out()
    }

    fn change(&mut self, now: Timestamp, pair: Pair, change: impl FnOnce(&mut Tally)) {
        let Some(tally) = self.tallies.entry(pair, || Tally::starting(now)) else {
            return;
        };
        tally.newest = tally.newest.max(now);
        change(tally);
    }
}

impl Tally {
    const fn starting(now: Timestamp) -> Self {
        Self {
            first: now,
            newest: now,
            sent: 0,
            answered: 0,
            received: 0,
            refused: 0,
        }
    }
}

const MOST_PAIRS: usize = 128;
