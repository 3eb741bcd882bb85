//! Decides what is counted for the console and metrics: what the state machine
//! counts, and what was lost between it and the sockets.

use hopsight_turn::Counter;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was lost because somebody was slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    /// A datagram that the operating system did not take.
    NotSent,
    /// Something for a client that reads too slowly.
    SlowClient,
    /// A report that the front end was too slow for.
    Report,
}

#[derive(Debug)]
pub(crate) struct Counts {
    counted: BTreeMap<Counter, AtomicU64>,
    lost: BTreeMap<Loss, AtomicU64>,
}

impl Default for Counts {
    fn default() -> Self {
        let losses = [Loss::NotSent, Loss::SlowClient, Loss::Report];
        Self {
            counted: Counter::ALL.map(|kind| (kind, AtomicU64::new(0))).into(),
            lost: losses.map(|kind| (kind, AtomicU64::new(0))).into(),
        }
    }
}

impl Counts {
    pub(crate) fn count(&self, counter: Counter) {
        if let Some(count) = self.counted.get(&counter) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn lose(&self, loss: Loss) {
        if let Some(count) = self.lost.get(&loss) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn all(&self) -> BTreeMap<&'static str, u64> {
        let counted = self
            .counted
            .iter()
            .map(|(kind, count)| (kind.name(), count));
        let lost = self.lost.iter().map(|(kind, count)| (kind.name(), count));
        counted
            .chain(lost)
            .map(|(name, count)| (name, count.load(Ordering::Relaxed)))
            .collect()
    }
}

impl Loss {
    const fn name(self) -> &'static str {
        match self {
            Self::NotSent => "not-sent",
            Self::SlowClient => "slow-client",
            Self::Report => "report-lost",
        }
    }
}
