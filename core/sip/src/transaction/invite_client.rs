//! Decides the life of an INVITE at its sender (RFC 3261 section 17.1.1, with
//! the Accepted state of RFC 6026 section 7.2). Refusals are acknowledged
//! here; the ACK of a 2xx is the user's.

use super::{Effect, Reliability, Repetition, Timers, earlier};
use crate::message::{Builder, Message, Method};
use hopsight_kit::Moment;
use std::time::Duration;

/// A client transaction of INVITE.
#[derive(Clone, Debug)]
pub struct InviteClient {
    request: Message,
    reliability: Reliability,
    timers: Timers,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// Timers A and B run.
    Calling {
        again: Option<Repetition>,
        until: Moment,
    },
    /// A provisional answer came; how long it may ring is the user's.
    Proceeding,
    /// Timer D runs; copies of the refusal get the ACK again.
    Completed {
        until: Moment,
        ack: Vec<u8>,
    },
    /// Timer M runs; every further 2xx goes to the user.
    Accepted {
        until: Moment,
    },
    Terminated,
}

impl InviteClient {
    /// Sends the INVITE.
    #[must_use]
    pub fn start(
        request: Message,
        reliability: Reliability,
        timers: Timers,
        now: Moment,
    ) -> (Self, Vec<Effect>) {
        let send = Effect::Send(request.bytes().to_vec());
        let started = Self {
            request,
            reliability,
            timers,
            state: State::Calling {
                again: reliability.repetition(timers.round_trip, now),
                until: now + timers.patience(),
            },
        };
        (started, vec![send])
    }

    /// Takes a response of this transaction.
    pub fn receive(&mut self, response: Message, now: Moment) -> Vec<Effect> {
        let status = response.status().unwrap_or(0);
        match &self.state {
            State::Calling { .. } | State::Proceeding if status < 200 => {
                self.state = State::Proceeding;
                vec![Effect::Deliver(response)]
            }
            State::Calling { .. } | State::Proceeding if status < 300 => {
                self.state = State::Accepted {
                    until: now + self.timers.patience(),
                };
                vec![Effect::Deliver(response)]
            }
            State::Calling { .. } | State::Proceeding => self.refused(response, now),
            State::Completed { ack, .. } if status >= 300 => vec![Effect::Send(ack.clone())],
            State::Accepted { .. } if (200..300).contains(&status) => {
                vec![Effect::Deliver(response)]
            }
            State::Completed { .. } | State::Accepted { .. } | State::Terminated => Vec::new(),
        }
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Moment) -> Vec<Effect> {
        match &mut self.state {
            State::Calling { until, .. } if *until <= now => {
                self.state = State::Terminated;
                vec![Effect::TimedOut, Effect::Ended]
            }
            State::Calling {
                again: Some(due), ..
            } if due.at <= now => {
                // Timer A doubles without a longest pause.
                *due = due.next(Duration::MAX, now);
                vec![Effect::Send(self.request.bytes().to_vec())]
            }
            State::Completed { until, .. } | State::Accepted { until } if *until <= now => {
                self.state = State::Terminated;
                vec![Effect::Ended]
            }
            State::Calling { .. }
            | State::Proceeding
            | State::Completed { .. }
            | State::Accepted { .. }
            | State::Terminated => Vec::new(),
        }
    }

    /// When [`InviteClient::wake`] has something to do. A transaction that
    /// rings waits for its user (timer C, RFC 3261 section 16.8).
    #[must_use]
    pub fn next_wake(&self) -> Option<Moment> {
        match &self.state {
            State::Calling { again, until } => Some(earlier(*until, *again)),
            State::Completed { until, .. } | State::Accepted { until } => Some(*until),
            State::Proceeding | State::Terminated => None,
        }
    }

    /// Ends a transaction that rang for too long after its CANCEL (RFC 3261
    /// section 9.1) or whose user no longer waits (timer C).
    pub fn give_up(&mut self) -> Vec<Effect> {
        self.state = State::Terminated;
        vec![Effect::Ended]
    }

    /// The INVITE as it was sent.
    #[must_use]
    pub const fn request(&self) -> &Message {
        &self.request
    }

    /// True until a final answer came.
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        matches!(self.state, State::Calling { .. } | State::Proceeding)
    }

    fn refused(&mut self, response: Message, now: Moment) -> Vec<Effect> {
        let ack = within(&self.request, &Method::Ack, &response).into_bytes();
        let effects = vec![Effect::Send(ack.clone()), Effect::Deliver(response)];
        let wait = self.reliability.wait(TIMER_D);
        self.state = State::Completed {
            until: now + wait,
            ack,
        };
        effects
    }
}

/// At least 32 s (RFC 3261 section 17.1.1.2).
const TIMER_D: Duration = Duration::from_secs(32);

/// The CANCEL of an INVITE of ours (RFC 3261 section 9.1): send it as a request
/// of its own, and not before a provisional response came.
#[must_use]
pub fn cancel(invite: &Message) -> Message {
    within(invite, &Method::Cancel, invite)
}

/// A request on the same branch as `invite` (RFC 3261 sections 9.1 and
/// 17.1.1.3); To is that of `answered`.
fn within(invite: &Message, method: &Method, answered: &Message) -> Message {
    let via = invite.values("Via").first().copied().unwrap_or_default();
    let number = invite.cseq().map_or(0, |(number, _)| number);
    Builder::request(method, invite.request_uri().unwrap_or_default())
        .header("Via", via)
        .header("Max-Forwards", "70")
        .copy(invite, "Route")
        .copy(invite, "From")
        .copy(answered, "To")
        .copy(invite, "Call-ID")
        .header("CSeq", format!("{number} {method}"))
        .finish()
}
