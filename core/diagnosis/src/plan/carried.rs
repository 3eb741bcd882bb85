//! Decides what is found out about a direct pair that answers: sizes when no
//! picture comes over it, runs when it loses packets, its routers once when it
//! works and once more when it stops.
//!
//! Runs wait until no picture passes beside them: a picture fills a limiter, and
//! then slow datagrams are lost as well. Only where the picture stays on the pair
//! they leave beside it. Whoever is measured measures its own direction as well.

use super::Probe;
use hopsight_evidence::{DtlsStep, Pace, Pair, PathEvent, Via};
use hopsight_kit::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
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
/// A link that loses one packet in twenty, which nobody notices, loses fewer
/// checks than one of so many.
const LOST_OF: u32 = 4;
/// So many of a thousand lost packets blur a picture. Where one in twenty is lost
/// a second with as many lost comes once in a hundred.
const MOST_PERMILLE: u16 = 150;
/// A pair whose picture is not asked for any more brings one.
const KEPT: Duration = Duration::from_millis(2000);
/// Whoever sees no picture asks for one more often than that.
const ASKED_FOR: Duration = Duration::from_millis(700);
/// However often, a pair that brings none has been given up by now.
const GIVEN_UP: Duration = Duration::from_millis(3600);
/// Whoever still sends on a pair that was given up has heard so by now.
const HEARD: Duration = Duration::from_millis(500);
/// What was on its way when a pair was given up has passed by now.
const QUIET: Duration = Duration::from_millis(150);
/// The slow runs of both ends are over by now, so no burst falls into one.
const BURST_AFTER: Duration = Duration::from_millis(950);
/// A path that works is traced when its first picture has passed.
const TRACE_AFTER: Duration = Duration::from_millis(1000);
/// Bytes with IP header: what every host takes, what a picture's packets have,
/// and the limits of tunnels and cables. The largest leaves first: a limiter takes the
/// later ones, and must not look like a small link.
const SIZES: [u16; 7] = [1500, 1472, 1400, 1280, 1228, 1000, 576];
/// These leave twice: one of them that is lost by chance would look like a limit.
const SIZES_AGAIN: [u16; 3] = [1500, 1400, 1228];
/// A full packet of a picture with its IPv4 header.
const FULL: u16 = 1228;
/// Datagrams of a slow run.
const SLOW: u8 = 18;
/// The same where the budget has paid for sizes before.
const FEWER_SLOW: u8 = 10;
/// Datagrams of a burst: many more than a limiter lets pass at once.
const BURST: u8 = 28;
/// Hop limits of the trace to the relay: where the two ways part is near.
const TO_RELAY: u8 = 4;
/// Hop limits of the trace of a path that works.
const TRACED: u8 = 8;
/// A flow that did not live so long has lost packets rather than been cut.
const LIVED: Duration = Duration::from_millis(1000);
/// A router looks for a neighbour that went away for three seconds, about half of
/// which have passed by then, and tells of the newest packets that waited; those of
/// the picture, which takes another way, push older ones out.
const STILL_SOUGHT: [Duration; 3] = [
    Duration::from_millis(1000),
    Duration::from_millis(1250),
    Duration::from_millis(1450),
];
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
    missed_last: Option<Moment>,
    is_reported: bool,
    stalled: Option<Moment>,
    pending: BTreeMap<[u8; 12], Moment>,
    checked: u32,
    lost: u32,
    lossy: Option<Moment>,
    left: Option<(Pair, Moment)>,
    used_last: Option<Moment>,
    asked: Option<(Pair, Moment)>,
    to_relay: Option<Pair>,
    is_sized: bool,
    run: Option<(Pair, Moment)>,
    is_burst: bool,
    is_traced: bool,
    stopped: Option<(Pair, Moment)>,
    stopped_steps: u8,
}

impl Carried {
    pub(super) fn note(&mut self, event: &PathEvent, now: Moment, relayed: &BTreeSet<SocketAddr>) {
        let is_direct = |pair: &Pair| pair.via == Via::Direct && !relayed.contains(&pair.remote);
        if let PathEvent::CheckSent {
            pair, transaction, ..
        } = event
        {
            if self.answering.contains(pair) && self.pending.len() < MOST_PENDING {
                self.checked = self.checked.saturating_add(1);
                self.pending.insert(*transaction, now);
            }
            if pair.via == Via::Direct && relayed.contains(&pair.remote) {
                self.to_relay.get_or_insert(*pair);
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
        } else if let PathEvent::RunArrived { pair, .. } = event {
            if is_direct(pair) && self.answering.contains(pair) {
                self.asked.get_or_insert((*pair, now));
            }
        } else if let PathEvent::PairLeft { pair } = event {
            self.left = Some((*pair, now)).filter(|_| is_direct(pair)).or(self.left);
        } else if let PathEvent::PairStillUsed { .. } = event {
            self.used_last = Some(now);
        } else if let PathEvent::FlowStopped { pair, lived, .. } = event {
            if *lived < LIVED {
                self.lossy.get_or_insert(now);
            }
            let known = self.stopped.take();
            self.stopped = known.or_else(|| is_direct(pair).then_some((*pair, now)));
        } else if let PathEvent::Dtls {
            step: DtlsStep::Connected,
        } = event
        {
            self.connected.get_or_insert(now);
        } else if matches!(event, PathEvent::FirstFrame) {
            self.picture.get_or_insert(now);
        } else if matches!(event, PathEvent::PictureMissed) {
            self.picture_missed(now);
        } else if let PathEvent::PacketsLost { permille } = event {
            self.is_reported = true;
            if *permille >= MOST_PERMILLE {
                self.lossy.get_or_insert(now);
            }
        }
    }

    /// Who never had a picture asks for one at once and again: its packets may
    /// be too long. Who asks later has lost some.
    fn picture_missed(&mut self, now: Moment) {
        self.missed = self.missed.saturating_add(1);
        self.missed_last = Some(now);
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

    pub(super) fn due(
        &mut self,
        now: Moment,
        relays: &BTreeSet<IpAddr>,
        is_traced: impl Fn(&Pair) -> bool,
    ) -> Vec<Probe> {
        self.count_lost(now);
        let is_time = |at: Option<Moment>| at.is_some_and(|at| at <= now);
        let mut due = Vec::new();
        if let Some(pair) = self.measured().filter(|_| is_time(self.run_at())) {
            self.run = Some((pair, now));
            due.extend(ways_of(&pair, relays));
            due.push(run(&pair, Pace::Slow, self.slow()));
        }
        if let Some((pair, _)) = self.run.filter(|_| is_time(self.burst_at())) {
            self.is_burst = true;
            due.extend(self.to_relay.as_ref().map(|pair| trace(pair, TO_RELAY)));
            due.push(run(&pair, Pace::Burst, BURST));
        }
        while is_time(self.stopped_at()) {
            due.extend(self.stopped.map(|(pair, _)| self.after_the_stop(&pair)));
            self.stopped_steps = self.stopped_steps.saturating_add(1);
        }
        let Some((pair, _)) = self.chosen else {
            return due;
        };
        if !self.is_sized && is_time(self.sizes_at()) {
            self.is_sized = true;
            due.extend([sizes(&pair), sized_trace(&pair)]);
        }
        if !self.is_traced && is_time(self.trace_at()) {
            self.is_traced = true;
            due.extend((!is_traced(&pair)).then(|| trace(&pair, TRACED)));
        }
        due
    }

    pub(super) fn next_wake(&self) -> Option<Moment> {
        let runs = [self.run_at(), self.burst_at(), self.stopped_at()];
        let runs = runs.into_iter().flatten();
        if self.chosen.is_none() {
            return runs.min();
        }
        let oldest = self.pending.values().min().map(|at| *at + LOST);
        let oldest = oldest.filter(|_| self.lossy.is_none());
        let sizes = self.sizes_at().filter(|_| !self.is_sized);
        let trace = self.trace_at().filter(|_| !self.is_traced);
        let others = oldest.into_iter().chain(sizes).chain(trace);
        runs.chain(others).min()
    }

    /// The pair of which loss is measured.
    fn measured(&self) -> Option<Pair> {
        let known = self.left.or(self.chosen).or(self.asked);
        known.map(|(pair, _)| pair)
    }

    /// When the slow run leaves, if it has not.
    pub(super) fn run_at(&self) -> Option<Moment> {
        if self.run.is_some() {
            return None;
        }
        if let Some((_, left)) = self.left {
            let is_in_doubt = self.is_sized || self.lossy.is_some();
            let used = self.used_last.map_or(left, |last| last.max(left));
            return is_in_doubt.then(|| (used + QUIET).min(left + HEARD));
        }
        if let Some((_, asked)) = self.asked {
            return Some(asked);
        }
        let (_, chosen) = self.chosen?;
        let begun = self.connected.unwrap_or(chosen);
        let kept = begun + KEPT;
        let given_up = (chosen + GIVEN_UP).max(kept);
        // Whoever shows has its first picture when it leaves; that somebody sees it
        // show reports of what was lost, and that nobody asks for it.
        let is_seen = self.picture.is_some() && self.is_reported;
        let asked = match self.missed_last {
            _ if !is_seen => given_up,
            None => kept,
            Some(last) => last + ASKED_FOR,
        };
        let lossy = self.lossy?;
        Some(lossy.max(kept.max(asked).min(given_up)))
    }

    fn burst_at(&self) -> Option<Moment> {
        self.run
            .filter(|_| !self.is_burst)
            .map(|(_, run)| run + BURST_AFTER)
    }

    /// How far packets still come on a pair that stopped.
    fn stopped_at(&self) -> Option<Moment> {
        let (_, stopped) = self.stopped?;
        let Some(again) = self.stopped_steps.checked_sub(1) else {
            return Some(stopped);
        };
        let again = STILL_SOUGHT.get(usize::from(again));
        again.map(|after| stopped + *after)
    }

    fn after_the_stop(&self, pair: &Pair) -> Probe {
        match self.stopped_steps {
            0 => trace(pair, TRACED),
            _ => Probe::Trace {
                local: pair.local,
                remote: pair.remote,
                hop_limits: vec![TRACED],
            },
        }
    }

    const fn slow(&self) -> u8 {
        if self.is_sized { FEWER_SLOW } else { SLOW }
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

    /// Where no picture came at first, full packets have shown the routers, and
    /// runs come before.
    fn trace_at(&self) -> Option<Moment> {
        let (_, chosen) = self.chosen?;
        let after_runs = chosen + GIVEN_UP + BURST_AFTER + BURST_AFTER;
        let picture = self.picture? + TRACE_AFTER;
        Some(if self.is_sized {
            picture.max(after_runs)
        } else {
            picture
        })
    }

    fn count_lost(&mut self, now: Moment) {
        let before = self.pending.len();
        self.pending.retain(|_, sent| *sent + LOST > now);
        let lost = before.saturating_sub(self.pending.len());
        self.lost = self
            .lost
            .saturating_add(u32::try_from(lost).unwrap_or(u32::MAX));
        let is_often = self.lost.saturating_mul(LOST_OF) >= self.checked;
        if self.lost >= MOST_LOST && is_often {
            self.lossy.get_or_insert(now);
        }
    }
}

fn sizes(pair: &Pair) -> Probe {
    Probe::Sizes {
        local: pair.local,
        remote: pair.remote,
        sizes: SIZES.into_iter().chain(SIZES_AGAIN).collect(),
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

const fn run(pair: &Pair, pace: Pace, count: u8) -> Probe {
    Probe::Run {
        local: pair.local,
        remote: pair.remote,
        pace,
        count,
    }
}

/// By which ways this machine sends to the other end and to the relays.
fn ways_of(pair: &Pair, relays: &BTreeSet<IpAddr>) -> Vec<Probe> {
    let there = [pair.remote.ip()].into_iter().chain(relays.iter().copied());
    there
        .map(|destination| Probe::Route { destination })
        .collect()
}

fn trace(pair: &Pair, highest: u8) -> Probe {
    Probe::Trace {
        local: pair.local,
        remote: pair.remote,
        hop_limits: (1..=highest).collect(),
    }
}
