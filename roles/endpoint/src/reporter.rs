//! Decides when an endpoint tells the front end what it saw of a path: a few
//! times while checks go unanswered, and whenever the path becomes known.

use hopsight_evidence::{CandidateKind, Claim, Ledger, Observation, PathEvent};
use hopsight_kit::{Moment, Timestamp};
use hopsight_net::Interface;
use serde_json::json;
use std::time::Duration;

/// After the first check, at these times; the last lies behind the slowest
/// error that a network gives (a neighbour that does not answer, 3.07 s).
const TELL_AT: [Duration; 6] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_millis(1000),
    Duration::from_millis(1700),
    Duration::from_millis(2300),
    Duration::from_millis(3300),
];

/// What one end saw of one session's path, and what of it has been told.
#[derive(Debug, Default)]
pub(crate) struct Reporter {
    ledger: Ledger,
    interfaces: Vec<Interface>,
    first_check: Option<Moment>,
    done: usize,
    at_once: bool,
    told: Vec<Claim>,
    looked_up: Vec<Claim>,
}

impl Reporter {
    /// A reporter on a machine with these interfaces.
    pub(crate) fn new(interfaces: Vec<Interface>) -> Self {
        Self {
            interfaces,
            ..Self::default()
        }
    }

    /// Takes in what the tap saw.
    pub(crate) fn record(&mut self, seen_at: Timestamp, event: PathEvent, now: Moment) {
        if let PathEvent::CheckSent { .. } = event {
            self.first_check.get_or_insert(now);
        }
        self.at_once |= matches!(event, PathEvent::Nominated { .. } | PathEvent::FirstFrame);
        self.ledger.record(seen_at, event);
    }

    /// Takes in what this machine's kernel told; the newest about each thing
    /// counts.
    pub(crate) fn looked_up(&mut self, claim: Claim) {
        self.looked_up
            .retain(|known| !known.observation.is_about_the_same(&claim.observation));
        self.looked_up.push(claim);
    }

    /// The invitation was answered: the first frame is counted from here.
    pub(crate) fn answered(&mut self, now: Timestamp) {
        self.ledger.answered(now);
    }

    /// When [`Reporter::due`] may next have something.
    pub(crate) fn next_wake(&self, now: Moment) -> Option<Moment> {
        let first_check = self.first_check?;
        if self.at_once {
            return Some(now);
        }
        TELL_AT.get(self.done).map(|after| first_check + *after)
    }

    /// What to tell at `now`, if it is time and there is something new.
    pub(crate) fn due(&mut self, now: Moment) -> Option<Vec<u8>> {
        let first_check = self.first_check?;
        let mut is_time = std::mem::take(&mut self.at_once);
        while TELL_AT
            .get(self.done)
            .is_some_and(|after| first_check + *after <= now)
        {
            self.done += 1;
            is_time = true;
        }
        is_time.then(|| self.everything()).flatten()
    }

    /// What was told was not taken: it is told again at the next time.
    pub(crate) fn tell_again(&mut self) {
        self.told.clear();
    }

    /// Everything seen so far, unless it was told already.
    pub(crate) fn everything(&mut self) -> Option<Vec<u8>> {
        let mut claims = self.ledger.claims();
        let networks = self.networks(&claims);
        claims.extend(networks);
        claims.extend(self.looked_up.iter().cloned());
        if claims == self.told {
            return None;
        }
        let body = serde_json::to_vec(&json!({ "claims": claims })).ok();
        self.told = claims;
        body
    }

    /// The networks in which the path's own addresses lie.
    fn networks(&self, claims: &[Claim]) -> Vec<Claim> {
        let is_used = |claim: &&Claim, interface: &Interface| {
            let Observation::Candidate {
                own: true,
                kind: CandidateKind::Host,
                address,
                ..
            } = &claim.observation
            else {
                return false;
            };
            address.ip() == interface.address
        };
        let claim = |interface: &Interface| {
            let used = claims.iter().find(|claim| is_used(claim, interface))?;
            Some(Claim {
                at: used.at,
                observation: Observation::Interface {
                    address: interface.address.into(),
                    prefix: interface.prefix,
                    device: String::new(),
                    kind: hopsight_evidence::LinkKind::Unknown,
                    hardware: None,
                },
            })
        };
        self.interfaces.iter().filter_map(claim).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::{Pair, Via};

    #[test]
    fn unanswered_checks_are_told_at_their_times_and_only_when_new() {
        let mut reporter = Reporter::default();
        let at = |millis| Moment::after_start(Duration::from_millis(millis));
        reporter.record(Timestamp::default(), check(1), at(100));

        assert_eq!(reporter.due(at(349)), None);
        assert!(reporter.due(at(350)).is_some());
        assert_eq!(reporter.next_wake(at(350)), Some(at(600)));
        assert_eq!(reporter.due(at(700)), None);
        reporter.record(Timestamp::default(), check(2), at(800));
        assert!(reporter.due(at(1100)).is_some());
    }

    fn check(attempt: u32) -> PathEvent {
        let pair = Pair {
            local: "10.0.0.1:1".parse().unwrap(),
            remote: "10.0.0.2:2".parse().unwrap(),
            via: Via::Direct,
        };
        PathEvent::CheckSent {
            pair,
            transaction: [1; 12],
            attempt,
            nominating: false,
        }
    }
}
