//! Decides what is found out about a direct pair that answers: sizes when no
//! picture comes over it, runs when it loses packets, its routers once when it
//! works and once more when it stops.
//!
//! Runs wait until no picture passes beside them: a picture fills a limiter, and
//! then slow datagrams are lost as well. Only where the picture stays on the pair
//! they leave beside it. Whoever is measured measures its own direction as well.

mod loss;
mod picture;
mod shapes;
mod stop;

use super::Probe;
use hopsight_evidence::{DtlsStep, Pace, Pair, PathEvent, Via};
use hopsight_kit::Moment;
use loss::Loss;
use picture::{Picture, given_up};
use shapes::{BURST, FEWER_SLOW, SLOW, TO_RELAY, TRACED, run, sized_trace, sizes, trace, ways_of};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use stop::Stop;

/// Whoever still sends on a pair that was given up has heard so by now.
const HEARD: Duration = Duration::from_millis(500);
/// What was on its way when a pair was given up has passed by now.
const QUIET: Duration = Duration::from_millis(150);
/// The slow runs of both ends are over by now, so no burst falls into one.
const BURST_AFTER: Duration = Duration::from_millis(950);

/// What a direct pair has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    answering: BTreeSet<Pair>,
    chosen: Option<(Pair, Moment)>,
    /// The other end still sent on it at the second moment.
    left: Option<(Pair, Moment, Moment)>,
    /// The other end measures this one.
    asked: Option<(Pair, Moment)>,
    to_relay: Option<Pair>,
    loss: Loss,
    picture: Picture,
    stop: Stop,
    run: Option<(Pair, Moment)>,
    is_burst: bool,
    is_sized: bool,
    is_traced: bool,
}

impl Carried {
    pub(super) fn note(&mut self, event: &PathEvent, now: Moment, relayed: &BTreeSet<SocketAddr>) {
        let is_direct = |pair: &Pair| pair.via == Via::Direct && !relayed.contains(&pair.remote);
        if let PathEvent::CheckSent {
            pair, transaction, ..
        } = event
        {
            if self.answering.contains(pair) {
                self.loss.checked(*transaction, now);
            }
            if pair.via == Via::Direct && relayed.contains(&pair.remote) {
                self.to_relay.get_or_insert(*pair);
            }
        } else if let PathEvent::CheckAnswered {
            pair, transaction, ..
        } = event
        {
            self.loss.answered(transaction);
            if is_direct(pair) {
                self.answering.insert(*pair);
            }
        } else if let PathEvent::Nominated { pair } = event {
            self.choose(Some(*pair).filter(is_direct), now);
        } else if let PathEvent::RunArrived { pair, .. } = event {
            if is_direct(pair) && self.answering.contains(pair) {
                self.asked.get_or_insert((*pair, now));
            }
        } else if let PathEvent::PairLeft { pair } = event {
            let left = Some((*pair, now, now)).filter(|_| is_direct(pair));
            self.left = left.or(self.left);
        } else if let PathEvent::PairStillUsed { pair } = event {
            self.still_used(pair, now);
        } else if let PathEvent::FlowStopped { pair, lived, .. } = event {
            if self
                .stop
                .stopped(Some(*pair).filter(is_direct), *lived, now)
            {
                self.loss.shown(now);
            }
        } else {
            self.note_picture(event, now);
        }
    }

    fn note_picture(&mut self, event: &PathEvent, now: Moment) {
        if let PathEvent::Dtls {
            step: DtlsStep::Connected,
        } = event
        {
            self.picture.connected(now);
        } else if matches!(event, PathEvent::FirstFrame) {
            self.picture.shown(now);
        } else if matches!(event, PathEvent::PictureMissed) {
            if self.picture.missed(now) {
                self.loss.shown(now);
            }
        } else if let PathEvent::PacketsLost { permille } = event {
            self.loss.reported(*permille, now);
        }
    }

    /// A direct pair was chosen, or another one.
    fn choose(&mut self, direct: Option<Pair>, now: Moment) {
        let known = self.chosen.filter(|(known, _)| Some(*known) == direct);
        self.chosen = known.or_else(|| direct.map(|pair| (pair, now)));
    }

    fn still_used(&mut self, pair: &Pair, now: Moment) {
        if let Some((left, _, used)) = &mut self.left
            && left == pair
        {
            *used = now;
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
        self.loss.count(now);
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
        due.extend(self.stop.due(now));
        let Some((pair, _)) = self.chosen else {
            return due;
        };
        if is_time(self.sizes_at()) {
            self.is_sized = true;
            due.extend([sizes(&pair), sized_trace(&pair)]);
        }
        if is_time(self.trace_at()) {
            self.is_traced = true;
            due.extend((!is_traced(&pair)).then(|| trace(&pair, TRACED)));
        }
        due
    }

    pub(super) fn next_wake(&self) -> Option<Moment> {
        let runs = [self.run_at(), self.burst_at(), self.stop.at()];
        let chosen = [self.sizes_at(), self.trace_at(), self.loss.next_wake()];
        let chosen = chosen.into_iter().filter(|_| self.chosen.is_some());
        runs.into_iter().chain(chosen).flatten().min()
    }

    /// The pair of which loss is measured.
    fn measured(&self) -> Option<Pair> {
        let left = self.left.map(|(pair, _, _)| pair);
        left.or_else(|| self.chosen.or(self.asked).map(|(pair, _)| pair))
    }

    /// When the slow run leaves, if it has not.
    pub(super) fn run_at(&self) -> Option<Moment> {
        if self.run.is_some() {
            return None;
        }
        if let Some((_, left, used)) = self.left {
            let is_in_doubt = self.is_sized || self.loss.since().is_some();
            return is_in_doubt.then(|| (used + QUIET).min(left + HEARD));
        }
        if let Some((_, asked)) = self.asked {
            return Some(asked);
        }
        let (_, chosen) = self.chosen?;
        let settled = self.picture.settles_at(chosen, self.loss.is_reported());
        Some(self.loss.since()?.max(settled))
    }

    fn burst_at(&self) -> Option<Moment> {
        let (_, run) = self.run.filter(|_| !self.is_burst)?;
        Some(run + BURST_AFTER)
    }

    const fn slow(&self) -> u8 {
        if self.is_sized { FEWER_SLOW } else { SLOW }
    }

    /// When sizes are asked for, if they have not been.
    fn sizes_at(&self) -> Option<Moment> {
        let (_, chosen) = self.chosen.filter(|_| !self.is_sized)?;
        self.picture.stalls_at(chosen)
    }

    /// When the routers are asked for, if they have not been. Where no picture came at
    /// first, full packets have shown them, and runs come before.
    fn trace_at(&self) -> Option<Moment> {
        let (_, chosen) = self.chosen.filter(|_| !self.is_traced)?;
        let works = self.picture.works_at()?;
        let after_runs = given_up(chosen) + BURST_AFTER + BURST_AFTER;
        Some(if self.is_sized {
            works.max(after_runs)
        } else {
            works
        })
    }
}
