//! Decides what is known of the relay, per server and transport: the newest
//! answer to each method, silence, and the address it gave.

use super::{Bounded, Stamped, millis, shorten};
use crate::event::TransactionId;
use crate::{Claim, Observation, PathEvent, Transport, TurnMethod};
use hopsight_kit::Timestamp;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

type Leg = (SocketAddr, Transport);

/// What the relay did, per leg to it.
#[derive(Debug)]
pub(super) struct Relays {
    asked: VecDeque<(TransactionId, Timestamp)>,
    first_asked: Bounded<Leg, Asked>,
    answers: Bounded<(Leg, TurnMethod), Stamped<Answer>>,
    silences: Bounded<Leg, Stamped<(String, Duration)>>,
    allocations: Bounded<Leg, Stamped<(SocketAddr, Option<SocketAddr>)>>,
}

/// When this end began with a leg, and whether a request has left on it.
#[derive(Clone, Copy, Debug)]
struct Asked {
    first: Timestamp,
    connected: bool,
}

#[derive(Clone, Debug)]
struct Answer {
    code: Option<u16>,
    reason: String,
    rtt: Duration,
    challenge: bool,
}

impl Default for Relays {
    fn default() -> Self {
        Self {
            asked: VecDeque::with_capacity(MOST_REQUESTS),
            first_asked: Bounded::new(MOST_LEGS),
            answers: Bounded::new(MOST_LEGS),
            silences: Bounded::new(MOST_LEGS),
            allocations: Bounded::new(MOST_LEGS),
        }
    }
}

impl Relays {
    /// This end begins with a leg.
    fn begun(&mut self, now: Timestamp, leg: Leg) {
        let first = Asked {
            first: now,
            connected: false,
        };
        self.first_asked.entry(leg, || first);
    }

    /// A request left on a leg.
    fn asked(&mut self, now: Timestamp, leg: Leg, id: TransactionId) {
        self.begun(now, leg);
        if let Some(asked) = self.first_asked.entry(leg, || Asked {
            first: now,
            connected: true,
        }) {
            asked.connected = true;
        }
        if self.asked.len() >= MOST_REQUESTS {
            self.asked.pop_front();
        }
        self.asked.push_back((id, now));
    }

    /// Takes in the events that the relay's side of the tap gives; any other
    /// event is not for this part of the ledger.
    pub(super) fn record(&mut self, now: Timestamp, event: PathEvent) {
        if let PathEvent::RelayAsked { server, transport } = event {
            self.begun(now, (server, transport));
        } else if let PathEvent::TurnSent {
            server,
            transport,
            transaction,
            ..
        } = event
        {
            self.asked(now, (server, transport), transaction);
        } else if let PathEvent::TurnAnswered {
            server,
            transport,
            method,
            transaction,
            code,
            reason,
        } = event
        {
            let rtt = self.round_trip(now, transaction);
            let leg = (server, transport);
            let is_first = self.answers.find(&(leg, method)).is_none();
            let answer = Answer {
                code,
                reason,
                rtt,
                challenge: is_first && code == Some(UNAUTHORIZED),
            };
            self.answer(now, ((server, transport), method), answer);
        } else if let PathEvent::TurnUnreachable {
            server,
            transport,
            errno,
            text,
        } = event
        {
            let text = errno.map_or(text.clone(), |errno| format!("{text} (error {errno})"));
            let leg = (server, transport);
            let first = self.first_asked.find(&leg).map_or(now, |asked| asked.first);
            self.silent(now, leg, text, now.since(first));
        } else if let PathEvent::TurnSilent {
            server,
            transport,
            waited,
        } = event
        {
            self.silent(now, (server, transport), "no answer".to_owned(), waited);
        } else if let PathEvent::Allocated {
            server,
            transport,
            relayed,
            mapped,
        } = event
        {
            self.allocated(now, (server, transport), (relayed, mapped));
        }
    }

    pub(super) fn claims(&self, newest: Timestamp) -> Vec<Claim> {
        let answers = self.answers.iter().map(|(key, entry)| Claim {
            at: entry.at,
            observation: Observation::TurnResult {
                server: key.0.0,
                transport: key.0.1,
                method: key.1,
                code: entry.value.code,
                reason: entry.value.reason.clone(),
                rtt_ms: millis(entry.value.rtt),
                challenge: entry.value.challenge,
            },
        });
        let silences = self.silences.iter().map(|(leg, entry)| Claim {
            at: entry.at,
            observation: Observation::RelaySilent {
                server: leg.0,
                transport: leg.1,
                text: entry.value.0.clone(),
                waited_ms: millis(entry.value.1),
                connected: self.is_connected(leg),
            },
        });
        let allocations = self.allocations.iter().map(|(leg, entry)| Claim {
            at: entry.at,
            observation: Observation::RelayAllocated {
                server: leg.0,
                transport: leg.1,
                relayed: entry.value.0,
                mapped: entry.value.1,
            },
        });
        answers
            .chain(silences)
            .chain(self.unanswered(newest))
            .chain(allocations)
            .collect()
    }

    /// Legs that were asked long ago and said nothing at all so far.
    fn unanswered(&self, newest: Timestamp) -> impl Iterator<Item = Claim> {
        let waited = move |asked: &Asked| newest.since(asked.first);
        let has_spoken = |leg: &Leg| {
            let answered = self.answers.iter().any(|(key, _)| key.0 == *leg);
            answered || self.silences.find(leg).is_some() || self.allocations.find(leg).is_some()
        };
        self.first_asked
            .iter()
            .filter(move |(leg, asked)| waited(asked) >= LONG_AGO && !has_spoken(leg))
            .map(move |(leg, asked)| Claim {
                at: newest,
                observation: Observation::RelaySilent {
                    server: leg.0,
                    transport: leg.1,
                    text: "no answer yet".to_owned(),
                    waited_ms: millis(waited(asked)),
                    connected: self.is_connected(leg),
                },
            })
    }

    /// Over UDP there is nothing to connect.
    fn is_connected(&self, leg: &Leg) -> bool {
        let asked = self.first_asked.find(leg);
        leg.1 != Transport::Udp && asked.is_some_and(|asked| asked.connected)
    }

    pub(super) fn left_out(&self) -> u64 {
        [
            self.answers.left_out(),
            self.silences.left_out(),
            self.allocations.left_out(),
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    /// The newest answer counts: a 401 before the nonce is how every
    /// allocation begins.
    fn answer(&mut self, now: Timestamp, key: (Leg, TurnMethod), mut answer: Answer) {
        shorten(&mut answer.reason);
        let newest = Stamped::new(now, answer);
        if let Some(kept) = self.answers.entry(key, || newest.clone()) {
            *kept = newest;
        }
    }

    fn silent(&mut self, now: Timestamp, leg: Leg, mut text: String, waited: Duration) {
        shorten(&mut text);
        let newest = Stamped::new(now, (text, waited));
        if let Some(kept) = self.silences.entry(leg, || newest.clone()) {
            *kept = newest;
        }
    }

    fn allocated(&mut self, now: Timestamp, leg: Leg, given: (SocketAddr, Option<SocketAddr>)) {
        self.silences.remove(&leg);
        let newest = Stamped::new(now, given);
        if let Some(kept) = self.allocations.entry(leg, || newest.clone()) {
            *kept = newest;
        }
    }

    fn round_trip(&self, now: Timestamp, id: TransactionId) -> Duration {
        let asked = self.asked.iter().rev().find(|(asked, _)| *asked == id);
        asked.map_or(Duration::ZERO, |(_, at)| now.since(*at))
    }
}

/// Two retransmissions of a request had their time (RFC 8489, section 6.2.1).
const LONG_AGO: Duration = Duration::from_secs(1);
const MOST_LEGS: usize = 24;
const MOST_REQUESTS: usize = 64;
/// "Unauthorized" (RFC 8489, section 14.8).
const UNAUTHORIZED: u16 = 401;
