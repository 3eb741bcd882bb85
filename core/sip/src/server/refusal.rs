//! Decides how a fork that nobody accepted ends: the best refusal goes back,
//! and is recorded when a session was to begin (RFC 3261, section 16.7, steps
//! 6 to 8).

use super::branch::reason_phrase;
use super::fork::{Fork, Outcome, Standing};
use super::reply::Arrival;
use super::sessions::Naming;
use super::{Round, Server, SessionEvent};
use crate::message::{Message, Method};
use crate::transaction::ClientKey;

/// The refusal that goes back to the caller.
pub(super) struct Refusal {
    status: u16,
    reason: String,
    branch: Option<ClientKey>,
    response: Option<Message>,
}

impl Server {
    /// Refuses a request that reaches nobody. An invitation that names a
    /// session is on record as refused before the caller is told.
    pub(super) fn refuse(
        &mut self,
        arrival: &Arrival,
        status: u16,
        reason: &str,
        round: &mut Round<'_>,
    ) {
        let is_invite = arrival.request.method() == Some(&Method::Invite);
        let naming = Naming::of(&arrival.request).filter(|_| is_invite);
        let caller = arrival.by.clone();
        let Some((naming, caller)) = naming.zip(caller) else {
            return self.reply(arrival, status, reason, round);
        };
        let then = self.apart(round, |server, round| {
            server.reply(arrival, status, reason, round);
        });
        let event = SessionEvent::Refused {
            session: naming.session,
            caller,
            status,
        };
        self.record(event, then.clone(), then, round);
    }

    /// Sends the best refusal back when there is nothing to wait for.
    pub(super) fn conclude(&mut self, number: u64, round: &mut Round<'_>) {
        let Some(fork) = self.forks.get_mut(number) else {
            return;
        };
        if !fork.is_open() {
            return;
        }
        let was_cancelled = fork.standing == Standing::Cancelled;
        let Some(refusal) = fork.refusal(was_cancelled) else {
            return;
        };
        fork.standing = Standing::Refused;
        let begins_session = fork.begins_session;
        if !begins_session {
            return self.send_refusal(number, &refusal, round);
        }
        let then = self.apart(round, |server, round| {
            server.send_refusal(number, &refusal, round)
        });
        let Some(event) = self.refusal_event(number, &refusal) else {
            round.actions.extend(then);
            return;
        };
        self.record(event, then.clone(), then, round);
    }

    fn refusal_event(&mut self, number: u64, refusal: &Refusal) -> Option<SessionEvent> {
        let arrival = &self.forks.get(number)?.arrival;
        let call_id = arrival.request.call_id()?.to_owned();
        let caller = arrival.by.as_ref().map(|caller| caller.uri.clone());
        let caller = caller.or_else(|| Some(arrival.request.from()?.uri().address_of_record()))?;
        let observed = self.sessions.of(&call_id, &caller)?.clone();
        self.sessions.forget(&call_id);
        Some(SessionEvent::Refused {
            session: observed.session,
            caller: observed.caller,
            status: refusal.status,
        })
    }

    fn send_refusal(&mut self, number: u64, refusal: &Refusal, round: &mut Round<'_>) {
        let Some(fork) = self.forks.get(number) else {
            return;
        };
        match (&refusal.branch, &refusal.response) {
            (Some(key), Some(response)) if refusal.status != 503 => {
                self.send_back(number, &key.clone(), &response.clone(), round);
            }
            // RFC 4320, section 4.2: no 408 to anything but INVITE.
            (_, None) if refusal.status == 408 && !fork.is_invite() => {}
            _ => {
                let status = if refusal.status == 503 {
                    500
                } else {
                    refusal.status
                };
                let arrival = fork.arrival.clone();
                self.reply(&arrival, status, &refusal.reason, round);
            }
        }
    }
}

impl Fork {
    fn refusal(&self, was_cancelled: bool) -> Option<Refusal> {
        if self.branches.is_empty() {
            return Some(Refusal::found(480, "Not Reachable"));
        }
        let best = self.best()?;
        if was_cancelled {
            return Some(Refusal::found(487, "Request Terminated"));
        }
        match best.outcome()? {
            Outcome::Found(status, reason) => Some(Refusal::found(*status, reason)),
            Outcome::Received(response) => Some(Refusal {
                status: response.status().unwrap_or(500),
                reason: reason_phrase(response),
                branch: Some(best.client.clone()),
                response: Some(response.as_ref().clone()),
            }),
        }
    }
}

impl Refusal {
    fn found(status: u16, reason: &str) -> Self {
        Self {
            status,
            reason: reason.to_owned(),
            branch: None,
            response: None,
        }
    }
}
