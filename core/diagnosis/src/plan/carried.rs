//! Decides what is found out about a direct pair that answers: sizes when no
//! picture comes over it, runs when it loses packets, its routers once when it
//! works.

use super::Probe;
use hopsight_evidence::{DtlsStep, Pace, Pair, PathEvent, Via};
use hopsight_kit::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

/// A pair that works has carried its handshake, and then a picture, by now.
const STALLED: Duration = Duration::from_millis(700);
/// Whoever has no picture asks for one; the first time may be chance.
const MOST_MISSED: u32 = 2;
/// A picture that passes at all has passed by now.
const FIRST_PICTURE: Duration = Duration::from_millis(1300);
/// A check without an answer for so long is lost.
const LOST: Duration = Duration::from_millis(500);
/// A single loss happens to everybody.
const MOST_LOST: u32 = 2;
/// So many of a thousand lost packets blur a picture.
const MOST_PERMILLE: u16 = 50;
/// A path that works is traced when its first picture has passed.
const TRACE_AFTER: Duration = Duration::from_millis(1000);
/// Bytes with IP header: what every host takes, what a picture's packets have,
/// and the limits of tunnels and cables. Each leaves twice.
const SIZES: [u16; 7] = [576, 1000, 1228, 1280, 1400, 1472, 1500];
/// A full packet of a picture with its IPv4 header.
const FULL: u16 = 1228;
/// Datagrams of a run.
const RUN: u8 = 20;
/// Hop limits of the trace of a path that works.
const TRACED: u8 = 8;
/// Checks that are watched for their answers.
const MOST_PENDING: usize = 64;

/// What a direct pair has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    answering: BTreeSet<Pair>,
    chosen: Option<(Pair, Moment)>,
    connected: Option<Moment>,
    picture: Option<Moment>,
    missed: u32,
    stalled: Option<Moment>,
    pending: BTreeMap<[u8; 12], Moment>,
    lost: u32,
    lossy: Option<Moment>,
    is_sized: bool,
    is_run: bool,
    is_traced: bool,
}

impl Carried {
    pub(super) fn note(&mut self, event: &PathEvent, now: Moment, relayed: &BTreeSet<SocketAddr>) {
        let is_direct = |pair: &Pair| pair.via == Via::Direct && !relayed.contains(&pair.remote);
        if let PathEvent::CheckSent {
            pair, transaction, ..
        } = event
        {
            if self.answering.contains(pair) && self.pending.len() < MOST_PENDING {
                self.pending.insert(*transaction, now);
            }
        } else if let PathEvent::CheckAnswered {
            pair, transaction, ..
        } = event
        {
            self.pending.remove(transaction);
            if is_direct(pair) {
                self.answering.insert(*pair);
            }
        } else if let PathEvent::Nominated { pair } = event {
            let is_known = self.chosen.is_some_and(|(known, _)| known == *pair);
            if !is_direct(pair) {
                self.chosen = None;
            } else if !is_known {
                self.chosen = Some((*pair, now));
            }
        } else if let PathEvent::Dtls {
            step: DtlsStep::Connected,
        } = event
        {
            self.connected.get_or_insert(now);
        } else if matches!(event, PathEvent::FirstFrame) {
            self.picture.get_or_insert(now);
        } else if matches!(event, PathEvent::PictureMissed) {
            self.picture_missed(now);
        } else if let PathEvent::PacketsLost { permille } = event
            && *permille >= MOST_PERMILLE
        {
            self.lossy.get_or_insert(now);
        }
    }

    /// Who never had a picture asks for one at once and again: its packets may
    /// be too long. Who asks later has lost some.
    fn picture_missed(&mut self, now: Moment) {
        self.missed = self.missed.saturating_add(1);
        let is_new = self
            .connected
            .is_some_and(|connected| now <= connected + FIRST_PICTURE);
        if self.missed >= MOST_MISSED && is_new {
            self.stalled.get_or_insert(now);
        } else if self.missed >= MOST_MISSED {
            self.lossy.get_or_insert(now);
        }
    }

    /// Whether some direct pair answers.
    pub(super) fn has_direct(&self) -> bool {
        !self.answering.is_empty()
    }

    pub(super) fn due(&mut self, now: Moment, is_traced: impl Fn(&Pair) -> bool) -> Vec<Probe> {
        self.count_lost(now);
        let Some((pair, _)) = self.chosen else {
            return Vec::new();
        };
        let is_time = |at: Option<Moment>| at.is_some_and(|at| at <= now);
        let mut due = Vec::new();
        let is_explained = self.is_sized;
        if !self.is_run && !is_explained && is_time(self.lossy) {
            self.is_run = true;
            due.extend([Pace::Slow, Pace::Burst].map(|pace| run(&pair, pace)));
        }
        if !self.is_sized && is_time(self.sizes_at()) {
            self.is_sized = true;
            due.extend([sizes(&pair), sized_trace(&pair)]);
        }
        if !self.is_traced && is_time(self.trace_at()) {
            self.is_traced = true;
            due.extend((!is_traced(&pair)).then(|| trace(&pair)));
        }
        due
    }

    pub(super) fn next_wake(&self) -> Option<Moment> {
        let oldest = self.pending.values().min().map(|at| *at + LOST);
        let oldest = oldest.filter(|_| self.lossy.is_none());
        self.chosen?;
        let lossy = self.lossy.filter(|_| !self.is_run && !self.is_sized);
        let sizes = self.sizes_at().filter(|_| !self.is_sized);
        let trace = self.trace_at().filter(|_| !self.is_traced);
        oldest
            .into_iter()
            .chain(lossy)
            .chain(sizes)
            .chain(trace)
            .min()
    }

    /// When no picture comes although the pair answers.
    fn sizes_at(&self) -> Option<Moment> {
        let (_, chosen) = self.chosen?;
        let waits = match (self.connected, self.picture) {
            (None, _) => Some(chosen + STALLED),
            (Some(connected), None) => Some(connected.max(chosen) + STALLED),
            (Some(_), Some(_)) => None,
        };
        waits.or(self.stalled)
    }

    fn trace_at(&self) -> Option<Moment> {
        self.picture.map(|picture| picture + TRACE_AFTER)
    }

    fn count_lost(&mut self, now: Moment) {
        let before = self.pending.len();
        self.pending.retain(|_, sent| *sent + LOST > now);
        let lost = before.saturating_sub(self.pending.len());
        self.lost = self
            .lost
            .saturating_add(u32::try_from(lost).unwrap_or(u32::MAX));
        if self.lost >= MOST_LOST {
            self.lossy.get_or_insert(now);
        }
    }
}

fn sizes(pair: &Pair) -> Probe {
    Probe::Sizes {
        local: pair.local,
        remote: pair.remote,
        sizes: SIZES.into_iter().chain(SIZES).collect(),
    }
}

fn sized_trace(pair: &Pair) -> Probe {
    Probe::SizedTrace {
        local: pair.local,
        remote: pair.remote,
        hop_limits: (1..=TRACED).collect(),
        size: FULL,
    }
}

const fn run(pair: &Pair, pace: Pace) -> Probe {
    Probe::Run {
        local: pair.local,
        remote: pair.remote,
        pace,
        count: RUN,
    }
}

fn trace(pair: &Pair) -> Probe {
    Probe::Trace {
        local: pair.local,
        remote: pair.remote,
        hop_limits: (1..=TRACED).collect(),
    }
}
