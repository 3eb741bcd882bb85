//! Decides what is asked on a direct pair that carried packets and stopped: where its
//! packets end now, and whether the last router still looks for the other machine.

use super::shapes::{TRACED, trace};
use crate::plan::Probe;
use hopsight_evidence::Pair;
use hopsight_kit::Moment;
use std::time::Duration;

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
/// The pair that stopped, and how much of it was asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop {
    pair: Option<(Pair, Moment)>,
    steps: u8,
}

impl Stop {
    /// A pair stopped; the first one counts. Whether it had lived so short that it has
    /// lost packets rather than been cut.
    pub(super) fn stopped(&mut self, pair: Option<Pair>, lived: Duration, now: Moment) -> bool {
        let known = self.pair.take();
        self.pair = known.or_else(|| pair.map(|pair| (pair, now)));
        lived < LIVED
    }

    /// What is asked by now.
    pub(super) fn due(&mut self, now: Moment) -> Vec<Probe> {
        let mut due = Vec::new();
        while self.at().is_some_and(|at| at <= now) {
            due.extend(self.pair.map(|(pair, _)| self.step(&pair)));
            self.steps = self.steps.saturating_add(1);
        }
        due
    }

    /// When something is asked next.
    pub(super) fn at(&self) -> Option<Moment> {
        let (_, stopped) = self.pair?;
        let Some(again) = self.steps.checked_sub(1) else {
            return Some(stopped);
        };
        let again = STILL_SOUGHT.get(usize::from(again));
        again.map(|after| stopped + *after)
    }

    fn step(&self, pair: &Pair) -> Probe {
        match self.steps {
            0 => trace(pair, TRACED),
            _ => Probe::Trace {
                local: pair.local,
                remote: pair.remote,
                hop_limits: vec![TRACED],
            },
        }
    }
}
