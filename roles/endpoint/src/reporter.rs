//! Decides when an endpoint tells the front end what it saw of a path: a few
//! times while checks go unanswered, and whenever something decisive is known.

use hopsight_evidence::{Claim, DtlsStep, IcmpKind, Ledger, Observation, PathEvent};
use hopsight_kit::{Moment, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

/// After the first check, at these times; the seventh lies behind the slowest
/// error that a network gives (a neighbour that does not answer, 3.07 s), the
/// rest tells how pictures fare.
const TELL_AT: [Duration; 9] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_millis(800),
    Duration::from_millis(1000),
    Duration::from_millis(1700),
    Duration::from_millis(2300),
    Duration::from_millis(3300),
    Duration::from_millis(6000),
    Duration::from_millis(12_000),
];

/// What comes together is told together.
const GATHER: Duration = Duration::from_millis(20);
/// Answers to a round of probes have come when nothing more came for so long.
const ROUND_OVER: Duration = Duration::from_millis(80);
/// A run at any pace, or one of several sizes, is over when none of its datagrams
/// left or came for so long, also where most of them are lost.
const RUN_OVER: Duration = Duration::from_millis(250);
/// So often something is told out of turn; the server takes 200 messages.
const MOST_URGENT: u32 = 60;
/// Kinds of errors that are told at once.
const MOST_ERRORS: usize = 16;

/// What one end saw of one session's path, and what of it has been told.
#[derive(Debug, Default)]
pub(crate) struct Reporter {
    ledger: Ledger,
    first_check: Option<Moment>,
    done: usize,
    at_once: Option<Moment>,
    round_over: Option<Moment>,
    run_over: Option<Moment>,
    urgent: u32,
    errors: BTreeSet<(IpAddr, IpAddr, IcmpKind)>,
    told: Vec<Claim>,
    observed: Vec<Claim>,
}

impl Reporter {
    /// Takes in what the tap saw.
    pub(crate) fn record(&mut self, seen_at: Timestamp, event: PathEvent, now: Moment) {
        if let PathEvent::CheckSent { .. } = event {
            self.first_check.get_or_insert(now);
        }
        if self.is_decisive(&event) {
            self.at_once.get_or_insert(now + GATHER);
        }
        if is_of_a_round(&event) {
            self.round_over = Some(now + ROUND_OVER);
        }
        if is_of_a_run(&event) {
            self.run_over = Some(now + RUN_OVER);
        }
        self.ledger.record(seen_at, event);
    }

    /// Takes in what is no event of the path; the newest about each thing
    /// counts.
    pub(crate) fn observed(&mut self, claim: Claim, now: Moment) {
        let same = |known: &Claim| known.observation.is_about_the_same(&claim.observation);
        if self
            .observed
            .iter()
            .any(|known| same(known) && known.observation == claim.observation)
        {
            return;
        }
        self.observed.retain(|known| !same(known));
        if is_decisive(&claim.observation) {
            self.at_once.get_or_insert(now + GATHER);
        }
        self.observed.push(claim);
    }

    /// The invitation was answered: the first frame is counted from here.
    pub(crate) fn answered(&mut self, now: Timestamp) {
        self.ledger.answered(now);
    }

    /// When [`Reporter::due`] may next have something.
    pub(crate) fn next_wake(&self) -> Option<Moment> {
        let first_check = self.first_check;
        let next = TELL_AT.get(self.done);
        let next = first_check.zip(next).map(|(first, after)| first + *after);
        let rounds = self.round_over.into_iter().chain(self.run_over);
        let urgent = self.at_once.into_iter().chain(rounds);
        let urgent = urgent.filter(|_| self.urgent < MOST_URGENT);
        urgent.chain(next).min()
    }

    /// What to tell at `now`, if it is time and there is something new.
    pub(crate) fn due(&mut self, now: Moment) -> Option<Vec<u8>> {
        if self.next_wake().is_none_or(|wake| wake > now) {
            return None;
        }
        let is_urgent = [&mut self.at_once, &mut self.round_over, &mut self.run_over]
            .into_iter()
            .filter_map(|due| due.take_if(|due| *due <= now))
            .count()
            > 0;
        self.urgent += u32::from(is_urgent);
        let since = now.since(self.first_check.unwrap_or(now));
        let passed = TELL_AT.iter().take_while(|after| **after <= since);
        self.done = self.done.max(passed.count());
        self.everything()
    }

    /// What was told was not taken: it is told again at the next time.
    pub(crate) fn tell_again(&mut self) {
        self.told.clear();
    }

    /// Everything seen so far, unless it was told already. Of a run only what came
    /// of all of it: half of one counts what is still on its way as lost.
    pub(crate) fn everything(&mut self) -> Option<Vec<u8>> {
        let mut claims = self.ledger.claims();
        if self.run_over.is_some() {
            claims.retain(|claim| !tells_of_a_run(&claim.observation));
        }
        claims.extend(self.observed.iter().cloned());
        if claims == self.told {
            return None;
        }
        let body = serde_json::to_vec(&json!({ "claims": claims })).ok();
        self.told = claims;
        body
    }

    /// Whether this alone may explain what is wrong, or ends the question. An
    /// error that repeats itself says nothing new.
    fn is_decisive(&mut self, event: &PathEvent) -> bool {
        if let PathEvent::IcmpError {
            destination,
            offender,
            kind,
            ..
        } = event
        {
            return *kind != IcmpKind::TimeExceeded
                && self.errors.len() < MOST_ERRORS
                && self.errors.insert((destination.ip(), *offender, *kind));
        }
        matches!(
            event,
            PathEvent::Nominated { .. }
                | PathEvent::FirstFrame
                | PathEvent::FlowStopped { .. }
                | PathEvent::CandidateUnresolved { .. }
                | PathEvent::Dtls {
                    step: DtlsStep::Failed
                }
        )
    }
}

const fn is_of_a_round(event: &PathEvent) -> bool {
    matches!(
        event,
        PathEvent::ProbeSent { .. }
            | PathEvent::LargeProbeSent { .. }
            | PathEvent::ProbeArrived { .. }
    )
}

const fn is_of_a_run(event: &PathEvent) -> bool {
    matches!(
        event,
        PathEvent::RunSent { .. }
            | PathEvent::RunArrived { .. }
            | PathEvent::SizeSent { .. }
            | PathEvent::SizeArrived { .. }
    )
}

const fn tells_of_a_run(observation: &Observation) -> bool {
    matches!(
        observation,
        Observation::RunSent { .. }
            | Observation::RunArrived { .. }
            | Observation::SizesSent { .. }
            | Observation::SizesArrived { .. }
    )
}

const fn is_decisive(observation: &Observation) -> bool {
    matches!(
        observation,
        Observation::TcpConnect { .. } | Observation::TcpTrace { .. } | Observation::Capture { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::{CaptureState, Pace, Pair, TcpOutcome, Via};

    #[test]
    fn unanswered_checks_are_told_at_their_times_and_only_when_new() {
        let mut reporter = Reporter::default();
        reporter.record(Timestamp::default(), check(1), at(100));

        assert_eq!(reporter.due(at(349)), None);
        assert!(reporter.due(at(350)).is_some());
        assert_eq!(reporter.next_wake(), Some(at(600)));
        assert_eq!(reporter.due(at(700)), None);
        reporter.record(Timestamp::default(), check(2), at(800));
        assert!(reporter.due(at(1100)).is_some());
    }

    #[test]
    fn what_decides_is_told_at_once_and_a_round_of_probes_when_it_is_over() {
        let mut reporter = Reporter::default();
        reporter.record(Timestamp::default(), check(1), at(0));
        assert!(reporter.due(at(250)).is_some());
        let connect = Observation::TcpConnect {
            destination: pair().remote,
            outcome: TcpOutcome::Silent,
            after_ms: 400,
        };
        reporter.observed(claim(connect), at(260));
        assert_eq!(reporter.next_wake(), Some(at(280)));
        assert!(reporter.due(at(280)).is_some());
        for ttl in 1..=3 {
            reporter.record(Timestamp::default(), probe(ttl), at(300 + u64::from(ttl)));
        }
        assert_eq!(reporter.next_wake(), Some(at(383)));
        assert!(reporter.due(at(383)).is_some());
    }

    #[test]
    fn a_run_is_told_when_it_is_over_and_never_in_part() {
        let mut reporter = Reporter::default();
        let run = || PathEvent::RunArrived {
            pair: pair(),
            pace: Pace::Slow,
        };
        reporter.record(Timestamp::default(), check(1), at(0));
        reporter.record(Timestamp::default(), run(), at(240));
        let early = reporter.due(at(250)).unwrap();
        reporter.record(Timestamp::default(), run(), at(300));
        assert_eq!(reporter.next_wake(), Some(at(500)));
        assert_eq!(reporter.due(at(500)), None);
        let whole = reporter.due(at(550)).unwrap();

        let tells = |body: Vec<u8>| String::from_utf8(body).unwrap().contains("run-arrived");
        assert_eq!([early, whole].map(tells), [false, true]);
    }

    #[test]
    fn sizes_are_told_when_all_had_their_time_to_arrive() {
        let mut reporter = Reporter::default();
        let size = |size| PathEvent::SizeArrived { pair: pair(), size };
        reporter.record(Timestamp::default(), check(1), at(0));
        reporter.record(Timestamp::default(), size(576), at(240));
        let early = reporter.due(at(250)).unwrap();
        reporter.record(Timestamp::default(), size(1228), at(330));
        let whole = reporter.due(at(580)).unwrap();

        let tells = |body: Vec<u8>| String::from_utf8(body).unwrap().contains("[576,1228]");
        assert_eq!([early, whole].map(tells), [false, true]);
    }

    #[test]
    fn a_capture_that_fails_is_told_although_there_is_no_path() {
        let mut reporter = Reporter::default();
        let denied = Observation::Capture {
            state: CaptureState::Denied,
            text: "refused".to_owned(),
        };
        reporter.observed(claim(denied.clone()), at(50));

        assert!(reporter.due(at(70)).is_some());
        reporter.observed(claim(denied), at(100));
        assert_eq!(reporter.next_wake(), None);
    }

    #[test]
    fn an_error_that_repeats_itself_is_not_told_out_of_turn_again() {
        let mut reporter = Reporter::default();
        let error = PathEvent::IcmpError {
            destination: pair().remote,
            offender: pair().remote.ip(),
            kind: IcmpKind::PortUnreachable,
            mtu: None,
            transaction: None,
        };
        reporter.record(Timestamp::default(), error.clone(), at(0));
        assert!(reporter.due(at(20)).is_some());
        reporter.record(Timestamp::default(), error, at(50));

        assert_eq!(reporter.next_wake(), None);
    }

    fn at(millis: u64) -> Moment {
        Moment::after_start(Duration::from_millis(millis))
    }

    fn claim(observation: Observation) -> Claim {
        Claim {
            at: Timestamp::default(),
            observation,
        }
    }

    fn probe(ttl: u8) -> PathEvent {
        PathEvent::ProbeSent {
            pair: pair(),
            transaction: [ttl; 12],
            ttl,
        }
    }

    fn pair() -> Pair {
        Pair {
            local: "10.0.0.1:1".parse().unwrap(),
            remote: "10.0.0.2:2".parse().unwrap(),
            via: Via::Direct,
        }
    }

    fn check(attempt: u32) -> PathEvent {
        PathEvent::CheckSent {
            pair: pair(),
            transaction: [1; 12],
            attempt,
            nominating: false,
        }
    }
}
