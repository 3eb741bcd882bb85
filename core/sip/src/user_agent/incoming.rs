//! Decides what becomes of an invitation of somebody else (RFC 3261, section
//! 13.3): ring, busy, accept, refuse.

use super::call::{Alerting, Answer, Call, Leg, Stage, Up};
use super::invite::timer_of;
use super::{CallHandle, Caller, Event, Output, Round, UserAgent};
use crate::dialog::Dialog;
use crate::message::{Builder, Message};
use crate::server::{SessionPurpose, session_expires};
use crate::transaction::ServerKey;
use hopsight_kit::{Moment, Random};
use std::time::Duration;

impl UserAgent {
    /// Accepts an invitation, or new SDP within a call.
    pub fn accept(
        &mut self,
        call: CallHandle,
        sdp: &str,
        now: Moment,
        random: &mut dyn Random,
    ) -> Vec<Output> {
        let mut round = Round { now, random };
        match self.calls.get_mut(&call).map(|known| &mut known.stage) {
            Some(Stage::Alerting(_)) => self.accept_call(call, sdp, &mut round),
            Some(Stage::Up(_)) => self.accept_offer(call, sdp, &mut round),
            Some(Stage::Inviting(_)) | None => {}
        }
        self.outputs()
    }

    /// Refuses an invitation, or new SDP within a call, with a status of its
    /// own: 488 when the SDP cannot be met, 486 when busy.
    pub fn reject(
        &mut self,
        call: CallHandle,
        status: u16,
        reason: &str,
        now: Moment,
        random: &mut dyn Random,
    ) -> Vec<Output> {
        let mut round = Round { now, random };
        match self.calls.get_mut(&call).map(|known| &mut known.stage) {
            Some(Stage::Alerting(_)) => self.refuse(call, status, reason, None, &mut round),
            Some(Stage::Up(up)) => {
                if let Some((key, request)) = up.offer.take() {
                    self.reply(&key, &request, status, reason, &mut round);
                }
            }
            Some(Stage::Inviting(_)) | None => {}
        }
        self.outputs()
    }

    pub(super) fn invited(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        if request.to().is_some_and(|to| to.tag().is_some()) {
            return self.reinvited(key, request, round);
        }
        let call_id = request.call_id().unwrap_or_default();
        if self.calls.values().any(|call| call.call_id == call_id) {
            return self.reply(key, request, 482, "Merged", round);
        }
        let content_type = request.header("Content-Type").unwrap_or_default();
        if !content_type
            .to_ascii_lowercase()
            .starts_with("application/sdp")
        {
            return self.reply_with(key, request, 415, "SDP Offer Needed", round, |response| {
                response.header("Accept", "application/sdp")
            });
        }
        if self.calls.len() >= self.settings.most_calls {
            return self.reply(key, request, 486, "Busy Here", round);
        }
        self.alert(key, request, round);
    }

    pub(super) fn refuse(
        &mut self,
        call: CallHandle,
        status: u16,
        reason: &str,
        header: Option<&str>,
        round: &mut Round<'_>,
    ) {
        let Some(known) = self.calls.remove(&call) else {
            return;
        };
        let Stage::Alerting(alerting) = known.stage else {
            return;
        };
        let response = Builder::response_to(&alerting.invite, status, reason).to_tag(&alerting.tag);
        let response = match header {
            Some(header) => response.header("Reason", header),
            None => response,
        };
        self.respond(&alerting.key, &response.finish(), round);
    }

    /// The 2xx to an INVITE, and its repeats until the ACK.
    pub(super) fn answer(
        &mut self,
        key: &ServerKey,
        invite: &Message,
        tag: &str,
        sdp: &str,
        round: &mut Round<'_>,
    ) -> Answer {
        let response = Builder::response_to(invite, 200, "OK")
            .copy(invite, "Record-Route")
            .to_tag(tag);
        let response = with_timer(self.with_abilities(response), invite);
        let response = response.body("application/sdp", sdp.as_bytes()).finish();
        self.respond(key, &response, round);
        Answer {
            key: key.clone(),
            response,
            sequence: invite.cseq().map_or(0, |(sequence, _)| sequence),
            again: round.now + FIRST_PAUSE,
            pause: FIRST_PAUSE,
            until: round.now + 64 * FIRST_PAUSE,
        }
    }

    fn alert(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        let tag = round.digits(16);
        let Some(dialog) = Dialog::of_callee(request, &tag) else {
            return self.reply(key, request, 400, "No Contact", round);
        };
        let ringing = Builder::response_to(request, 180, "Ringing")
            .copy(request, "Record-Route")
            .header("Contact", self.contact())
            .to_tag(&tag);
        let call = CallHandle(self.number());
        let alerting = Alerting {
            key: key.clone(),
            invite: request.clone(),
            leg: Leg::new(dialog),
            tag,
        };
        let header = |name: &str| request.header(name).map(str::to_owned);
        let session = header("Hopsight-Session").and_then(|text| text.parse().ok());
        let known = Call {
            call_id: request.call_id().unwrap_or_default().to_owned(),
            session: session.clone(),
            stage: Stage::Alerting(Box::new(alerting)),
            infos: Vec::new(),
        };
        self.calls.insert(call, known);
        self.respond(key, &ringing.finish(), round);
        self.tell(Event::Incoming {
            call,
            from: Caller::of(request),
            to: request
                .to()
                .map(|to| to.uri().address_of_record())
                .unwrap_or_default(),
            session,
            role: header("Hopsight-Role").and_then(|text| text.parse().ok()),
            purpose: SessionPurpose::of(request.header(SessionPurpose::HEADER)),
            sdp: String::from_utf8_lossy(request.body()).into_owned(),
        });
    }

    fn accept_call(&mut self, call: CallHandle, sdp: &str, round: &mut Round<'_>) {
        let Some(mut known) = self.calls.remove(&call) else {
            return;
        };
        if let Stage::Alerting(alerting) = known.stage {
            let answer = self.answer(&alerting.key, &alerting.invite, &alerting.tag, sdp, round);
            let up = Up {
                leg: alerting.leg,
                ack: None,
                timer: timer_of(&answer.response, "uas", round.now),
                answer: Some(answer),
                offer: None,
                is_offering: false,
            };
            known.stage = Stage::Up(Box::new(up));
        }
        self.calls.insert(call, known);
    }
}

/// RFC 4028, section 9: the interval as it was asked for; whoever asked
/// refreshes, unless they asked us to.
pub(super) fn with_timer(response: Builder, request: &Message) -> Builder {
    let Some(interval) = session_expires(request) else {
        return response;
    };
    let asked = request.header("Session-Expires").unwrap_or_default();
    let refresher = if asked.contains("refresher=uas") {
        "uas"
    } else {
        "uac"
    };
    let value = format!("{};refresher={refresher}", interval.as_secs());
    let response = response.header("Session-Expires", value);
    if request.values("Supported").contains(&"timer") {
        return response.header("Require", "timer");
    }
    response
}

/// T1.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
