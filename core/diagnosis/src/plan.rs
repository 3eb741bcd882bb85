//! Decides which probes one end sends, and when. The only place that does.
//!
//! Nothing but the checks themselves leaves in the first moments, because a
//! router says only twice that it has no route. Then one probe for each hop; a
//! TCP connection, which uses up the same words of the routers; at last a second
//! probe for the hops that stayed silent. Only ways that the ICE stack checks
//! are probed, two at most: 48 datagrams. An answered check ends the plan. (Measured order and budget: reference on diagnosis, section 8.)

use hopsight_evidence::{CandidateKind, IcmpKind, Pair, PathEvent, Via};
use hopsight_kit::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The first round.
const FIRST: Duration = Duration::from_millis(300);
/// TCP to the same address.
const CONNECT: Duration = Duration::from_millis(900);
/// The second round, for the hops that stayed silent.
const SECOND: Duration = Duration::from_millis(1000);
/// Farther than the other end of any network that people share a desktop in.
const FARTHEST: u8 = 12;
/// So many ways are probed.
const MOST_WAYS: usize = 2;

/// Something that one end is to find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// By which way this machine sends there.
    Route {
        /// A candidate of the other end.
        destination: IpAddr,
    },
    /// Which routers answer on the way.
    Trace {
        /// From which own candidate.
        local: SocketAddr,
        /// To which candidate of the other end.
        remote: SocketAddr,
        /// With which hop limits.
        hop_limits: Vec<u8>,
    },
    /// Whether TCP passes.
    Connect {
        /// A candidate of the other end.
        destination: SocketAddr,
    },
}

/// One end's probes of one session.
#[derive(Clone, Debug, Default)]
pub struct ProbePlan {
    ways: BTreeMap<Pair, Way>,
    relayed: BTreeSet<SocketAddr>,
    probes: BTreeMap<[u8; 12], (Pair, u8)>,
    is_over: bool,
}

#[derive(Clone, Debug)]
struct Way {
    since: Moment,
    steps: u8,
    silent: BTreeSet<u8>,
}

impl ProbePlan {
    /// Takes in what the tap saw at `now`.
    pub fn note(&mut self, event: &PathEvent, now: Moment) {
        if let PathEvent::CandidateTold {
            kind: CandidateKind::Relayed,
            address,
            ..
        } = event
        {
            self.relayed.insert(*address);
            self.ways.retain(|pair, _| pair.remote != *address);
        } else if let PathEvent::CheckSent { pair, .. } = event {
            self.checked(*pair, now);
        } else if let PathEvent::CheckAnswered { pair, .. } = event {
            self.is_over |= self.is_direct(pair);
        } else if let PathEvent::ProbeSent {
            pair,
            transaction,
            ttl,
        } = event
        {
            self.probes.insert(*transaction, (*pair, *ttl));
        } else if let PathEvent::IcmpError {
            kind: IcmpKind::TimeExceeded,
            transaction: Some(transaction),
            ..
        } = event
        {
            self.answered(transaction);
        }
    }

    /// What is to be sent at `now`; each thing is named once.
    pub fn due(&mut self, now: Moment) -> Vec<Probe> {
        let mut due = Vec::new();
        for (pair, way) in &mut self.ways {
            while !self.is_over && way.next().is_some_and(|at| at <= now) {
                due.extend(way.step(pair));
            }
        }
        due
    }

    /// When to call [`ProbePlan::due`] next.
    #[must_use]
    pub fn next_wake(&self) -> Option<Moment> {
        let wakes = self.ways.values().filter_map(Way::next);
        wakes.min().filter(|_| !self.is_over)
    }

    fn checked(&mut self, pair: Pair, now: Moment) {
        let has_room = self.ways.len() < MOST_WAYS;
        if self.is_direct(&pair) && (has_room || self.ways.contains_key(&pair)) {
            self.ways.entry(pair).or_insert_with(|| Way {
                since: now,
                steps: 0,
                silent: (1..=FARTHEST).collect(),
            });
        }
    }

    fn is_direct(&self, pair: &Pair) -> bool {
        pair.via == Via::Direct && !self.relayed.contains(&pair.remote)
    }

    fn answered(&mut self, transaction: &[u8; 12]) {
        let Some((pair, ttl)) = self.probes.get(transaction) else {
            return;
        };
        if let Some(way) = self.ways.get_mut(pair) {
            way.silent.remove(ttl);
        }
    }
}

impl Way {
    fn next(&self) -> Option<Moment> {
        match self.steps {
            0 => Some(self.since + FIRST),
            1 => Some(self.since + CONNECT),
            2 => Some(self.since + SECOND),
            _ => None,
        }
    }

    fn step(&mut self, pair: &Pair) -> Vec<Probe> {
        self.steps += 1;
        match self.steps {
            1 => vec![
                Probe::Route {
                    destination: pair.remote.ip(),
                },
                self.trace(pair),
            ],
            2 => vec![Probe::Connect {
                destination: pair.remote,
            }],
            _ if self.silent.is_empty() => Vec::new(),
            _ => vec![self.trace(pair)],
        }
    }

    fn trace(&self, pair: &Pair) -> Probe {
        Probe::Trace {
            local: pair.local,
            remote: pair.remote,
            hop_limits: self.silent.iter().copied().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_way_is_stepped_through_and_only_silent_hops_once_more() {
        let mut plan = ProbePlan::default();
        plan.note(&check(), at(100));

        assert_eq!(plan.next_wake(), Some(at(400)));
        assert_eq!(plan.due(at(399)), []);
        let route = Probe::Route {
            destination: pair().remote.ip(),
        };
        assert_eq!(plan.due(at(400)), [route, trace(1..=12)]);
        plan.note(&probe(1), at(401));
        plan.note(&expired(1), at(402));
        let connect = Probe::Connect {
            destination: pair().remote,
        };
        assert_eq!(plan.due(at(1000)), [connect]);
        assert_eq!(plan.due(at(1100)), [trace(2..=12)]);
        assert_eq!(plan.next_wake(), None);
    }

    #[test]
    fn a_way_that_answers_is_left_alone() {
        let mut plan = ProbePlan::default();
        plan.note(&check(), at(100));
        plan.note(
            &PathEvent::CheckAnswered {
                pair: pair(),
                transaction: [9; 12],
                rtt: Duration::from_millis(1),
                mapped: None,
            },
            at(120),
        );

        assert_eq!(plan.next_wake(), None);
        assert_eq!(plan.due(at(900)), []);
    }

    #[test]
    fn a_relay_is_not_probed_in_the_other_ends_place() {
        let mut plan = ProbePlan::default();
        let told = PathEvent::CandidateTold {
            kind: CandidateKind::Relayed,
            transport: hopsight_evidence::Transport::Udp,
            address: pair().remote,
        };
        plan.note(&check(), at(100));
        plan.note(&told, at(110));
        plan.note(&check(), at(120));

        assert_eq!(plan.due(at(900)), []);
    }

    fn check() -> PathEvent {
        PathEvent::CheckSent {
            pair: pair(),
            transaction: [0; 12],
            attempt: 1,
            nominating: false,
        }
    }

    fn probe(ttl: u8) -> PathEvent {
        PathEvent::ProbeSent {
            pair: pair(),
            transaction: [ttl; 12],
            ttl,
        }
    }

    fn expired(ttl: u8) -> PathEvent {
        PathEvent::IcmpError {
            destination: pair().remote,
            offender: IpAddr::from([10, 0, 0, 1]),
            kind: IcmpKind::TimeExceeded,
            mtu: None,
            transaction: Some([ttl; 12]),
        }
    }

    fn trace(hop_limits: std::ops::RangeInclusive<u8>) -> Probe {
        Probe::Trace {
            local: pair().local,
            remote: pair().remote,
            hop_limits: hop_limits.collect(),
        }
    }

    fn pair() -> Pair {
        Pair {
            local: ([10, 102, 0, 139], 4000).into(),
            remote: ([10, 103, 0, 50], 5000).into(),
            via: Via::Direct,
        }
    }

    fn at(millis: u64) -> Moment {
        Moment::after_start(Duration::from_millis(millis))
    }
}
