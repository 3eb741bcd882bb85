//! Decides which requests still wait for their answer: the newest few hundred.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

const MOST: usize = 512;

/// Requests by transaction id, each with something about it and when it left.
#[derive(Debug)]
pub(crate) struct Pending<T> {
    by_id: BTreeMap<[u8; 12], (T, Instant)>,
    order: VecDeque<[u8; 12]>,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self {
            by_id: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<T> Pending<T> {
    /// Notes a request; false when it was noted before (a retransmission).
    pub(crate) fn add(&mut self, id: [u8; 12], about: T, now: Instant) -> bool {
        if self.by_id.contains_key(&id) {
            return false;
        }
        self.by_id.insert(id, (about, now));
        self.order.push_back(id);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
        }
        true
    }

    /// Takes the request that this answer belongs to.
    pub(crate) fn take(&mut self, id: [u8; 12]) -> Option<(T, Instant)> {
        self.by_id.remove(&id)
    }

    /// When the oldest unanswered request left.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.by_id.values().map(|(_, at)| *at).min()
    }
}
