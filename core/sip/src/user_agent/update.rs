//! Decides how a call proves that it is alive (RFC 4028): UPDATE without SDP
//! (RFC 3311), sent by the refresher.

use super::ask::Purpose;
use super::call::SessionTimer;
use super::incoming::with_timer;
use super::{CallHandle, Round, UserAgent};
use crate::message::{Builder, Message, Method};
use crate::transaction::ServerKey;

impl UserAgent {
    /// An UPDATE arrived.
    pub(super) fn update(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        let Some(call) = self.call_of(request) else {
            return self.reply(key, request, 481, "No Such Call", round);
        };
        if !request.body().is_empty() {
            return self.reply(key, request, 488, "Offer By INVITE Only", round);
        }
        let now = round.now;
        if let Some(up) = self.up(call) {
            up.leg.dialog.take_sequence(request);
            up.leg.dialog.refresh_target(request);
        }
        let contact = self.contact();
        let response = Builder::response_to(request, 200, "OK").header("Contact", contact);
        let response = with_timer(response, request).finish();
        if let Some(up) = self.up(call) {
            up.timer = super::invite::timer_of(&response, "uas", now).or(up.timer);
        }
        self.respond(key, &response, round);
    }

    /// An UPDATE of this end was answered, or never will be.
    pub(super) fn updated(&mut self, call: CallHandle, status: u16, round: &mut Round<'_>) {
        let now = round.now;
        let Some(up) = self.up(call) else {
            return;
        };
        match status {
            200..300 => {
                up.timer = up
                    .timer
                    .map(|timer| SessionTimer::starting(timer.interval, timer.refreshes, now));
            }
            408 | 481 => {
                let reason = "SIP;cause=408;text=\"The other end no longer answers\"";
                self.say_bye(call, reason, round);
            }
            // The other end does not know UPDATE: the call goes on untimed.
            _ => up.timer = None,
        }
    }

    pub(super) fn refresh_sessions(&mut self, round: &mut Round<'_>) {
        let due: Vec<CallHandle> = self
            .calls
            .iter_mut()
            .filter_map(|(handle, call)| {
                let timer = call.up()?.timer?;
                (timer.due <= round.now).then_some(*handle)
            })
            .collect();
        for call in due {
            self.refresh_session(call, round);
        }
    }

    fn refresh_session(&mut self, call: CallHandle, round: &mut Round<'_>) {
        let contact = self.contact();
        let Some(up) = self.up(call) else {
            return;
        };
        let Some(timer) = up.timer else {
            return;
        };
        if !timer.refreshes {
            let reason = "SIP;cause=408;text=\"Session timer ran out\"";
            return self.say_bye(call, reason, round);
        }
        up.timer = Some(SessionTimer::starting(timer.interval, true, round.now));
        let seconds = timer.interval.as_secs();
        let update = up
            .leg
            .dialog
            .request(&Method::Other("UPDATE".to_owned()))
            .header("Contact", contact)
            .header("Supported", "timer")
            .header("Session-Expires", format!("{seconds};refresher=uac"));
        self.ask(Purpose::Update { call }, update, round);
    }
}
