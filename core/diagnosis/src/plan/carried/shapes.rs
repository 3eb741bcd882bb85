//! Decides how many datagrams, of which sizes and hop limits, each probe of a direct
//! pair has; when it leaves, others decide.

use crate::plan::Probe;
use hopsight_evidence::{Pace, Pair};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Bytes with IP header: what every host takes, what a picture's packets have,
/// and the limits of tunnels and cables. The largest leaves first: a limiter takes the
/// later ones, and must not look like a small link.
const SIZES: [u16; 7] = [1500, 1472, 1400, 1280, 1228, 1000, 576];
/// These leave twice: one of them that is lost by chance would look like a limit.
const SIZES_AGAIN: [u16; 3] = [1500, 1400, 1228];
/// A full packet of a picture with its IPv4 header.
const FULL: u16 = 1228;
/// Datagrams of a slow run.
pub(super) const SLOW: u8 = 18;
/// The same where the budget has paid for sizes before.
pub(super) const FEWER_SLOW: u8 = 10;
/// Datagrams of a burst: many more than a limiter lets pass at once.
pub(super) const BURST: u8 = 28;
/// Hop limits of the trace to the relay: where the two ways part is near.
pub(super) const TO_RELAY: u8 = 4;
/// Hop limits of the trace of a path that works.
pub(super) const TRACED: u8 = 8;
pub(super) fn sizes(pair: &Pair) -> Probe {
    Probe::Sizes {
        local: pair.local,
        remote: pair.remote,
        sizes: SIZES.into_iter().chain(SIZES_AGAIN).collect(),
    }
}

pub(super) fn sized_trace(pair: &Pair) -> Probe {
    Probe::SizedTrace {
        local: pair.local,
        remote: pair.remote,
        hop_limits: (1..=TRACED).collect(),
        size: FULL,
    }
}

pub(super) const fn run(pair: &Pair, pace: Pace, count: u8) -> Probe {
    Probe::Run {
        local: pair.local,
        remote: pair.remote,
        pace,
        count,
    }
}

/// By which ways this machine sends to the other end and to the relays.
pub(super) fn ways_of(pair: &Pair, relays: &BTreeSet<IpAddr>) -> Vec<Probe> {
    let there = [pair.remote.ip()].into_iter().chain(relays.iter().copied());
    there
        .map(|destination| Probe::Route { destination })
        .collect()
}

pub(super) fn trace(pair: &Pair, highest: u8) -> Probe {
    Probe::Trace {
        local: pair.local,
        remote: pair.remote,
        hop_limits: (1..=highest).collect(),
    }
}
