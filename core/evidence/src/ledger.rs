//! Decides what a path's events amount to: counts per pair, errors with their
//! delay, and the claims that are sent to the front end.
//!
//! Takes events in order with the observer's wall clock. Memory is bounded:
//! each kind of entry has a limit, and what does not fit is counted and told
//! ([`Observation::Omitted`]). What the claims mean is left to `diagnosis`.

mod bounded;
mod departures;
mod pairs;
mod relays;
mod runs;
mod traces;

use crate::{CandidateKind, Claim, DtlsStep, IcmpKind, Observation, Pair, PathEvent, Transport};
use bounded::Bounded;
use departures::Departures;
use hopsight_kit::Timestamp;
use pairs::Pairs;
use relays::Relays;
use runs::Runs;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use traces::Traces;

/// Everything one end saw of one session's path.
#[derive(Debug)]
pub struct Ledger {
    candidates: Bounded<(bool, CandidateKind, Transport, SocketAddr), Timestamp>,
    pairs: Pairs,
    departures: Departures,
    send_errors: Bounded<(SocketAddr, i32), Stamped<(String, Duration)>>,
    icmp_errors: Bounded<(SocketAddr, IpAddr, IcmpKind), Stamped<IcmpDetail>>,
    relays: Relays,
    traces: Traces,
    runs: Runs,
    stopped: Bounded<Pair, Stamped<(Duration, Duration)>>,
    unresolved: Bounded<String, Timestamp>,
    certificate: Option<Stamped<String>>,
    chosen: Option<Stamped<Pair>>,
    dtls: Option<Stamped<DtlsStep>>,
    answered: Option<Timestamp>,
    first_frame: Option<Timestamp>,
    oldest: Option<Timestamp>,
    newest: Timestamp,
    omitted: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            candidates: Bounded::new(MOST_CANDIDATES),
            pairs: Pairs::default(),
            departures: Departures::default(),
            send_errors: Bounded::new(MOST_ERRORS),
            icmp_errors: Bounded::new(MOST_ERRORS),
            relays: Relays::default(),
            traces: Traces::default(),
            runs: Runs::default(),
            stopped: Bounded::new(MOST_STOPPED),
            unresolved: Bounded::new(MOST_CANDIDATES),
            certificate: None,
            chosen: None,
            dtls: None,
            answered: None,
            first_frame: None,
            oldest: None,
            newest: Timestamp::default(),
            omitted: 0,
        }
    }
}

impl Ledger {
    /// Takes in one event, seen at `now`.
    pub fn record(&mut self, now: Timestamp, event: PathEvent) {
        self.oldest.get_or_insert(now);
        self.newest = self.newest.max(now);
        match event {
            PathEvent::CandidateFound {
                kind,
                transport,
                address,
                base: _,
            } => self.candidate(now, (true, kind, transport, address)),
            PathEvent::CandidateTold {
                kind,
                transport,
                address,
            } => self.candidate(now, (false, kind, transport, address)),
            PathEvent::CheckSent {
                pair,
                transaction,
                attempt,
                nominating: _,
            } => {
                self.departures.left(now, pair.remote, transaction);
                self.pairs.sent(now, pair, attempt);
            }
            PathEvent::CheckAnswered { pair, .. } => self.pairs.answered(now, pair),
            PathEvent::CheckRefused { pair, .. } => self.pairs.refused(now, pair),
            PathEvent::CheckReceived { pair, accepted, .. } => {
                self.pairs.received(now, pair, accepted);
            }
            PathEvent::SendFailed {
                destination,
                errno,
                text,
            } => self.send_failed(now, destination, errno, text),
            PathEvent::ProbeSent { .. } | PathEvent::LargeProbeSent { .. } => {
                self.probed(now, &event);
            }
            PathEvent::SizeSent { .. }
            | PathEvent::SizeArrived { .. }
            | PathEvent::RunSent { .. }
            | PathEvent::RunArrived { .. }
            | PathEvent::Tried { .. } => self.measured(now, &event),
            PathEvent::FlowStopped { .. }
            | PathEvent::PeerCertificate { .. }
            | PathEvent::CandidateUnresolved { .. } => self.later(now, event),
            PathEvent::ProbeArrived { pair, ttl } => self.traces.arrived(now, pair.remote, ttl),
            PathEvent::IcmpError { .. } => self.told_by_icmp(now, &event),
            PathEvent::TurnSent {
                server,
                transaction,
                ..
            } => {
                self.departures.left(now, server, transaction);
                self.relays.record(now, event);
            }
            PathEvent::RelayAsked { .. }
            | PathEvent::TurnAnswered { .. }
            | PathEvent::TurnUnreachable { .. }
            | PathEvent::TurnSilent { .. }
            | PathEvent::Allocated { .. } => self.relays.record(now, event),
            PathEvent::RoleSwitched { controlling: _ }
            | PathEvent::PairLeft { .. }
            | PathEvent::PairStillUsed { .. }
            | PathEvent::PictureMissed
            | PathEvent::PicturePackets { .. }
            | PathEvent::PacketsLost { permille: _ }
            | PathEvent::IceStateChanged { state: _ } => {}
            PathEvent::Nominated { pair } => self.chosen = Some(Stamped::new(now, pair)),
            PathEvent::Dtls { step } => self.dtls = Some(Stamped::new(now, step)),
            PathEvent::FirstFrame => {
                self.first_frame.get_or_insert(now);
            }
            PathEvent::Omitted { count } => self.omitted = self.omitted.saturating_add(count),
        }
    }

    /// A probe with a hop limit left, small or of a size.
    fn probed(&mut self, now: Timestamp, event: &PathEvent) {
        let (PathEvent::ProbeSent {
            pair,
            transaction,
            ttl,
        }
        | PathEvent::LargeProbeSent {
            pair,
            transaction,
            ttl,
            ..
        }) = *event
        else {
            return;
        };
        let mut size = None;
        if let PathEvent::LargeProbeSent { size: wanted, .. } = *event {
            size = Some(wanted);
        }
        self.departures.left(now, pair.remote, transaction);
        self.runs.counted(now);
        self.traces.sent(now, (pair.remote, size), transaction, ttl);
    }

    /// A router that lets a probe's hop limit run out is a hop; any other error
    /// is one about the way.
    fn told_by_icmp(&mut self, now: Timestamp, event: &PathEvent) {
        let PathEvent::IcmpError {
            destination,
            offender,
            kind,
            mtu,
            transaction,
        } = *event
        else {
            return;
        };
        let probe = transaction.filter(|id| self.traces.knows(id));
        if let (Some(probe), IcmpKind::TimeExceeded) = (probe, kind) {
            return self.traces.answered(now, &probe, offender);
        }
        let matched = transaction.is_some_and(|id| self.departures.knows(destination, id));
        let detail = IcmpDetail {
            mtu,
            matched,
            after: self.departures.since_first(now, destination.ip()),
        };
        self.icmp_error(now, (destination, offender, kind), detail);
    }

    /// Tells that the invitation was answered at `now`; the first frame is
    /// counted from here (from the first event, when nobody told).
    pub fn answered(&mut self, now: Timestamp) {
        self.answered.get_or_insert(now);
    }

    /// The claims that the events so far amount to: the whole state, in an
    /// order that depends on the events alone. Calling it changes nothing.
    /// A later claim replaces an earlier one about the same subject
    /// ([`Observation::is_about_the_same`]).
    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        let mut claims = self.candidate_claims();
        claims.extend(self.pairs.claims());
        claims.extend(self.error_claims());
        claims.extend(self.traces.claims());
        claims.extend(self.runs.claims());
        claims.extend(self.relays.claims(self.newest));
        claims.extend(self.later_claims());
        claims.extend(self.outcome_claims());
        claims
    }

    fn candidate(&mut self, now: Timestamp, key: (bool, CandidateKind, Transport, SocketAddr)) {
        if let Some(at) = self.candidates.entry(key, || now) {
            *at = (*at).min(now);
        }
    }

    /// Datagrams that measure, of this end and of the other one.
    fn measured(&mut self, now: Timestamp, event: &PathEvent) {
        if let PathEvent::SizeSent {
            pair, transaction, ..
        }
        | PathEvent::RunSent {
            pair, transaction, ..
        } = event
        {
            self.departures.left(now, pair.remote, *transaction);
            self.runs.counted(now);
        } else if let PathEvent::Tried { destination: _ } = event {
            self.runs.counted(now);
        }
        self.runs.record(now, event);
    }

    /// What became of the chosen path, and of names that stand for addresses.
    fn later(&mut self, now: Timestamp, event: PathEvent) {
        if let PathEvent::FlowStopped {
            pair,
            lived,
            silent,
        } = event
        {
            self.flow_stopped(now, pair, (lived, silent));
        } else if let PathEvent::PeerCertificate { fingerprint } = event {
            self.certificate = Some(Stamped::new(now, fingerprint));
        } else if let PathEvent::CandidateUnresolved { name } = event {
            self.unresolved(now, name);
        }
    }

    fn flow_stopped(&mut self, now: Timestamp, pair: Pair, times: (Duration, Duration)) {
        self.traces.stopped(pair.remote);
        let newest = Stamped::new(now, times);
        if let Some(known) = self.stopped.entry(pair, || newest.clone()) {
            *known = newest;
        }
    }

    fn unresolved(&mut self, now: Timestamp, mut name: String) {
        shorten(&mut name);
        self.unresolved.entry(name, || now);
    }

    fn send_failed(
        &mut self,
        now: Timestamp,
        destination: SocketAddr,
        errno: i32,
        mut text: String,
    ) {
        shorten(&mut text);
        let after = self.departures.since_first(now, destination.ip());
        self.send_errors
            .entry((destination, errno), || Stamped::new(now, (text, after)));
    }

    /// Keeps the first error of its kind: it is the one whose delay tells a
    /// router without a route from a neighbour that stayed silent.
    fn icmp_error(
        &mut self,
        now: Timestamp,
        key: (SocketAddr, IpAddr, IcmpKind),
        detail: IcmpDetail,
    ) {
        let first = Stamped::new(now, detail);
        if let Some(kept) = self.icmp_errors.entry(key, || first) {
            kept.value.matched |= detail.matched;
        }
    }

    fn candidate_claims(&self) -> Vec<Claim> {
        self.candidates
            .iter()
            .map(|(&(own, kind, transport, address), &at)| Claim {
                at,
                observation: Observation::Candidate {
                    own,
                    kind,
                    transport,
                    address,
                },
            })
            .collect()
    }

    fn error_claims(&self) -> Vec<Claim> {
        let refused = self.send_errors.iter().map(|(key, entry)| Claim {
            at: entry.at,
            observation: Observation::SendError {
                destination: key.0,
                errno: key.1,
                text: entry.value.0.clone(),
                after_ms: millis(entry.value.1),
            },
        });
        let told = self.icmp_errors.iter().map(|(key, entry)| Claim {
            at: entry.at,
            observation: Observation::IcmpError {
                destination: key.0,
                offender: key.1,
                kind: key.2,
                mtu: entry.value.mtu,
                matched: entry.value.matched,
                after_ms: millis(entry.value.after),
            },
        });
        refused.chain(told).collect()
    }

    /// What became of the chosen path, and of names that stand for addresses.
    fn later_claims(&self) -> impl Iterator<Item = Claim> {
        let stopped = self.stopped.iter().map(|(pair, entry)| Claim {
            at: entry.at,
            observation: Observation::FlowStopped {
                pair: *pair,
                lived_ms: millis(entry.value.0),
                silent_ms: millis(entry.value.1),
            },
        });
        let unresolved = self.unresolved.iter().map(|(name, at)| Claim {
            at: *at,
            observation: Observation::CandidateUnresolved { name: name.clone() },
        });
        let certificate = self.certificate.iter().map(|entry| Claim {
            at: entry.at,
            observation: Observation::DtlsPeer {
                fingerprint: entry.value.clone(),
            },
        });
        stopped.chain(unresolved).chain(certificate)
    }

    fn outcome_claims(&self) -> Vec<Claim> {
        let chosen = self.chosen.as_ref().map(|entry| Claim {
            at: entry.at,
            observation: Observation::PathChosen { pair: entry.value },
        });
        let dtls = self.dtls.as_ref().map(|entry| Claim {
            at: entry.at,
            observation: Observation::Dtls { step: entry.value },
        });
        let first_frame = self.first_frame.map(|at| Claim {
            at,
            observation: Observation::FirstFrame {
                after_ms: millis(at.since(self.answered.or(self.oldest).unwrap_or(at))),
            },
        });
        let left_out = self.left_out();
        let omitted = (left_out > 0).then_some(Claim {
            at: self.newest,
            observation: Observation::Omitted { count: left_out },
        });
        chosen
            .into_iter()
            .chain(dtls)
            .chain(first_frame)
            .chain(omitted)
            .collect()
    }

    fn left_out(&self) -> u64 {
        [
            self.candidates.left_out(),
            self.send_errors.left_out(),
            self.icmp_errors.left_out(),
            self.pairs.left_out(),
            self.relays.left_out(),
            self.traces.left_out(),
            self.runs.left_out(),
            self.stopped.left_out(),
            self.unresolved.left_out(),
        ]
        .into_iter()
        .fold(self.omitted, u64::saturating_add)
    }
}

/// A value and when it was first seen.
#[derive(Clone, Debug)]
struct Stamped<T> {
    at: Timestamp,
    value: T,
}

impl<T> Stamped<T> {
    const fn new(at: Timestamp, value: T) -> Self {
        Self { at, value }
    }
}

#[derive(Clone, Copy, Debug)]
struct IcmpDetail {
    mtu: Option<u32>,
    matched: bool,
    after: Duration,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Texts of the system and of strangers are kept to a length that cannot
/// crowd a claim out of its message.
fn shorten(text: &mut String) {
    let end = text
        .char_indices()
        .nth(LONGEST_TEXT)
        .map_or(text.len(), |(place, _)| place);
    text.truncate(end);
}

const MOST_CANDIDATES: usize = 64;
const MOST_ERRORS: usize = 64;
const MOST_STOPPED: usize = 4;
const LONGEST_TEXT: usize = 120;

#[cfg(test)]
mod tests;
