//! Decides how SDP changes within a call (RFC 3261, section 14).

use super::ask::Purpose;
use super::{CallHandle, Event, Output, Round, UserAgent};
use crate::message::{Message, Method};
use crate::transaction::ServerKey;
use hopsight_kit::{Moment, Random};

impl UserAgent {
    /// Offers new SDP within an accepted call (ICE restart). Nothing happens
    /// while another offer is open.
    pub fn reinvite(
        &mut self,
        call: CallHandle,
        sdp: &str,
        now: Moment,
        random: &mut dyn Random,
    ) -> Vec<Output> {
        let mut round = Round { now, random };
        let Some(up) = self.up(call) else {
            return self.outputs();
        };
        if up.is_offering || up.offer.is_some() || up.answer.is_some() {
            return self.outputs();
        }
        up.is_offering = true;
        let invite = up.leg.dialog.request(&Method::Invite);
        let invite = self
            .with_abilities(invite)
            .body("application/sdp", sdp.as_bytes());
        self.ask(Purpose::Reinvite { call }, invite, &mut round);
        self.outputs()
    }

    pub(super) fn reinvite_answered(
        &mut self,
        call: CallHandle,
        response: &Message,
        round: &mut Round<'_>,
    ) {
        let sequence = response.cseq().map_or(0, |(sequence, _)| sequence);
        match response.status().unwrap_or(500) {
            ..200 => {}
            200..300 => {
                let Some(up) = self.up(call) else {
                    return;
                };
                if let Some((last, bytes)) = up.ack.clone().filter(|(last, _)| *last == sequence) {
                    debug_assert_eq!(last, sequence);
                    return self.send(bytes);
                }
                up.is_offering = false;
                up.leg.dialog.refresh_target(response);
                let ack = up.leg.dialog.acknowledge(sequence);
                let bytes = self.send_ack(ack, round);
                if let Some(up) = self.up(call) {
                    up.ack = Some((sequence, bytes));
                }
                let sdp = String::from_utf8_lossy(response.body()).into_owned();
                self.tell(Event::Renegotiated { call, sdp });
            }
            status => {
                self.reinvite_failed(call, status, &crate::server::reason_phrase(response));
            }
        }
    }

    pub(super) fn reinvite_failed(&mut self, call: CallHandle, status: u16, reason: &str) {
        let Some(up) = self.up(call) else {
            return;
        };
        up.is_offering = false;
        let reason = reason.to_owned();
        self.tell(Event::RenegotiationFailed {
            call,
            status,
            reason,
        });
    }

    /// New SDP of the other end arrived.
    pub(super) fn reinvited(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        let Some(call) = self.call_of(request) else {
            return self.reply(key, request, 481, "No Such Call", round);
        };
        let Some(up) = self.up(call) else {
            return self.reply(key, request, 491, "Request Pending", round);
        };
        if up.is_offering || up.offer.is_some() {
            return self.reply(key, request, 491, "Request Pending", round);
        }
        if !up.leg.dialog.take_sequence(request) {
            return self.reply(key, request, 500, "Out Of Order", round);
        }
        if request.body().is_empty() {
            return self.reply(key, request, 488, "Offer Needed", round);
        }
        up.leg.dialog.refresh_target(request);
        up.offer = Some((key.clone(), request.clone()));
        let sdp = String::from_utf8_lossy(request.body()).into_owned();
        self.tell(Event::Offered { call, sdp });
    }

    pub(super) fn accept_offer(&mut self, call: CallHandle, sdp: &str, round: &mut Round<'_>) {
        let Some((key, request)) = self.up(call).and_then(|up| up.offer.take()) else {
            return;
        };
        let answer = self.answer(&key, &request, "", sdp, round);
        let now = round.now;
        if let Some(up) = self.up(call) {
            up.timer = super::invite::timer_of(&answer.response, "uas", now).or(up.timer);
            up.answer = Some(answer);
        }
    }
}
