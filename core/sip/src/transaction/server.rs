//! Decides the life of a request other than INVITE, at its receiver (RFC 3261
//! section 17.2.2). A final answer that comes too late is the user's to avoid:
//! RFC 4320 forbids 408 here, so nothing is sent by itself.

use super::{Effect, Reliability, Timers};
use hopsight_kit::Moment;

/// A server transaction of any method but INVITE and ACK.
#[derive(Clone, Debug)]
pub struct Server {
    reliability: Reliability,
    timers: Timers,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// Nothing was answered yet. A user that never answers must not hold the
    /// place for ever: the sender gave up long before `until`.
    Trying {
        until: Moment,
    },
    Proceeding {
        until: Moment,
        last: Vec<u8>,
    },
    /// Timer J runs; copies of the request get the same answer.
    Completed {
        until: Moment,
        last: Vec<u8>,
    },
    Terminated,
}

impl Server {
    /// Begins when a request came that belongs to no other transaction.
    #[must_use]
    pub fn start(reliability: Reliability, timers: Timers, now: Moment) -> Self {
        Self {
            reliability,
            timers,
            state: State::Trying {
                until: now + timers.patience().saturating_mul(2),
            },
        }
    }

    /// Takes a copy of the request.
    #[must_use]
    pub fn receive(&self) -> Vec<Effect> {
        match &self.state {
            State::Proceeding { last, .. } | State::Completed { last, .. } => {
                vec![Effect::Send(last.clone())]
            }
            State::Trying { .. } | State::Terminated => Vec::new(),
        }
    }

    /// Sends the user's response. A second final one is ignored.
    pub fn respond(&mut self, status: u16, response: Vec<u8>, now: Moment) -> Vec<Effect> {
        let until = match self.state {
            State::Trying { until } | State::Proceeding { until, .. } => until,
            State::Completed { .. } | State::Terminated => return Vec::new(),
        };
        let send = Effect::Send(response.clone());
        if status < 200 {
            self.state = State::Proceeding {
                until,
                last: response,
            };
            return vec![send];
        }
        match self.reliability {
            Reliability::Reliable => {
                self.state = State::Terminated;
                vec![send, Effect::Ended]
            }
            Reliability::Unreliable => {
                self.state = State::Completed {
                    until: now + self.timers.patience(),
                    last: response,
                };
                vec![send]
            }
        }
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Moment) -> Vec<Effect> {
        if self.next_wake().is_none_or(|until| until > now) {
            return Vec::new();
        }
        self.state = State::Terminated;
        vec![Effect::Ended]
    }

    /// When [`Server::wake`] has something to do.
    #[must_use]
    pub const fn next_wake(&self) -> Option<Moment> {
        match self.state {
            State::Trying { until }
            | State::Proceeding { until, .. }
            | State::Completed { until, .. } => Some(until),
            State::Terminated => None,
        }
    }
}
