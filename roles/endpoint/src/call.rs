//! What an endpoint knows of one call: the session's state, its path, what was
//! seen of the path, how the picture fares, and until when it waits for what.

use crate::event::{End, What};
use crate::reporter::Reporter;
use hopsight_diagnosis::ProbePlan;
use hopsight_evidence::{Observation, Side};
use hopsight_kit::{Moment, SessionId};
use hopsight_path::PathHandle;
use hopsight_session::endpoint::{EndReason, Endpoint as Machine};
use hopsight_sip::user_agent::CallHandle;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Without a path after this time the session is given up.
const PATH_WITHIN: Duration = Duration::from_secs(20);

/// A closed path waits so long for the BYE that says why.
const BYE_WITHIN: Duration = Duration::from_secs(1);

/// How often it is told how the picture fares.
const STATS_EVERY: Duration = Duration::from_secs(1);

/// Names a call within its endpoint, before the user agent knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallKey(pub(crate) u64);

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) machine: Machine,
    /// The other end's name, as far as it is known.
    pub(crate) other: String,
    /// The other end's address, when this end invites.
    pub(crate) invited: Option<String>,
    pub(crate) handle: Option<CallHandle>,
    pub(crate) session: Option<SessionId>,
    /// The SDP offer of the other end, when that invites.
    pub(crate) offer: String,
    /// Candidates that came before there was a path to take them.
    pub(crate) early: Vec<String>,
    pub(crate) path: Option<Arc<PathHandle>>,
    pub(crate) reporter: Reporter,
    pub(crate) plan: ProbePlan,
    pub(crate) answered: Option<Moment>,
    pub(crate) is_connected: bool,
    /// Since when the path is direct.
    pub(crate) direct_since: Option<Moment>,
    /// Both ends agreed and nobody has stopped it.
    pub(crate) may_flow: bool,
    pub(crate) has_picture: bool,
    /// A picture was left out: only one that needs no earlier one may follow.
    pub(crate) needs_key: bool,
    pub(crate) bitrate: Option<u64>,
    pub(crate) has_verdict: bool,
    /// Why the path closed, and until when a BYE is waited for.
    pub(crate) gone: Option<(Moment, String)>,
    /// What is told of the end instead of the session's own reason.
    pub(crate) note: Option<(End, String)>,
    pub(crate) counted: Counted,
    pub(crate) tally: Tally,
    /// What is done for this call; ends with it.
    pub(crate) tasks: JoinSet<()>,
}

/// How the picture fares.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) bytes: u64,
    frames: u64,
    size: (usize, usize),
    counter: Option<u32>,
    due: Option<Moment>,
    told: Option<Moment>,
}

/// What became of pictures so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) captured: u64,
    pub(crate) encoded: u64,
    pub(crate) sent_packets: u64,
    pub(crate) received_packets: u64,
    pub(crate) received: u64,
    pub(crate) decoded: u64,
    pub(crate) is_uniform: bool,
}

impl Tally {
    /// As a fact; nothing before there was anything.
    pub(crate) fn observation(&self) -> Option<Observation> {
        (*self != Self::default()).then_some(Observation::Pictures {
            captured: self.captured,
            encoded: self.encoded,
            sent_packets: self.sent_packets,
            received_packets: self.received_packets,
            received: self.received,
            decoded: self.decoded,
            uniform: self.is_uniform,
        })
    }
}

impl Call {
    pub(crate) fn new(machine: Machine, other: String) -> Self {
        Self {
            machine,
            other,
            invited: None,
            handle: None,
            session: None,
            offer: String::new(),
            early: Vec::new(),
            path: None,
            plan: ProbePlan::default(),
            reporter: Reporter::default(),
            answered: None,
            is_connected: false,
            direct_since: None,
            may_flow: false,
            has_picture: false,
            needs_key: true,
            bitrate: None,
            has_verdict: false,
            gone: None,
            note: None,
            counted: Counted::default(),
            tally: Tally::default(),
            tasks: JoinSet::new(),
        }
    }

    /// Whether this call shows this end's desktop right now.
    pub(crate) fn is_watched(&self) -> bool {
        self.machine.role() == Side::Sharer && self.may_flow && self.is_connected
    }

    /// The path is over; if the other end stopped, its BYE is on the way.
    pub(crate) fn path_closed(&mut self, reason: String, now: Moment) {
        self.gone.get_or_insert((now + BYE_WITHIN, reason));
    }

    /// Why there is no use in waiting any longer, if there is none.
    pub(crate) fn given_up(&self, now: Moment) -> Option<String> {
        if let Some((until, reason)) = &self.gone {
            return (*until <= now).then(|| reason.clone());
        }
        let until = self.path_deadline()?;
        (until <= now).then(|| {
            format!(
                "no path between the two machines was found within {} s",
                PATH_WITHIN.as_secs()
            )
        })
    }

    /// When something is due for this call.
    pub(crate) fn next_wake(&self) -> Option<Moment> {
        let gone = self.gone.as_ref().map(|(until, _)| *until);
        gone.into_iter()
            .chain(self.path_deadline())
            .chain(self.reporter.next_wake())
            .chain(self.plan.next_wake())
            .chain(self.counted.due)
            .chain(self.check_until())
            .min()
    }

    /// How it ended, as a word and a sentence.
    pub(crate) fn ending(&self, reason: &EndReason) -> (End, String) {
        let note = self.note.clone();
        note.unwrap_or_else(|| crate::sentence::ending(reason, &self.other))
    }

    fn path_deadline(&self) -> Option<Moment> {
        let answered = self.answered.filter(|_| !self.is_connected)?;
        Some(answered + PATH_WITHIN)
    }
}

impl Counted {
    /// One more picture.
    pub(crate) fn picture(&mut self, size: (usize, usize), counter: Option<u32>, now: Moment) {
        self.frames += 1;
        self.size = size;
        self.counter = counter;
        let from = self.told.unwrap_or(now);
        self.due.get_or_insert((from + STATS_EVERY).max(now));
    }

    /// What is to be told of `session` at `now`, if it is time.
    pub(crate) fn due(&mut self, session: &SessionId, now: Moment) -> Option<What> {
        self.due.take_if(|due| *due <= now)?;
        self.told = Some(now);
        Some(What::Stats {
            session: session.clone(),
            frames: self.frames,
            bytes: self.bytes,
            size: self.size,
            counter: self.counter,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_twenty_seconds_and_its_end_one_for_a_goodbye() {
        let mut call = call();
        call.answered = Some(at(0));
        assert_eq!(call.given_up(at(19_999)), None);
        assert!(call.given_up(at(20_000)).is_some());

        call.is_connected = true;
        assert_eq!(call.given_up(at(20_000)), None);
        call.path_closed("gone".into(), at(30_000));
        assert_eq!(call.next_wake(), Some(at(31_000)));
        assert_eq!(call.given_up(at(31_000)), Some("gone".into()));
    }

    #[test]
    fn stats_are_told_once_a_second_and_not_without_pictures() {
        let session: SessionId = SESSION.parse().unwrap();
        let mut counted = Counted::default();
        let due: Vec<bool> = (0..30)
            .map(|step| {
                counted.picture((2, 2), None, at(step * 100));
                counted.due(&session, at(step * 100)).is_some()
            })
            .collect();

        let times: Vec<usize> = (0..30).filter(|step| due[*step]).collect();
        assert_eq!(times, [10, 20]);
        assert!(counted.due(&session, at(3000)).is_some());
        assert_eq!(counted.due(&session, at(9000)), None);
    }

    const SESSION: &str = "01J00000000000000000000000";

    fn call() -> Call {
        let (machine, _) = Machine::inviting(Side::Viewer, "sip:desk2@example.org");
        Call::new(machine, "desk2".into())
    }

    fn at(millis: u64) -> Moment {
        Moment::after_start(Duration::from_millis(millis))
    }
}
