//! Decides what is found out about one direct way while nobody answers on it.

use super::{BEYOND, Probe, last_answered};
use hopsight_evidence::Pair;
use hopsight_kit::Moment;
use std::collections::BTreeSet;
use std::time::Duration;

/// The first round, and by which way this machine sends.
const FIRST: Duration = Duration::from_millis(300);
/// TCP to the same address, after the first round has left.
const CONNECT: Duration = Duration::from_millis(500);
/// The second round, for the hops that stayed silent.
const SECOND: Duration = Duration::from_millis(1000);
/// Another port, where a filter may ask for ports.
const OTHER_PORT: Duration = Duration::from_millis(1200);
/// TCP, if it passes, once the second round is over.
const FOLLOW: Duration = Duration::from_millis(1300);
/// By now a neighbour that does not answer has been given up (3.07 s).
const LOOK_AGAIN: Duration = Duration::from_millis(3200);
/// Farther than the other end of any network that people share a desktop in.
const FARTHEST: u8 = 12;
/// So many silent routers in a row are looked beyond for the second time.
const MOST_SILENT: u8 = 6;

/// What one direct way has come to.
#[derive(Clone, Debug)]
pub(super) struct Way {
    since: Moment,
    steps: u8,
    silent: BTreeSet<u8>,
    is_answered: bool,
    is_traced: bool,
    is_open_to_tcp: bool,
}

impl Way {
    /// Checked from now on.
    pub(super) fn since(now: Moment) -> Self {
        Self {
            since: now,
            steps: 0,
            silent: (1..=FARTHEST).collect(),
            is_answered: false,
            is_traced: false,
            is_open_to_tcp: false,
        }
    }

    pub(super) const fn answered(&mut self) {
        self.is_answered = true;
    }

    pub(super) const fn passes_tcp(&mut self) {
        self.is_open_to_tcp = true;
    }

    pub(super) const fn is_traced(&self) -> bool {
        self.is_traced
    }

    pub(super) fn hop_answered(&mut self, hop_limit: u8) {
        self.silent.remove(&hop_limit);
    }

    pub(super) fn next(&self) -> Option<Moment> {
        let after = match self.steps {
            0 => FIRST,
            1 => CONNECT,
            2 => SECOND,
            3 => OTHER_PORT,
            4 => FOLLOW,
            5 => LOOK_AGAIN,
            _ => return None,
        };
        Some(self.since + after).filter(|_| !self.is_answered)
    }

    /// What comes now. When another direct way answers, nothing leaves on this
    /// one any more.
    pub(super) fn step(&mut self, pair: &Pair, is_needless: bool) -> Vec<Probe> {
        self.steps += 1;
        let route = Probe::Route {
            destination: pair.remote.ip(),
        };
        match self.steps {
            1 if is_needless => vec![route],
            1 => vec![route, self.trace(pair, FARTHEST)],
            2 if !is_needless => vec![Probe::Connect {
                destination: pair.remote,
            }],
            3 if !is_needless && !self.silent.is_empty() => {
                vec![self.trace(pair, self.last() + MOST_SILENT)]
            }
            4 if !is_needless => vec![Probe::OtherPort {
                local: pair.local,
                remote: pair.remote,
            }],
            5 if !is_needless && self.is_open_to_tcp => vec![Probe::TcpTrace {
                destination: pair.remote,
                highest: self.last() + BEYOND,
            }],
            6 => vec![route],
            _ => Vec::new(),
        }
    }

    fn last(&self) -> u8 {
        last_answered(&self.silent, FARTHEST)
    }

    fn trace(&mut self, pair: &Pair, farthest: u8) -> Probe {
        self.is_traced = true;
        let silent = self.silent.iter().copied();
        Probe::Trace {
            local: pair.local,
            remote: pair.remote,
            hop_limits: silent.filter(|limit| *limit <= farthest).collect(),
        }
    }
}
