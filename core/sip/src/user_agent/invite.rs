//! Decides how an invitation of this end goes: early dialogs, the one answer
//! that counts, and those that come too late (RFC 3261, section 13.2).

use super::ask::Purpose;
use super::call::{Call, Cancel, Inviting, Leg, SessionTimer, Stage, Up};
use super::{CallHandle, Caller, Event, Invitation, Output, Round, UserAgent};
use crate::dialog::Dialog;
use crate::message::{Builder, Message, Method};
use crate::server::{SessionPurpose, session_expires};
use crate::transaction::ClientKey;
use hopsight_kit::{Moment, Random};

impl UserAgent {
    /// Invites somebody.
    pub fn invite(
        &mut self,
        invitation: &Invitation,
        now: Moment,
        random: &mut dyn Random,
    ) -> (CallHandle, Vec<Output>) {
        let mut round = Round { now, random };
        let call = CallHandle(self.number());
        let invite = self.first_invite(invitation, &mut round);
        if let Some(key) = ClientKey::of(&invite) {
            let inviting = Inviting {
                key,
                invite: invite.clone(),
                is_proceeding: false,
                legs: Vec::new(),
                cancel: Cancel::No,
            };
            let known = Call {
                call_id: invite.call_id().unwrap_or_default().to_owned(),
                session: invitation.session.clone(),
                stage: Stage::Inviting(Box::new(inviting)),
                infos: Vec::new(),
            };
            self.calls.insert(call, known);
        }
        self.ask_whole(Purpose::Invite { call }, invite, &mut round);
        (call, self.outputs())
    }

    /// The same invitation left once more, with credentials.
    pub(super) fn invited_again(&mut self, call: CallHandle, key: &ClientKey, invite: Message) {
        let stage = self.calls.get_mut(&call).map(|call| &mut call.stage);
        if let Some(Stage::Inviting(inviting)) = stage {
            inviting.key = key.clone();
            inviting.invite = invite;
        }
    }

    pub(super) fn invite_answered(
        &mut self,
        call: CallHandle,
        invite: &Message,
        response: &Message,
        round: &mut Round<'_>,
    ) {
        match response.status().unwrap_or(500) {
            ..200 => self.rings(call, invite, response, round),
            200..300 => self.accepted(call, invite, response, round),
            status => self.refused(call, status, &crate::server::reason_phrase(response)),
        }
    }

    pub(super) fn refused(&mut self, call: CallHandle, status: u16, reason: &str) {
        if self.calls.remove(&call).is_some() {
            let reason = reason.to_owned();
            self.tell(Event::Refused {
                call,
                status,
                reason,
            });
        }
    }

    /// Where SDP is exchanged: what this end can.
    pub(super) fn with_abilities(&self, message: Builder) -> Builder {
        message
            .header("Contact", self.contact())
            .header("Allow", super::options::ALLOW)
            .header("Supported", "timer, trickle-ice")
    }

    fn first_invite(&self, invitation: &Invitation, round: &mut Round<'_>) -> Message {
        let shown = self.settings.display_name.replace(['"', '\\'], "");
        let from = format!(
            "\"{shown}\" <{}>;tag={}",
            self.settings.uri,
            round.digits(16)
        );
        let timer = self.settings.session_timer.as_secs();
        let invite = Builder::request(&Method::Invite, &invitation.to)
            .header("Via", self.via(round).to_string())
            .header("Max-Forwards", "70")
            .header("From", from)
            .header("To", format!("<{}>", invitation.to))
            .header("Call-ID", round.digits(32))
            .header("CSeq", "1 INVITE")
            .header("Session-Expires", format!("{timer};refresher=uac"))
            .header("Hopsight-Role", invitation.role.to_string());
        let invite = match invitation.purpose {
            SessionPurpose::Check => invite.header(SessionPurpose::HEADER, "check"),
            SessionPurpose::Share => invite,
        };
        let invite = match &invitation.session {
            Some(session) => invite.header("Hopsight-Session", session.as_str()),
            None => invite,
        };
        self.with_abilities(invite)
            .body("application/sdp", invitation.sdp.as_bytes())
            .finish()
    }

    fn rings(
        &mut self,
        call: CallHandle,
        invite: &Message,
        response: &Message,
        round: &mut Round<'_>,
    ) {
        let known = self.calls.get_mut(&call);
        let Some(Stage::Inviting(inviting)) = known.map(|known| &mut known.stage) else {
            return;
        };
        inviting.is_proceeding = true;
        if let Cancel::Wanted(reason) = &inviting.cancel {
            let reason = reason.clone();
            return self.send_cancel(call, &reason, round);
        }
        let Some(dialog) = Dialog::of_caller(invite, response) else {
            return;
        };
        let is_first = inviting.legs.is_empty();
        let tag = dialog.remote_tag().to_owned();
        if !inviting
            .legs
            .iter()
            .any(|leg| leg.dialog.remote_tag() == tag)
        {
            inviting.legs.push(Leg::new(dialog));
        }
        if is_first {
            self.tell(Event::Ringing { call });
        }
        self.pump_infos(call, round);
    }

    fn accepted(
        &mut self,
        call: CallHandle,
        invite: &Message,
        response: &Message,
        round: &mut Round<'_>,
    ) {
        let Some(dialog) = Dialog::of_caller(invite, response) else {
            return;
        };
        match self.calls.get_mut(&call).map(|known| &mut known.stage) {
            Some(Stage::Inviting(inviting)) if inviting.cancel == Cancel::No => {
                self.connect(call, invite, dialog, response, round);
            }
            Some(Stage::Up(up)) if up.leg.dialog.remote_tag() == dialog.remote_tag() => {
                let ack = up.ack.as_ref().map(|(_, bytes)| bytes.clone());
                ack.into_iter().for_each(|bytes| self.send(bytes));
            }
            // Too late: taken back, or somebody else was quicker.
            Some(Stage::Inviting(_)) => {
                self.turn_away(invite, dialog, round);
                self.refused(call, 487, "Taken Back");
            }
            Some(Stage::Alerting(_) | Stage::Up(_)) | None => self.turn_away(invite, dialog, round),
        }
    }

    fn connect(
        &mut self,
        call: CallHandle,
        invite: &Message,
        dialog: Dialog,
        response: &Message,
        round: &mut Round<'_>,
    ) {
        let sequence = invite.cseq().map_or(0, |(sequence, _)| sequence);
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        // The early dialog goes on, with its sequence numbers (section
        // 13.2.2.4); its target may have changed.
        let leg = match known.leg(dialog.remote_tag()) {
            Some(leg) => {
                leg.dialog.refresh_target(response);
                leg.clone()
            }
            None => Leg::new(dialog),
        };
        let ack = leg.dialog.acknowledge(sequence);
        let ack = self.send_ack(ack, round);
        let up = Up {
            leg,
            ack: Some((sequence, ack)),
            answer: None,
            offer: None,
            is_offering: false,
            timer: timer_of(response, "uac", round.now),
        };
        if let Some(known) = self.calls.get_mut(&call) {
            known.stage = Stage::Up(Box::new(up));
        }
        self.tell(Event::Answered {
            call,
            by: Caller::of(response),
            sdp: String::from_utf8_lossy(response.body()).into_owned(),
        });
        self.pump_infos(call, round);
    }

    /// Acknowledges an answer that nobody wants, and ends its dialog.
    fn turn_away(&mut self, invite: &Message, mut dialog: Dialog, round: &mut Round<'_>) {
        let sequence = invite.cseq().map_or(0, |(sequence, _)| sequence);
        self.send_ack(dialog.acknowledge(sequence), round);
        let bye = dialog
            .request(&Method::Bye)
            .header("Reason", "SIP;cause=487;text=\"Answered too late\"");
        self.ask(Purpose::Farewell, bye, round);
    }
}

/// The session timer that a 2xx agrees on (RFC 4028, section 7.2), seen from
/// the end that is `own`: `uac` or `uas`.
pub(super) fn timer_of(response: &Message, own: &str, now: Moment) -> Option<SessionTimer> {
    let interval = session_expires(response)?;
    let refresher = response.header("Session-Expires").and_then(|value| {
        value
            .split(';')
            .filter_map(|parameter| parameter.trim().strip_prefix("refresher="))
            .next()
    });
    let refreshes = refresher.unwrap_or("uac").eq_ignore_ascii_case(own);
    Some(SessionTimer::starting(interval, refreshes, now))
}

impl SessionTimer {
    /// The refresher acts at half time; the other end gives up shortly before
    /// the whole (RFC 4028, section 10).
    pub(super) fn starting(interval: std::time::Duration, refreshes: bool, now: Moment) -> Self {
        let wait = if refreshes {
            interval / 2
        } else {
            interval - (interval / 3).min(std::time::Duration::from_secs(32))
        };
        Self {
            interval,
            refreshes,
            due: now + wait,
        }
    }
}
