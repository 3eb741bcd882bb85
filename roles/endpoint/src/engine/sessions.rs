//! Carries out what the session's state machine says: invitations, consent,
//! answers, goodbyes; and tells it what became of them.

use super::signalling::FRAGMENT;
use super::{Engine, Input};
use crate::call::{Call, CallKey};
use crate::check;
use crate::error::EndpointError;
use crate::event::{End, What};
use crate::prepare::Prepared;
use crate::sentence::{name_in, reason_header};
use crate::settings::Question;
use hopsight_evidence::{Claim, Observation, Side, SignallingRequest};
use hopsight_net::Entropy;
use hopsight_path::{NegotiateError, PathHandle};
use hopsight_session::endpoint::{
    Action, EndReason, Endpoint as Machine, Event, State, VerifiedIdentity,
};
use hopsight_sip::server::{Role, SessionPurpose};
use hopsight_sip::user_agent::Invitation;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use tokio::sync::oneshot;

impl Engine {
    pub(super) fn add(&mut self, call: Call) -> CallKey {
        self.running.last_key += 1;
        let key = CallKey(self.running.last_key);
        self.running.calls.insert(key, call);
        if let Some(answer) = self.running.signed_in.clone() {
            self.observed(key, answer);
        }
        self.look_around(key);
        key
    }

    /// Begins a session with `uri`.
    pub(super) fn invite(&mut self, role: Side, uri: &str) {
        let (machine, actions) = Machine::inviting(role, uri);
        let mut call = Call::new(machine, name_in(uri));
        call.invited = Some(uri.to_owned());
        let key = self.add(call);
        self.act(key, actions);
    }

    /// Something happened to a session.
    pub(super) fn happened(&mut self, key: CallKey, event: Event) {
        if let Some(call) = self.running.calls.get_mut(&key) {
            let actions = call.machine.handle(event);
            self.act(key, actions);
        }
    }

    pub(super) fn act(&mut self, key: CallKey, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Invite | Action::Accept => self.prepare(key),
                Action::AskConsent(identity) => self.ask(key, identity),
                Action::Reject { status, reason } => self.reject(key, status, reason),
                Action::Cancel => self.take_back(key),
                Action::StartMedia(side) => self.start_media(key, side),
                Action::EndMedia => self.end_media(key),
                Action::Bye { text } => self.say_goodbye(key, &text),
            }
        }
        let call = self.running.calls.get(&key);
        if call.is_some_and(|call| matches!(call.machine.state(), State::Ended(_))) {
            self.over(key);
        }
    }

    /// Asks the person at this machine. Whoever cannot be asked says no.
    fn ask(&mut self, key: CallKey, with: VerifiedIdentity) {
        let inbox = self.inbox_sender.clone();
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let Some(session) = call.session.clone() else {
            return;
        };
        let (answer, answered) = oneshot::channel();
        let question = Question {
            session,
            with,
            role: call.machine.role(),
            answer,
        };
        call.tasks.spawn(async move {
            let yes = answered.await.unwrap_or(false);
            // Nobody listens when the endpoint has ended meanwhile.
            drop(inbox.send(Input::Consent(key, yes)).await);
        });
        if self.questions.try_send(question).is_err() {
            tracing::warn!("nobody is there to be asked; the invitation is declined");
        }
    }

    pub(super) fn consent(&mut self, key: CallKey, yes: bool) {
        let event = if yes {
            Event::ConsentGiven
        } else {
            Event::ConsentRefused
        };
        self.happened(key, event);
    }

    fn prepare(&mut self, key: CallKey) {
        let workshop = Arc::clone(&self.workshop);
        let inbox = self.inbox_sender.clone();
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let role = call.machine.role();
        let purpose = if call.machine.is_check() {
            SessionPurpose::Check
        } else {
            SessionPurpose::Share
        };
        let (invited, session) = (call.invited.clone(), call.session.clone());
        let offer = std::mem::take(&mut call.offer);
        call.tasks.spawn(async move {
            let prepared = match (invited, session) {
                (Some(uri), _) => workshop.offer(&uri, role, purpose).await,
                (None, Some(session)) => workshop.answer(session, &offer, role, purpose).await,
                (None, None) => return,
            };
            // Nobody listens when the endpoint has ended meanwhile.
            drop(inbox.send(Input::Prepared(key, Box::new(prepared))).await);
        });
    }

    pub(super) fn prepared(&mut self, key: CallKey, prepared: Prepared) {
        let inbox = self.inbox_sender.clone();
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let Prepared {
            session,
            path,
            mut outputs,
            sdp,
            relay,
        } = prepared;
        call.session = Some(session);
        call.path = Some(Arc::new(path));
        let early = std::mem::take(&mut call.early);
        call.tasks.spawn(async move {
            while let Some(output) = outputs.recv().await {
                if inbox.send(Input::Path(key, output)).await.is_err() {
                    return;
                }
            }
        });
        if let Some(answer) = relay {
            self.observed(key, answer);
        }
        for fragment in early {
            self.candidates(key, fragment);
        }
        self.send_description(key, sdp);
    }

    /// The SDP leaves: in an invitation, or in the answer to one.
    fn send_description(&mut self, key: CallKey, sdp: String) {
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        if let Some(handle) = call.handle {
            self.sip(|agent, now, random| agent.accept(handle, &sdp, now, random));
            return self.answered(key);
        }
        let invitation = Invitation {
            to: call.invited.clone().unwrap_or_default(),
            session: call.session.clone(),
            role: match call.machine.role() {
                Side::Sharer => Role::Sharer,
                Side::Viewer => Role::Viewer,
            },
            purpose: if call.machine.is_check() {
                SessionPurpose::Check
            } else {
                SessionPurpose::Share
            },
            sdp,
        };
        let now = self.clock.now();
        let (handle, outputs) = self.agent.invite(&invitation, now, &mut Entropy);
        call.handle = Some(handle);
        self.carry_out(outputs);
    }

    pub(super) fn not_prepared(&mut self, key: CallKey, error: EndpointError) {
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        call.note = Some((End::Failed, error.to_string()));
        if let Some(handle) = call.handle {
            tracing::warn!(%error, "an invitation could not be accepted");
            let is_unfit = matches!(
                error,
                EndpointError::Negotiate(NegotiateError::Description { .. })
            );
            let (status, reason) = if is_unfit {
                (488, "Not Acceptable Here")
            } else {
                (500, "No Path Could Be Opened")
            };
            self.sip(|agent, now, random| agent.reject(handle, status, reason, now, random));
            return self.happened(key, Event::Stopped);
        }
        self.end(Err(error));
        self.happened(key, Event::Stopped);
    }

    /// Both ends agreed.
    pub(super) fn answered(&mut self, key: CallKey) {
        let (now, wall) = (self.clock.now(), self.clock.wall());
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        call.answered = Some(now);
        call.reporter.answered(wall);
        let with = call.other.clone();
        let session = call.session.clone();
        if let Some(session) = session.filter(|_| !self.is_silent(key)) {
            self.tell(What::Answered { session, with });
        }
    }

    pub(super) fn take_answer(&mut self, key: CallKey, sdp: String) {
        let inbox = self.inbox_sender.clone();
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let Some(path) = call.path.clone() else {
            return;
        };
        call.tasks.spawn(async move {
            let outcome = path.accept_answer(&sdp).await;
            // Nobody listens when the endpoint has ended meanwhile.
            drop(inbox.send(Input::Negotiated(key, outcome)).await);
        });
    }

    pub(super) fn negotiated(&mut self, key: CallKey, outcome: Result<(), NegotiateError>) {
        if let Err(error) = outcome {
            self.path_lost(key, error.to_string());
        }
    }

    /// The other end told candidates.
    pub(super) fn candidates(&mut self, key: CallKey, fragment: String) {
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let Some(path) = call.path.clone() else {
            if call.early.len() < MOST_EARLY {
                call.early.push(fragment);
            }
            return;
        };
        call.tasks.spawn(async move {
            // A path that is closed needs no candidates.
            drop(path.add_candidates(&fragment).await);
        });
    }

    /// This end found candidates.
    pub(super) fn trickle(&mut self, key: CallKey, fragment: &str) {
        let handle = self.running.calls.get(&key).and_then(|call| call.handle);
        if let Some(handle) = handle {
            self.sip(|agent, now, random| {
                agent.info(handle, FRAGMENT, fragment.as_bytes(), now, random)
            });
        }
    }

    pub(super) fn path_lost(&mut self, key: CallKey, reason: String) {
        self.happened(key, Event::PathLost { reason });
    }

    fn reject(&mut self, key: CallKey, status: u16, reason: &str) {
        let handle = self.running.calls.get(&key).and_then(|call| call.handle);
        if let Some(handle) = handle {
            self.sip(|agent, now, random| agent.reject(handle, status, reason, now, random));
        }
    }

    fn take_back(&mut self, key: CallKey) {
        let handle = self.running.calls.get(&key).and_then(|call| call.handle);
        if let Some(handle) = handle {
            self.running.taken_back.insert(handle);
            self.say_goodbye(key, "taken back");
        }
    }

    fn say_goodbye(&mut self, key: CallKey, text: &str) {
        let handle = self.running.calls.get(&key).and_then(|call| call.handle);
        if let Some(handle) = handle {
            let reason = reason_header(text);
            self.sip(|agent, now, random| agent.hang_up(handle, &reason, now, random));
        }
    }

    /// Stops the path in this very step; its sockets follow.
    pub(super) fn close(&mut self, path: Arc<PathHandle>) {
        let mut closing: Pin<Box<dyn Future<Output = ()> + Send>> =
            Box::pin(async move { path.close().await });
        let mut nobody = Context::from_waker(Waker::noop());
        if closing.as_mut().poll(&mut nobody).is_pending() {
            self.running.closing.spawn(closing);
        }
    }

    /// A no that no person gave has a cause, which no path can show.
    fn explain_refusal(&self, call: &mut Call) {
        let State::Ended(EndReason::Refused { status, reason }) = call.machine.state() else {
            return;
        };
        if PERSONAL.contains(status) {
            return;
        }
        let answer = Observation::SignallingAnswer {
            request: SignallingRequest::Invite,
            status: *status,
            reason: reason.clone(),
        };
        let names = (self.workshop.account.name.as_str(), call.other.as_str());
        let side = call.machine.role();
        for verdict in check::explain_refusal(answer.clone(), names, side, self.clock) {
            let verdict = serde_json::to_value(&verdict).unwrap_or_default();
            let session = call.session.clone();
            self.tell(What::Verdict { session, verdict });
        }
        let at = self.clock.wall();
        let observation = answer;
        call.reporter
            .observed(Claim { at, observation }, self.clock.now());
    }

    /// A session is over: its path closes, what was seen of it is told.
    fn over(&mut self, key: CallKey) {
        self.count_pictures(key);
        self.end_media(key);
        let Some(mut call) = self.running.calls.remove(&key) else {
            return;
        };
        self.explain_refusal(&mut call);
        if let Some((session, facts)) = call.session.as_ref().zip(call.reporter.everything()) {
            self.send_facts(key, session, &facts);
        }
        let has_failed = call.answered.is_some() && !call.is_connected;
        self.running.awaits_verdict |= has_failed && !call.has_verdict;
        if call.is_of_others() {
            return;
        }
        if let State::Ended(reason) = call.machine.state() {
            let (end, reason) = call.ending(reason);
            let session = call.session.clone();
            self.running.is_end_told = true;
            self.tell(What::Ended {
                session,
                end,
                reason,
            });
        }
        self.after_call(call.answered.is_some());
    }
}

/// What a person's own answer is to an invitation, or nobody's fault: busy,
/// taken back, not answered, declined.
const PERSONAL: [u16; 4] = [408, 486, 487, 603];

/// So many bodies with candidates are kept while the person is being asked.
const MOST_EARLY: usize = 64;
