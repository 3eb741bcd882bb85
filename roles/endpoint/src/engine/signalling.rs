//! What the server and the other end say, and how it is passed on.

use super::Engine;
use crate::call::{Call, CallKey};
use crate::event::What;
use crate::flow::FlowInput;
use crate::sentence::name_of;
use hopsight_evidence::{Observation, Side, SignallingRequest};
use hopsight_kit::SessionId;
use hopsight_session::endpoint::{self as session, Endpoint as Machine, State, VerifiedIdentity};
use hopsight_sip::server::{Role, SessionPurpose};
use hopsight_sip::user_agent::{CallHandle, Caller, Event};

/// More of a reason is not told.
const LONGEST_REASON: usize = 120;

/// The body type of facts.
const FACTS: &str = "application/hopsight-facts+json";

/// The body type of verdicts.
const VERDICT: &str = "application/hopsight-verdict+json";

/// The body type of trickled candidates (RFC 8840).
pub(super) const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

impl Engine {
    pub(super) fn flow(&mut self, input: FlowInput) {
        match input {
            FlowInput::Opened(sender) => {
                self.running.flow = Some(sender);
                self.sip(hopsight_sip::user_agent::UserAgent::flow_opened);
            }
            FlowInput::Received(bytes) => {
                self.sip(|agent, now, random| agent.received(&bytes, now, random));
            }
            FlowInput::Closed => {
                self.running.flow = None;
                self.agent.flow_closed();
                self.facts_are_lost();
                if self.running.ending.is_none() {
                    tracing::warn!("the connection to the server broke; connecting again");
                }
            }
            FlowInput::NotReached(error) if self.running.has_registered => {
                tracing::warn!(%error, "the server is not reached; trying again");
            }
            FlowInput::NotReached(error) => self.end(Err(error.into())),
        }
    }

    /// Takes in what the user agent has to say.
    pub(super) fn listen(&mut self) {
        while let Some(event) = self.running.heard.pop_front() {
            self.heard(event);
        }
    }

    fn heard(&mut self, event: Event) {
        match event {
            Event::Registered { uri, .. } => self.registered(&uri),
            Event::RegistrationFailed {
                uri,
                status,
                reason,
                will_retry: _,
            } => self.not_registered(uri, status, reason),
            Event::Incoming {
                call,
                from,
                to,
                session,
                role,
                purpose: SessionPurpose::Check,
                sdp,
            } => {
                let theirs = role;
                let from = from.map(verified).filter(|_| theirs == Some(Role::Sharer));
                self.invited_to_check(call, (from, &to), session, sdp);
            }
            Event::Incoming {
                call,
                from,
                to,
                session,
                role,
                purpose: SessionPurpose::Share,
                sdp,
            } => match session.zip(self.role_for(&to, role)) {
                Some((session, role)) => self.invited(call, from, session, role, sdp),
                None => self.turn_away(call),
            },
            Event::Ringing { call } => self.rang(call),
            Event::Answered { call, by, sdp } => {
                self.invite_answered(call, 200, "OK");
                self.accepted(call, by, sdp);
            }
            Event::Refused {
                call,
                status,
                reason,
            } => {
                self.running.taken_back.remove(&call);
                self.invite_answered(call, status, &reason);
                self.with_call(call, session::Event::Refused { status, reason });
            }
            Event::Confirmed { .. }
            | Event::Renegotiated { .. }
            | Event::RenegotiationFailed { .. } => {}
            // A path keeps the description that it began with.
            Event::Offered { call, .. } => {
                self.sip(|agent, now, random| {
                    agent.reject(call, 488, "Not Acceptable Here", now, random)
                });
            }
            Event::Info {
                call,
                content_type,
                body,
            } => self.informed(call, &content_type, &body),
            Event::Message {
                from,
                session,
                content_type,
                body,
            } => self.messaged(from.as_ref(), session, &content_type, &body),
            Event::MessageAnswered {
                message, status, ..
            } => self.facts_taken(message, status),
            Event::Ended { call, reason } => self.hung_up(call, reason),
        }
    }

    fn role_for(&self, to: &str, theirs: Option<Role>) -> Option<Side> {
        let theirs = match theirs? {
            Role::Sharer => Side::Sharer,
            Role::Viewer => Side::Viewer,
        };
        if self.running.ending.is_some() || self.is_full() {
            return None;
        }
        let link = self.running.link.as_ref().map(|link| link.uri.as_str());
        self.plan.role_for(to, theirs, &self.uri, link)
    }

    /// Another endpoint of the same person may still take the call.
    fn turn_away(&mut self, call: CallHandle) {
        let (status, reason) = if self.is_full() {
            (486, "Busy Here")
        } else {
            (480, "Temporarily Unavailable")
        };
        self.sip(|agent, now, random| agent.reject(call, status, reason, now, random));
    }

    /// Whether there are as many shares as this endpoint takes.
    fn is_full(&self) -> bool {
        let calls = self.running.calls.values();
        let shares = calls.filter(|call| !call.machine.is_check()).count();
        shares >= self.plan.most_calls()
    }

    fn invited(
        &mut self,
        handle: CallHandle,
        from: Option<Caller>,
        session: SessionId,
        role: Side,
        offer: String,
    ) {
        let from = from.map(verified);
        let other = from.as_ref().map_or_else(|| "somebody".to_owned(), name_of);
        let (machine, actions) = Machine::invited(role, from);
        let mut call = Call::new(machine, other);
        call.handle = Some(handle);
        call.session = Some(session);
        call.offer = offer;
        let key = self.add(call);
        self.act(key, actions);
    }

    fn invite_answered(&mut self, handle: CallHandle, status: u16, reason: &str) {
        if let Some(key) = self.key_of(handle) {
            self.observed(key, answer_to(SignallingRequest::Invite, status, reason));
        }
    }

    fn rang(&mut self, handle: CallHandle) {
        let session = self
            .key_of(handle)
            .and_then(|key| self.running.calls.get(&key)?.session.clone());
        if let Some(session) = session {
            self.tell(What::Ringing { session });
        }
        self.with_call(handle, session::Event::Rang);
    }

    fn accepted(&mut self, handle: CallHandle, by: Option<Caller>, sdp: String) {
        let Some(key) = self.key_of(handle) else {
            return;
        };
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let by = by.map(verified);
        let actions = call.machine.handle(session::Event::Accepted { by });
        if call.machine.state() == &State::Answered {
            if let Some(identity) = call.machine.peer() {
                call.other = name_of(identity);
            }
            self.answered(key);
            self.take_answer(key, sdp);
        }
        self.act(key, actions);
    }

    fn informed(&mut self, handle: CallHandle, content_type: &str, body: &[u8]) {
        let is_fragment = content_type.to_ascii_lowercase().starts_with(FRAGMENT);
        let Some(key) = self.key_of(handle).filter(|_| is_fragment) else {
            return;
        };
        self.candidates(key, String::from_utf8_lossy(body).into_owned());
    }

    fn messaged(
        &mut self,
        from: Option<&Caller>,
        session: Option<SessionId>,
        content_type: &str,
        body: &[u8],
    ) {
        let is_verdict = content_type.to_ascii_lowercase().starts_with(VERDICT);
        let is_vouched = from.is_some_and(|from| from.uri == self.diagnosis());
        let Some(session) = session.filter(|_| is_verdict && is_vouched) else {
            tracing::debug!(content_type, "a message was not meant for this endpoint");
            return;
        };
        let Ok(verdict @ serde_json::Value::Object(_)) = serde_json::from_slice(body) else {
            tracing::warn!(%session, "a verdict could not be read");
            return;
        };
        self.running.awaits_verdict = false;
        let mut calls = self.running.calls.values();
        let is_others =
            calls.any(|call| call.session.as_ref() == Some(&session) && call.is_of_others());
        let call = self.running.calls.values_mut();
        for call in call.filter(|call| call.session.as_ref() == Some(&session)) {
            call.has_verdict = true;
        }
        if is_others {
            return;
        }
        let session = Some(session);
        self.tell(What::Verdict { session, verdict });
    }

    fn facts_taken(&mut self, message: hopsight_sip::user_agent::MessageHandle, status: u16) {
        let Some(key) = self.running.facts.remove(&message) else {
            return;
        };
        if let Some(call) = self.running.calls.get_mut(&key).filter(|_| status >= 300) {
            tracing::debug!(status, "facts were not taken");
            call.reporter.tell_again();
        }
    }

    /// The connection broke before the server confirmed them.
    fn facts_are_lost(&mut self) {
        for key in std::mem::take(&mut self.running.facts).into_values() {
            if let Some(call) = self.running.calls.get_mut(&key) {
                call.reporter.tell_again();
            }
        }
    }

    fn hung_up(&mut self, handle: CallHandle, reason: String) {
        let Some(call) = self
            .key_of(handle)
            .and_then(|key| self.running.calls.get(&key))
        else {
            return;
        };
        let event = match call.machine.state() {
            State::AwaitingConsent => session::Event::Withdrawn,
            State::Inviting
            | State::Ringing
            | State::Answered
            | State::Connected(_)
            | State::Ended(_) => session::Event::HungUp { reason },
        };
        self.with_call(handle, event);
    }

    /// Sends what was seen of a path to the diagnosis service.
    pub(super) fn report(&mut self, key: CallKey, facts: &[u8]) {
        let session = self
            .running
            .calls
            .get(&key)
            .and_then(|call| call.session.clone());
        if let Some(session) = session {
            self.send_facts(key, &session, facts);
        }
    }

    pub(super) fn send_facts(&mut self, key: CallKey, session: &SessionId, facts: &[u8]) {
        let to = self.diagnosis();
        let now = self.clock.now();
        let random = &mut hopsight_net::Entropy;
        let (message, outputs) = self
            .agent
            .message(&to, Some(session), FACTS, facts, now, random);
        self.running.facts.insert(message, key);
        self.carry_out(outputs);
    }

    pub(super) fn key_of(&self, handle: CallHandle) -> Option<CallKey> {
        let mut calls = self.running.calls.iter();
        let found = calls.find(|(_, call)| call.handle == Some(handle));
        found.map(|(key, _)| *key)
    }

    fn with_call(&mut self, handle: CallHandle, event: session::Event) {
        if let Some(key) = self.key_of(handle) {
            self.happened(key, event);
        }
    }

    fn diagnosis(&self) -> String {
        format!("sip:diagnosis@{}", self.domain)
    }
}

/// A final answer of the server as a fact.
pub(crate) fn answer_to(request: SignallingRequest, status: u16, reason: &str) -> Observation {
    Observation::SignallingAnswer {
        request,
        status,
        reason: reason.chars().take(LONGEST_REASON).collect(),
    }
}

fn verified(caller: Caller) -> VerifiedIdentity {
    VerifiedIdentity {
        uri: caller.uri,
        display_name: caller.display_name,
    }
}
