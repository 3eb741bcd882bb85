//! Decides how an endpoint leaves: what it still says, what it still waits for,
//! and no longer than a moment.

use super::Engine;
use crate::error::EndpointError;
use crate::event::{End, What};
use hopsight_kit::Moment;
use hopsight_session::endpoint::Event;
use std::time::Duration;

/// So long facts, goodbyes and a last verdict may take.
const SETTLE_WITHIN: Duration = Duration::from_secs(2);

/// So long the connection may take to close.
const LEAVE_WITHIN: Duration = Duration::from_secs(1);

/// An endpoint that is about to end.
#[derive(Debug)]
pub(crate) struct Ending {
    outcome: Result<(), EndpointError>,
    until: Moment,
    is_leaving: bool,
}

impl Ending {
    pub(super) const fn until(&self) -> Moment {
        self.until
    }
}

impl Engine {
    /// Somebody stops this endpoint, or nobody holds it any more.
    pub(super) fn stop_everything(&mut self) {
        self.end(Ok(()));
    }

    /// There is nothing more to do: what still runs is stopped.
    pub(super) fn end(&mut self, outcome: Result<(), EndpointError>) {
        self.decide(outcome);
        self.stop_sessions();
    }

    /// From now on this endpoint only leaves. The first outcome counts.
    pub(super) fn decide(&mut self, outcome: Result<(), EndpointError>) {
        let until = self.clock.now() + SETTLE_WITHIN;
        self.running.ending.get_or_insert(Ending {
            outcome,
            until,
            is_leaving: false,
        });
    }

    pub(super) fn stop_sessions(&mut self) {
        for key in self.keys() {
            self.happened(key, Event::Stopped);
        }
    }

    /// How it ended, once it has.
    pub(super) fn outcome(&mut self) -> Option<Result<(), EndpointError>> {
        let now = self.clock.now();
        let is_settled = self.is_settled();
        let ending = self.running.ending.as_mut()?;
        let is_late = ending.until <= now;
        if !ending.is_leaving && (is_settled || is_late) {
            ending.is_leaving = true;
            ending.until = now + LEAVE_WITHIN;
            self.leave();
        }
        let is_open = self.running.flow.is_some();
        let ending = self
            .running
            .ending
            .take_if(|ending| ending.is_leaving && (!is_open || ending.until <= now))?;
        self.tell_the_end(&ending.outcome);
        Some(ending.outcome)
    }

    /// What was started for many sessions, or came to none, has an end of its
    /// own.
    fn tell_the_end(&self, outcome: &Result<(), EndpointError>) {
        let (end, reason) = match outcome {
            Err(error @ EndpointError::Produce(_)) => (End::CaptureLost, error.to_string()),
            Err(error) => (End::Failed, error.to_string()),
            Ok(()) => (End::Stopped, "stopped at this machine".to_owned()),
        };
        if !self.running.is_end_told || self.plan.is_for_many() {
            self.tell(What::Ended {
                session: None,
                end,
                reason,
            });
        }
    }

    fn is_settled(&self) -> bool {
        let running = &self.running;
        let is_heard = running.facts.is_empty() && running.taken_back.is_empty();
        (is_heard || running.flow.is_none())
            && running.closing.is_empty()
            && running.theatre.is_empty()
            && !running.awaits_verdict
    }

    /// Nobody shall ring here any more.
    fn leave(&mut self) {
        let link = self.running.link.as_ref().map(|link| link.uri.clone());
        let uris = link.into_iter().chain([self.uri.clone()]);
        for uri in uris {
            self.sip(|agent, now, random| agent.unregister(&uri, now, random));
        }
        if let Some(flow) = &self.running.flow {
            flow.close();
        }
    }
}
