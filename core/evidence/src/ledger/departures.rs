//! Decides from when an error is counted and whether it belongs to a request
//! of ours.
//!
//! The delay counts from the first datagram to the *address*, whatever its
//! port: a router asks for a silent neighbour once per address, so an error
//! about a second port may come early and still be the neighbour's failure.

use super::bounded::Bounded;
use crate::event::TransactionId;
use hopsight_kit::Timestamp;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Departures {
    first: Bounded<IpAddr, Timestamp>,
    recent: VecDeque<(SocketAddr, TransactionId)>,
}

impl Default for Departures {
    fn default() -> Self {
        Self {
            first: Bounded::new(MOST_ADDRESSES),
            recent: VecDeque::with_capacity(MOST_REQUESTS),
        }
    }
}

impl Departures {
    /// A request left for `destination`.
    pub(super) fn left(&mut self, now: Timestamp, destination: SocketAddr, id: TransactionId) {
        self.first.entry(destination.ip(), || now);
        if self.recent.len() >= MOST_REQUESTS {
            self.recent.pop_front();
        }
        self.recent.push_back((destination, id));
    }

    /// Time since the first request to `address`; zero when there was none.
    pub(super) fn since_first(&self, now: Timestamp, address: IpAddr) -> Duration {
        self.first
            .find(&address)
            .map_or(Duration::ZERO, |first| now.since(*first))
    }

    pub(super) fn knows(&self, destination: SocketAddr, id: TransactionId) -> bool {
        self.recent.contains(&(destination, id))
    }
}

const MOST_ADDRESSES: usize = 128;
const MOST_REQUESTS: usize = 256;
