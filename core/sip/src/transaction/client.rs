//! Decides the life of a request other than INVITE, at its sender (RFC 3261
//! section 17.1.2).

use super::{Effect, Reliability, Repetition, Timers, earlier};
use crate::message::Message;
use hopsight_kit::Moment;

/// A client transaction of any method but INVITE and ACK.
#[derive(Clone, Debug)]
pub struct Client {
    request: Vec<u8>,
    reliability: Reliability,
    timers: Timers,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Timers E and F run.
    Trying {
        again: Option<Repetition>,
        until: Moment,
    },
    /// The same, with the longest pause between repetitions.
    Proceeding {
        again: Option<Repetition>,
        until: Moment,
    },
    /// Timer K runs; late copies of the response are swallowed.
    Completed {
        until: Moment,
    },
    Terminated,
}

impl Client {
    /// Sends the request.
    #[must_use]
    pub fn start(
        request: Vec<u8>,
        reliability: Reliability,
        timers: Timers,
        now: Moment,
    ) -> (Self, Vec<Effect>) {
        let send = Effect::Send(request.clone());
        let started = Self {
            request,
            reliability,
            timers,
            state: State::Trying {
                again: reliability.repetition(timers.round_trip, now),
                until: now + timers.patience(),
            },
        };
        (started, vec![send])
    }

    /// Takes a response of this transaction.
    pub fn receive(&mut self, response: Message, now: Moment) -> Vec<Effect> {
        let is_final = response.status().is_some_and(|status| status >= 200);
        match self.state {
            State::Trying { until, .. } | State::Proceeding { until, .. } if !is_final => {
                let pause = self.timers.longest_pause;
                self.state = State::Proceeding {
                    again: self.reliability.repetition(pause, now),
                    until,
                };
                vec![Effect::Deliver(response)]
            }
            State::Trying { .. } | State::Proceeding { .. } => self.complete(response, now),
            State::Completed { .. } | State::Terminated => Vec::new(),
        }
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Moment) -> Vec<Effect> {
        let longest = self.timers.longest_pause;
        match &mut self.state {
            State::Trying { until, .. } | State::Proceeding { until, .. } if *until <= now => {
                self.state = State::Terminated;
                vec![Effect::TimedOut, Effect::Ended]
            }
            State::Trying { again, .. } | State::Proceeding { again, .. } => match again {
                Some(due) if due.at <= now => {
                    *due = due.next(longest, now);
                    vec![Effect::Send(self.request.clone())]
                }
                Some(_) | None => Vec::new(),
            },
            State::Completed { until } if *until <= now => {
                self.state = State::Terminated;
                vec![Effect::Ended]
            }
            State::Completed { .. } | State::Terminated => Vec::new(),
        }
    }

    /// When [`Client::wake`] has something to do.
    #[must_use]
    pub fn next_wake(&self) -> Option<Moment> {
        match self.state {
            State::Trying { again, until } | State::Proceeding { again, until } => {
                Some(earlier(until, again))
            }
            State::Completed { until } => Some(until),
            State::Terminated => None,
        }
    }

    /// True until a final answer came.
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        matches!(self.state, State::Trying { .. } | State::Proceeding { .. })
    }

    fn complete(&mut self, response: Message, now: Moment) -> Vec<Effect> {
        let deliver = Effect::Deliver(response);
        match self.reliability {
            Reliability::Reliable => {
                self.state = State::Terminated;
                vec![deliver, Effect::Ended]
            }
            Reliability::Unreliable => {
                let until = now + self.timers.network_clearance;
                self.state = State::Completed { until };
                vec![deliver]
            }
        }
    }
}
