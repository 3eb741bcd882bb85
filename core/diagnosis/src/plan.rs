//! Decides which probes one end sends, and when. The only place that does.
//!
//! Nothing but the checks themselves leaves in the first moments, because a
//! router says only twice that it has no route. Then one probe for each hop; a
//! TCP connection, which uses up the same words of the routers, and one to the port at
//! which the relay is asked over UDP, which shows whether anything but the sign-in port
//! passes; at last a second probe for the hops that stayed silent (`way`). A direct way that answers and
//! still carries no picture, or loses packets, is measured; one that works is
//! traced once (`carried`). Only ways that the ICE stack checks are probed, two
//! at most, and never with more datagrams than [`MOST_DATAGRAMS`]. Where TCP passes
//! and UDP does not TCP is followed at the end, a step farther than UDP came; so is
//! the way to a relay that is silent over UDP (`leg`). (Measured
//! order and budget: reference on diagnosis, section 8.)

mod carried;
mod leg;
mod way;

use carried::Carried;
use hopsight_evidence::{CandidateKind, IcmpKind, Pace, Pair, PathEvent, Transport, Via};
use hopsight_kit::Moment;
use leg::Leg;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use way::Way;

/// So many ways are probed.
const MOST_WAYS: usize = 2;
/// So many relays that are silent over UDP are followed.
const MOST_LEGS: usize = 1;
/// The way to so many relays is looked up.
const MOST_RELAYS: usize = 4;
/// So many datagrams one end spends on one session at most.
const MOST_DATAGRAMS: usize = 60;
/// TCP is followed to the router after the last that answered, and past one that is
/// silent.
const BEYOND: u8 = 2;
/// A run of fewer says nothing about a share.
const SHORTEST_RUN: usize = 10;

/// Something that one end is to find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// By which way this machine sends there. No packet leaves.
    Route {
        /// A candidate of the other end, or the relay.
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
        /// A candidate of the other end, or where the relay is asked over UDP.
        destination: SocketAddr,
    },
    /// Whether datagrams arrive that leave from another port of the same machine.
    OtherPort {
        /// Beside which own candidate.
        local: SocketAddr,
        /// To which candidate of the other end.
        remote: SocketAddr,
    },
    /// Which routers answer on the way to the port at which a relay is asked over
    /// UDP, from the socket that asks it.
    RelayTrace {
        /// The relay's port.
        server: SocketAddr,
        /// With which hop limits.
        hop_limits: Vec<u8>,
    },
    /// Which routers answer when TCP, which passes, goes there.
    TcpTrace {
        /// A candidate of the other end, or the relay.
        destination: SocketAddr,
        /// With hop limits from 1 to this one.
        highest: u8,
    },
    /// Which sizes pass when no router may cut them up.
    Sizes {
        /// From which own candidate.
        local: SocketAddr,
        /// To which candidate of the other end.
        remote: SocketAddr,
        /// Bytes with IP header, in the order in which they leave.
        sizes: Vec<u16>,
    },
    /// How far datagrams of a picture's size come when no router may cut them
    /// up.
    SizedTrace {
        /// From which own candidate.
        local: SocketAddr,
        /// To which candidate of the other end.
        remote: SocketAddr,
        /// With which hop limits.
        hop_limits: Vec<u8>,
        /// Bytes with IP header.
        size: u16,
    },
    /// How many of so many small datagrams arrive.
    Run {
        /// From which own candidate.
        local: SocketAddr,
        /// To which candidate of the other end.
        remote: SocketAddr,
        /// How fast they follow each other.
        pace: Pace,
        /// How many.
        count: u8,
    },
}

impl Probe {
    /// So many datagrams it costs at most. A connection that is not answered
    /// asks twice.
    #[must_use]
    pub const fn datagrams(&self) -> usize {
        match self {
            Self::Route { .. } => 0,
            Self::Trace { hop_limits, .. }
            | Self::SizedTrace { hop_limits, .. }
            | Self::RelayTrace { hop_limits, .. } => hop_limits.len(),
            Self::TcpTrace { highest, .. } => *highest as usize,
            Self::Connect { .. } | Self::OtherPort { .. } => 2,
            Self::Sizes { sizes, .. } => sizes.len(),
            Self::Run { count, .. } => *count as usize,
        }
    }

    /// Whether it costs no more than so many datagrams; a run is made shorter.
    fn fit(&mut self, most: usize) -> bool {
        if let Self::Run { count, .. } = self
            && most >= SHORTEST_RUN
        {
            *count = u8::try_from(most).map_or(*count, |most| most.min(*count));
        }
        self.datagrams() <= most
    }
}

/// One end's probes of one session.
#[derive(Clone, Debug, Default)]
pub struct ProbePlan {
    ways: BTreeMap<Pair, Way>,
    relayed: BTreeSet<SocketAddr>,
    relays: BTreeSet<IpAddr>,
    lost_relays: BTreeSet<IpAddr>,
    asked: BTreeSet<IpAddr>,
    over_udp: Option<SocketAddr>,
    is_relay_tried: bool,
    legs: Vec<Leg>,
    streams: BTreeSet<SocketAddr>,
    probes: BTreeMap<[u8; 12], (Pair, u8)>,
    carried: Carried,
    spent: usize,
}

impl ProbePlan {
    /// Takes in what the tap saw at `now`.
    pub fn note(&mut self, event: &PathEvent, now: Moment) {
        self.carried.note(event, now, &self.relayed);
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
            self.ways.entry(*pair).and_modify(Way::answered);
        } else if let PathEvent::RelayAsked { server, transport }
        | PathEvent::TurnSent {
            server, transport, ..
        } = event
        {
            self.asks(*server, *transport, now);
        } else if let PathEvent::TurnAnswered {
            server, transport, ..
        } = event
        {
            self.answers(*server, *transport);
        } else if let PathEvent::TurnUnreachable { server, .. }
        | PathEvent::TurnSilent { server, .. } = event
        {
            self.relay(server.ip());
            self.lost_relays.insert(server.ip());
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
            self.hop_answered(transaction);
        }
    }

    /// What is to be sent at `now`; each thing is named once.
    pub fn due(&mut self, now: Moment) -> Vec<Probe> {
        let mut wanted = self.lost_relays();
        let is_direct = self.carried.has_direct();
        for (pair, way) in &mut self.ways {
            while way.next().is_some_and(|at| at <= now) {
                let step = way.step(pair, is_direct);
                let looks_up = matches!(step.first(), Some(Probe::Route { .. }));
                let connects = matches!(step.first(), Some(Probe::Connect { .. }));
                wanted.extend(step);
                if let Some(destination) = self.over_udp.filter(|_| connects) {
                    (self.over_udp, self.is_relay_tried) = (None, true);
                    wanted.push(Probe::Connect { destination });
                }
                if looks_up {
                    wanted.extend(self.relays.iter().map(|relay| Probe::Route {
                        destination: *relay,
                    }));
                }
            }
        }
        let is_traced = |pair: &Pair| self.ways.get(pair).is_some_and(Way::is_traced);
        wanted.extend(self.carried.due(now, &self.relays, is_traced));
        wanted.extend(self.legs_due(now));
        wanted.dedup();
        wanted.retain_mut(|probe| {
            probe.fit(MOST_DATAGRAMS.saturating_sub(self.spent)) && {
                self.spent = self.spent.saturating_add(probe.datagrams());
                true
            }
        });
        wanted
    }

    /// When to call [`ProbePlan::due`] next.
    #[must_use]
    pub fn next_wake(&self) -> Option<Moment> {
        let ways = self.ways.values().filter_map(Way::next);
        let legs = self.legs.iter().filter_map(Leg::next);
        ways.chain(legs).chain(self.carried.next_wake()).min()
    }

    /// TCP to this place was answered.
    pub fn connected(&mut self, destination: SocketAddr) {
        for (_, way) in self
            .ways
            .iter_mut()
            .filter(|(pair, _)| pair.remote == destination)
        {
            way.passes_tcp();
        }
    }

    fn asks(&mut self, server: SocketAddr, transport: Transport, now: Moment) {
        self.relay(server.ip());
        if transport != Transport::Udp {
            return;
        }
        if !self.is_relay_tried {
            self.over_udp.get_or_insert(server);
        }
        let is_known = self.legs.iter().any(|leg| leg.server == server);
        if !is_known && self.legs.len() < MOST_LEGS {
            self.legs.push(Leg::asked(server, now));
        }
    }

    fn answers(&mut self, server: SocketAddr, transport: Transport) {
        if transport == Transport::Udp {
            let leg = self.legs.iter_mut().find(|leg| leg.server == server);
            leg.into_iter().for_each(Leg::end);
        } else if self.streams.len() < MOST_RELAYS {
            self.streams.insert(server);
        }
    }

    /// A relay is needed where no direct way answers.
    fn legs_due(&mut self, now: Moment) -> Vec<Probe> {
        let is_needless = self.carried.has_direct();
        let mut due = Vec::new();
        for leg in &mut self.legs {
            if is_needless {
                leg.end();
            }
            while leg.next().is_some_and(|at| at <= now) {
                let is_same = |stream: &&SocketAddr| stream.ip() == leg.server.ip();
                due.extend(leg.step(self.streams.iter().find(is_same).copied()));
            }
        }
        due
    }

    fn checked(&mut self, pair: Pair, now: Moment) {
        for leg in &mut self.legs {
            leg.checked(now);
        }
        let has_room = self.ways.len() < MOST_WAYS;
        let is_direct = pair.via == Via::Direct && !self.relayed.contains(&pair.remote);
        if is_direct && (has_room || self.ways.contains_key(&pair)) {
            self.ways.entry(pair).or_insert_with(|| Way::since(now));
        }
    }

    fn relay(&mut self, address: IpAddr) {
        if self.relays.len() < MOST_RELAYS {
            self.relays.insert(address);
        }
    }

    /// A relay that cannot be reached may have no route.
    fn lost_relays(&mut self) -> Vec<Probe> {
        let lost = std::mem::take(&mut self.lost_relays);
        let unasked: Vec<IpAddr> = lost
            .into_iter()
            .filter(|relay| self.relays.contains(relay) && self.asked.insert(*relay))
            .collect();
        let probe = |destination| Probe::Route { destination };
        unasked.into_iter().map(probe).collect()
    }

    fn hop_answered(&mut self, transaction: &[u8; 12]) {
        let Some((pair, ttl)) = self.probes.get(transaction) else {
            return;
        };
        if let Some(way) = self.ways.get_mut(pair) {
            way.hop_answered(*ttl);
        }
        let mut legs = self.legs.iter_mut();
        if let Some(leg) = legs.find(|leg| leg.server == pair.remote) {
            leg.hop_answered(*ttl);
        }
    }
}

/// The hop limit of the farthest router that answered; 0 if none did.
fn last_answered(silent: &BTreeSet<u8>, farthest: u8) -> u8 {
    let mut limits = (1..=farthest).rev();
    limits.find(|limit| !silent.contains(limit)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
