//! Decides how requests leave and which of them an answer belongs to; a
//! challenge is answered once, in the request's name (RFC 3261, section
//! 22.2).

use super::{CallHandle, MessageHandle, Output, Round, UserAgent};
use crate::digest::{Challenge, Credentials};
use crate::message::{Builder, Message, Via};
use crate::transaction::{ClientKey, Event};

/// A request of this end that still may be answered.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) purpose: Purpose,
    pub(super) request: Message,
}

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Its answer changes nothing (BYE, CANCEL).
    Farewell,
    /// One INFO of a leg.
    Info { call: CallHandle, leg: String },
    /// The first INVITE of a call.
    Invite { call: CallHandle },
    /// A MESSAGE.
    Message { message: MessageHandle },
    /// A registration.
    Register { uri: String },
    /// A re-INVITE.
    Reinvite { call: CallHandle },
    /// A session refresh.
    Update { call: CallHandle },
}

impl UserAgent {
    /// Sends a request that lacks only its Via.
    pub(super) fn ask(
        &mut self,
        purpose: Purpose,
        request: Builder,
        round: &mut Round<'_>,
    ) -> Option<ClientKey> {
        let via = self.via(round).to_string();
        self.ask_whole(purpose, request.header("Via", via).finish(), round)
    }

    /// A fresh Via of this end.
    pub(super) fn via(&self, round: &mut Round<'_>) -> Via {
        let branch = format!("z9hG4bK{}", round.digits(20));
        Via::new(self.settings.transport.as_str(), &self.host, None, &branch)
    }

    pub(super) fn take(&mut self, events: Vec<Event<()>>, round: &mut Round<'_>) {
        for event in events {
            match event {
                Event::Send { bytes, .. } => self.send(bytes),
                Event::Request { key, message, .. } => self.request(&key, &message, round),
                Event::Ack { message, .. } => self.acknowledged(&message, round),
                Event::Response { key, message } => self.response(&key, &message, round),
                Event::TimedOut(key) | Event::FlowLost(key) => self.silence(&key, round),
                Event::ClientEnded(key) => {
                    self.asked.remove(&key);
                }
                Event::Stray { .. } | Event::Unacknowledged(_) | Event::ServerEnded(_) => {}
            }
        }
    }

    pub(super) fn ask_whole(
        &mut self,
        purpose: Purpose,
        request: Message,
        round: &mut Round<'_>,
    ) -> Option<ClientKey> {
        let key = ClientKey::of(&request)?;
        let asked = Asked {
            purpose,
            request: request.clone(),
        };
        self.asked.insert(key.clone(), asked);
        let reliability = self.reliability();
        let (_, events) = self
            .layer
            .request((), reliability, request, round.now)
            .ok()?;
        self.take(events, round);
        Some(key)
    }

    fn response(&mut self, key: &ClientKey, response: &Message, round: &mut Round<'_>) {
        let Some(asked) = self.asked.get(key).cloned() else {
            return;
        };
        let status = response.status().unwrap_or(500);
        if matches!(status, 401 | 407) && self.answer_challenge(&asked, response, round) {
            return;
        }
        let reason = crate::server::reason_phrase(response);
        match asked.purpose {
            Purpose::Farewell => {}
            Purpose::Info { call, leg } if status >= 200 => self.info_done(call, &leg, round),
            Purpose::Info { .. } => {}
            Purpose::Invite { call } => {
                self.invite_answered(call, &asked.request, response, round);
            }
            Purpose::Message { message } if status >= 200 => {
                self.message_done(message, status, reason);
            }
            Purpose::Message { .. } => {}
            Purpose::Register { uri } if status >= 200 => {
                self.registered(&uri, response, round.now);
            }
            Purpose::Register { .. } => {}
            Purpose::Reinvite { call } => self.reinvite_answered(call, response, round),
            Purpose::Update { call } if status >= 200 => self.updated(call, status, round),
            Purpose::Update { .. } => {}
        }
    }

    fn silence(&mut self, key: &ClientKey, round: &mut Round<'_>) {
        let Some(asked) = self.asked.remove(key) else {
            return;
        };
        match asked.purpose {
            Purpose::Farewell => {}
            Purpose::Info { call, leg } => self.info_done(call, &leg, round),
            Purpose::Invite { call } => self.refused(call, 408, "Nobody Answered"),
            Purpose::Message { message } => {
                self.message_done(message, 408, "Nobody Answered".to_owned());
            }
            Purpose::Register { uri } => {
                self.registration_failed(&uri, 408, "Nobody Answered", round.now)
            }
            Purpose::Reinvite { call } => self.reinvite_failed(call, 408, "Nobody Answered"),
            Purpose::Update { call } => self.updated(call, 408, round),
        }
    }

    /// Sends the request once more, with credentials. False when that was done
    /// before, or when the challenge is not ours to answer.
    fn answer_challenge(
        &mut self,
        asked: &Asked,
        response: &Message,
        round: &mut Round<'_>,
    ) -> bool {
        let Ok(challenge) = Challenge::strongest(response) else {
            return false;
        };
        let header = match response.status() {
            Some(401) => "Authorization",
            _ => "Proxy-Authorization",
        };
        let told = asked.request.header(header);
        let was_answered = told.is_some_and(|told| Credentials::read(told).is_ok());
        let was_answered = was_answered && !challenge.stale;
        if was_answered || challenge.realm != self.settings.domain {
            return false;
        }
        self.authorised(asked, &challenge, header, round)
            .and_then(|request| self.ask_again(asked, request, round))
            .is_some()
    }

    fn authorised(
        &self,
        asked: &Asked,
        challenge: &Challenge,
        header: &str,
        round: &mut Round<'_>,
    ) -> Option<Message> {
        let (number, method) = asked.request.cseq()?;
        let cnonce = round.digits(16);
        let credentials = Credentials::answer(
            challenge,
            &self.settings.username,
            &self.settings.ha1,
            &method,
            asked.request.request_uri()?,
            &cnonce,
            1,
        );
        let via = self.via(round).to_string();
        let bytes = asked
            .request
            .edit()
            .set_header("Via", &via)
            .set_header("CSeq", &format!("{} {method}", number + 1))
            .set_header(header, &credentials.to_string())
            .finish();
        Message::read(&bytes).ok()
    }

    fn ask_again(
        &mut self,
        asked: &Asked,
        request: Message,
        round: &mut Round<'_>,
    ) -> Option<ClientKey> {
        let number = request.cseq()?.0;
        match &asked.purpose {
            Purpose::Register { uri } => {
                self.registrations.get_mut(uri)?.sequence = number;
            }
            Purpose::Info { call, leg } => {
                self.calls.get_mut(call)?.leg(leg)?.dialog.skip_to(number);
            }
            Purpose::Reinvite { call } | Purpose::Update { call } => {
                self.up(*call)?.leg.dialog.skip_to(number);
            }
            Purpose::Farewell | Purpose::Invite { .. } | Purpose::Message { .. } => {}
        }
        let key = self.ask_whole(asked.purpose.clone(), request.clone(), round)?;
        if let Purpose::Invite { call } = &asked.purpose {
            self.invited_again(*call, &key, request);
        }
        Some(key)
    }

    /// Sends a request that is no transaction: the ACK of a 2xx.
    pub(super) fn send_ack(&mut self, ack: Builder, round: &mut Round<'_>) -> Vec<u8> {
        let via = self.via(round).to_string();
        let bytes = ack.header("Via", via).finish().into_bytes();
        if self.is_open {
            self.outputs.push(Output::Send(bytes.clone()));
        }
        bytes
    }
}
