//! Decides the life of an INVITE at its receiver (RFC 3261 section 17.2.1,
//! with the Accepted state of RFC 6026 section 7.1).

use super::{Effect, Reliability, Repetition, Timers, earlier};
use crate::message::{Builder, Message};
use hopsight_kit::Moment;
use std::time::Duration;

/// A server transaction of INVITE.
#[derive(Clone, Debug)]
pub struct InviteServer {
    reliability: Reliability,
    timers: Timers,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// The user is at work; at `trying_at` a 100 goes out if nothing else did.
    Proceeding {
        last: Vec<u8>,
        trying_at: Option<Moment>,
    },
    /// Timers G and H run until the ACK comes.
    Completed {
        last: Vec<u8>,
        again: Option<Repetition>,
        until: Moment,
    },
    /// Timer I runs; copies of the ACK are swallowed.
    Confirmed {
        until: Moment,
    },
    /// Timer L runs; copies of the INVITE are swallowed, further 2xx are sent.
    Accepted {
        until: Moment,
    },
    Terminated,
}

impl InviteServer {
    /// Begins when an INVITE came that belongs to no other transaction.
    #[must_use]
    pub fn start(request: &Message, reliability: Reliability, timers: Timers, now: Moment) -> Self {
        let trying = Builder::response_to(request, 100, "Trying").finish();
        Self {
            reliability,
            timers,
            state: State::Proceeding {
                last: trying.into_bytes(),
                trying_at: Some(now + PATIENCE_FOR_100),
            },
        }
    }

    /// Takes a copy of the INVITE.
    pub fn receive(&mut self) -> Vec<Effect> {
        match &mut self.state {
            State::Proceeding { last, trying_at } => {
                *trying_at = None;
                vec![Effect::Send(last.clone())]
            }
            State::Completed { last, .. } => vec![Effect::Send(last.clone())],
            State::Confirmed { .. } | State::Accepted { .. } | State::Terminated => Vec::new(),
        }
    }

    /// Takes an ACK that has the branch of this INVITE.
    pub fn acknowledge(&mut self, ack: Message, now: Moment) -> Vec<Effect> {
        match &self.state {
            State::Completed { .. } => {
                let wait = self.reliability.wait(self.timers.network_clearance);
                self.state = State::Confirmed { until: now + wait };
                Vec::new()
            }
            State::Accepted { .. } => vec![Effect::Deliver(ack)],
            State::Proceeding { .. } | State::Confirmed { .. } | State::Terminated => Vec::new(),
        }
    }

    /// Sends the user's response. After a final one only further 2xx go out,
    /// and only if the first was a 2xx.
    pub fn respond(&mut self, status: u16, response: Vec<u8>, now: Moment) -> Vec<Effect> {
        let send = vec![Effect::Send(response.clone())];
        let until = now + self.timers.patience();
        self.state = match (&self.state, status) {
            (State::Proceeding { .. }, ..200) => State::Proceeding {
                last: response,
                trying_at: None,
            },
            (State::Proceeding { .. }, 200..300) => State::Accepted { until },
            (State::Proceeding { .. }, 300..) => State::Completed {
                last: response,
                again: self.reliability.repetition(self.timers.round_trip, now),
                until,
            },
            (State::Accepted { .. }, 200..300) => return send,
            (
                State::Accepted { .. }
                | State::Completed { .. }
                | State::Confirmed { .. }
                | State::Terminated,
                _,
            ) => return Vec::new(),
        };
        send
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Moment) -> Vec<Effect> {
        let longest = self.timers.longest_pause;
        match &mut self.state {
            State::Proceeding { last, trying_at } if trying_at.is_some_and(|at| at <= now) => {
                *trying_at = None;
                vec![Effect::Send(last.clone())]
            }
            State::Completed { until, .. } if *until <= now => {
                self.state = State::Terminated;
                vec![Effect::TimedOut, Effect::Ended]
            }
            State::Completed {
                last,
                again: Some(due),
                ..
            } if due.at <= now => {
                *due = due.next(longest, now);
                vec![Effect::Send(last.clone())]
            }
            State::Confirmed { until } | State::Accepted { until } if *until <= now => {
                self.state = State::Terminated;
                vec![Effect::Ended]
            }
            State::Proceeding { .. }
            | State::Completed { .. }
            | State::Confirmed { .. }
            | State::Accepted { .. }
            | State::Terminated => Vec::new(),
        }
    }

    /// When [`InviteServer::wake`] has something to do.
    #[must_use]
    pub fn next_wake(&self) -> Option<Moment> {
        match &self.state {
            State::Proceeding { trying_at, .. } => *trying_at,
            State::Completed { again, until, .. } => Some(earlier(*until, *again)),
            State::Confirmed { until } | State::Accepted { until } => Some(*until),
            State::Terminated => None,
        }
    }
}

/// RFC 3261 section 17.2.1: the user has 200 ms before a 100 goes out.
const PATIENCE_FOR_100: Duration = Duration::from_millis(200);
