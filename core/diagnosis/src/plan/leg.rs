//! Decides what is found out about the way to a relay that leaves this end
//! unanswered over UDP: how far its own datagrams come there, and then how far TCP
//! comes that the same relay answers. Where the two part the cut lies.

use super::{BEYOND, Probe, last_answered};
use hopsight_kit::Moment;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

/// Two repetitions of the first request had their time.
const SILENT: Duration = Duration::from_millis(1000);
/// The rounds towards the other end are over: a router has few words.
const AFTER_WAYS: Duration = Duration::from_millis(1200);
/// A router that speaks rarely has a word again.
const AGAIN: Duration = Duration::from_millis(500);
/// The second round is over.
const CONNECT: Duration = Duration::from_millis(600);
/// Relays are near; farther ones are followed that far.
const FARTHEST: u8 = 5;

/// The way to one relay's port for UDP.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) server: SocketAddr,
    asked: Moment,
    first_check: Option<Moment>,
    steps: u8,
    silent: BTreeSet<u8>,
    is_over: bool,
}

impl Leg {
    /// Asked from now on.
    pub(super) fn asked(server: SocketAddr, now: Moment) -> Self {
        Self {
            server,
            asked: now,
            first_check: None,
            steps: 0,
            silent: (1..=FARTHEST).collect(),
            is_over: false,
        }
    }

    /// The two ends check each other: what the probes are signed with is known.
    pub(super) fn checked(&mut self, now: Moment) {
        self.first_check.get_or_insert(now);
    }

    /// There is nothing to explain: it answers, or is not needed.
    pub(super) const fn end(&mut self) {
        self.is_over = true;
    }

    pub(super) fn hop_answered(&mut self, hop_limit: u8) {
        self.silent.remove(&hop_limit);
    }

    pub(super) fn next(&self) -> Option<Moment> {
        let after = match self.steps {
            0 => Duration::ZERO,
            1 => AGAIN,
            2 => CONNECT,
            _ => return None,
        };
        let checked = self.first_check.filter(|_| !self.is_over)?;
        Some((self.asked + SILENT).max(checked + AFTER_WAYS) + after)
    }

    /// What comes now; `stream` is where the same relay answers over TCP.
    pub(super) fn step(&mut self, stream: Option<SocketAddr>) -> Option<Probe> {
        self.steps += 1;
        if self.steps <= 2 {
            let hop_limits: Vec<u8> = self.silent.iter().copied().collect();
            return (!hop_limits.is_empty()).then_some(Probe::RelayTrace {
                server: self.server,
                hop_limits,
            });
        }
        stream.map(|destination| Probe::TcpTrace {
            destination,
            highest: last_answered(&self.silent, FARTHEST) + BEYOND,
        })
    }
}
