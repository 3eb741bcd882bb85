//! Decides what sized datagrams and evenly spaced runs amount to, sent and
//! arrived, and how many datagrams left beside checks and picture.

use super::{Bounded, Stamped};
use crate::{Claim, Observation, Pace, PathEvent};
use hopsight_kit::Timestamp;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Sizes and runs of this end and of the other one.
#[derive(Debug)]
pub(super) struct Runs {
    sizes_sent: Bounded<SocketAddr, Stamped<BTreeSet<u16>>>,
    sizes_arrived: Bounded<SocketAddr, Stamped<BTreeSet<u16>>>,
    runs_sent: Bounded<(SocketAddr, Pace), Stamped<u32>>,
    runs_arrived: Bounded<(SocketAddr, Pace), Stamped<u32>>,
    spent: Option<Stamped<u32>>,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            sizes_sent: Bounded::new(MOST_WAYS),
            sizes_arrived: Bounded::new(MOST_WAYS),
            runs_sent: Bounded::new(MOST_WAYS),
            runs_arrived: Bounded::new(MOST_WAYS),
            spent: None,
        }
    }
}

impl Runs {
    /// One more datagram left that is neither check nor picture.
    pub(super) fn counted(&mut self, now: Timestamp) {
        let before = self.spent.as_ref().map_or(0, |spent| spent.value);
        self.spent = Some(Stamped::new(now, before.saturating_add(1)));
    }

    pub(super) fn record(&mut self, now: Timestamp, event: &PathEvent) {
        if let PathEvent::SizeSent { pair, size, .. } = event {
            add(&mut self.sizes_sent, now, pair.remote, *size);
        } else if let PathEvent::SizeArrived { pair, size } = event {
            add(&mut self.sizes_arrived, now, pair.remote, *size);
        } else if let PathEvent::RunSent { pair, pace, .. } = event {
            count(&mut self.runs_sent, now, (pair.remote, *pace));
        } else if let PathEvent::RunArrived { pair, pace } = event {
            count(&mut self.runs_arrived, now, (pair.remote, *pace));
        }
    }

    pub(super) fn claims(&self) -> Vec<Claim> {
        let sizes = |set: &BTreeSet<u16>| set.iter().copied().collect();
        let sizes_sent = self.sizes_sent.iter().map(|(destination, entry)| Claim {
            at: entry.at,
            observation: Observation::SizesSent {
                destination: *destination,
                sizes: sizes(&entry.value),
            },
        });
        let sizes_arrived = self.sizes_arrived.iter().map(|(source, entry)| Claim {
            at: entry.at,
            observation: Observation::SizesArrived {
                source: *source,
                sizes: sizes(&entry.value),
            },
        });
        let runs_sent = self.runs_sent.iter().map(|(key, entry)| Claim {
            at: entry.at,
            observation: Observation::RunSent {
                destination: key.0,
                pace: key.1,
                count: entry.value,
            },
        });
        let runs_arrived = self.runs_arrived.iter().map(|(key, entry)| Claim {
            at: entry.at,
            observation: Observation::RunArrived {
                source: key.0,
                pace: key.1,
                count: entry.value,
            },
        });
        let spent = self.spent.iter().map(|spent| Claim {
            at: spent.at,
            observation: Observation::ProbesSent { count: spent.value },
        });
        sizes_sent
            .chain(sizes_arrived)
            .chain(runs_sent)
            .chain(runs_arrived)
            .chain(spent)
            .collect()
    }

    pub(super) fn left_out(&self) -> u64 {
        let sizes = [&self.sizes_sent, &self.sizes_arrived];
        let runs = [&self.runs_sent, &self.runs_arrived];
        let sizes = sizes.into_iter().map(Bounded::left_out);
        let runs = runs.into_iter().map(Bounded::left_out);
        sizes.chain(runs).fold(0, u64::saturating_add)
    }
}

fn add(
    known: &mut Bounded<SocketAddr, Stamped<BTreeSet<u16>>>,
    now: Timestamp,
    address: SocketAddr,
    size: u16,
) {
    let entry = known.entry(address, || Stamped::new(now, BTreeSet::new()));
    if let Some(entry) = entry.filter(|entry| entry.value.len() < MOST_SIZES) {
        entry.value.insert(size);
    }
}

fn count(
    known: &mut Bounded<(SocketAddr, Pace), Stamped<u32>>,
    now: Timestamp,
    key: (SocketAddr, Pace),
) {
    if let Some(entry) = known.entry(key, || Stamped::new(now, 0)) {
        entry.value = entry.value.saturating_add(1);
    }
}

const MOST_WAYS: usize = 8;
const MOST_SIZES: usize = 16;
