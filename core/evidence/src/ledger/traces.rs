//! Decides what probes with small hop limits amount to: which routers answered
//! on the way to a destination, and which of the other end's probes arrived.

use super::{Bounded, Stamped};
use crate::event::TransactionId;
use crate::{Claim, Hop, Observation};
use hopsight_kit::Timestamp;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// The probes of this end and of the other one.
#[derive(Debug)]
pub(super) struct Traces {
    sent: BTreeMap<TransactionId, (Trace, u8)>,
    ways: Bounded<Trace, Stamped<Way>>,
    arrived: Bounded<SocketAddr, Stamped<(u8, u32)>>,
}

/// Where to, and with which size, when that is what is asked about.
pub(super) type Trace = (SocketAddr, Option<u16>);

#[derive(Clone, Debug, Default)]
struct Way {
    highest: u8,
    hops: BTreeMap<u8, IpAddr>,
    is_past: bool,
}

impl Default for Traces {
    fn default() -> Self {
        Self {
            sent: BTreeMap::new(),
            ways: Bounded::new(MOST_WAYS),
            arrived: Bounded::new(MOST_WAYS),
        }
    }
}

impl Traces {
    pub(super) fn sent(&mut self, now: Timestamp, trace: Trace, id: TransactionId, ttl: u8) {
        if self.sent.len() >= MOST_PROBES {
            self.sent.pop_first();
        }
        self.sent.insert(id, (trace, ttl));
        let way = self.ways.entry(trace, || Stamped::new(now, Way::default()));
        if let Some(way) = way {
            if way.value.is_past {
                *way = Stamped::new(now, Way::default());
            }
            way.value.highest = way.value.highest.max(ttl);
        }
    }

    /// What worked on the way there stopped: what is probed from now on stands for
    /// itself.
    pub(super) fn stopped(&mut self, destination: SocketAddr) {
        if let Some(way) = self.ways.find_mut(&(destination, None)) {
            way.value.is_past = true;
        }
    }

    pub(super) fn knows(&self, id: &TransactionId) -> bool {
        self.sent.contains_key(id)
    }

    /// A router let the probe's hop limit run out. The first answer for a hop
    /// counts.
    pub(super) fn answered(&mut self, now: Timestamp, id: &TransactionId, router: IpAddr) {
        let Some((trace, ttl)) = self.sent.get(id).copied() else {
            return;
        };
        let way = self.ways.entry(trace, || Stamped::new(now, Way::default()));
        if let Some(way) = way {
            way.value.hops.entry(ttl).or_insert(router);
        }
    }

    pub(super) fn arrived(&mut self, now: Timestamp, source: SocketAddr, ttl: u8) {
        let first = Stamped::new(now, (ttl, 0));
        if let Some(known) = self.arrived.entry(source, || first) {
            known.value.0 = known.value.0.min(ttl);
            known.value.1 = known.value.1.saturating_add(1);
        }
    }

    pub(super) fn claims(&self) -> Vec<Claim> {
        let ways = self.ways.iter().map(|(trace, way)| Claim {
            at: way.at,
            observation: told(*trace, &way.value),
        });
        let arrived = self.arrived.iter().map(|(source, known)| Claim {
            at: known.at,
            observation: Observation::ProbesArrived {
                source: *source,
                lowest: known.value.0,
                count: known.value.1,
            },
        });
        ways.chain(arrived).collect()
    }

    pub(super) fn left_out(&self) -> u64 {
        self.ways.left_out().saturating_add(self.arrived.left_out())
    }
}

fn told((destination, size): Trace, way: &Way) -> Observation {
    let (highest, hops) = (way.highest, hops(way));
    match size {
        None => Observation::Trace {
            destination,
            highest,
            hops,
        },
        Some(size) => Observation::SizedTrace {
            destination,
            size,
            highest,
            hops,
        },
    }
}

fn hops(way: &Way) -> Vec<Hop> {
    let hops = way.hops.iter();
    hops.map(|(ttl, address)| Hop {
        ttl: *ttl,
        address: *address,
    })
    .collect()
}

const MOST_WAYS: usize = 8;
const MOST_PROBES: usize = 128;
