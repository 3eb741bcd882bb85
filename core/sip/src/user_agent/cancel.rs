//! Decides how invitations are taken back, by this end and by the other (RFC
//! 3261, section 9).

use super::ask::Purpose;
use super::call::{Cancel, Stage};
use super::{CallHandle, Event, Round, UserAgent};
use crate::message::{Builder, Message, Method};
use crate::transaction::ServerKey;
use std::time::Duration;

impl UserAgent {
    /// Takes an invitation of this end back: now if somebody rings already,
    /// otherwise as soon as the first provisional response came.
    pub(super) fn take_back(&mut self, call: CallHandle, reason: &str, round: &mut Round<'_>) {
        let Some(known) = self.calls.get_mut(&call) else {
            return;
        };
        let Stage::Inviting(inviting) = &mut known.stage else {
            return;
        };
        inviting.cancel = Cancel::Wanted(reason.to_owned());
        if inviting.is_proceeding {
            self.send_cancel(call, reason, round);
        }
    }

    pub(super) fn send_cancel(&mut self, call: CallHandle, reason: &str, round: &mut Round<'_>) {
        let until = round.now + AFTER_CANCEL;
        let stage = self.calls.get_mut(&call).map(|call| &mut call.stage);
        let Some(Stage::Inviting(inviting)) = stage else {
            return;
        };
        inviting.cancel = Cancel::Sent(until);
        let invite = &inviting.invite;
        let number = invite.cseq().map_or(0, |(number, _)| number);
        let cancel = Builder::request(&Method::Cancel, invite.request_uri().unwrap_or_default())
            .copy(invite, "Via")
            .header("Max-Forwards", "70")
            .copy(invite, "From")
            .copy(invite, "To")
            .copy(invite, "Call-ID")
            .header("CSeq", format!("{number} CANCEL"))
            .header("Reason", reason)
            .finish();
        self.ask_whole(Purpose::Farewell, cancel, round);
    }

    /// Nobody answered the INVITE after its CANCEL (section 9.1).
    pub(super) fn give_up_cancelled(&mut self, round: &mut Round<'_>) {
        let over: Vec<CallHandle> = self
            .calls
            .iter()
            .filter(|(_, call)| match &call.stage {
                Stage::Inviting(inviting) => {
                    matches!(inviting.cancel, Cancel::Sent(until) if until <= round.now)
                }
                Stage::Alerting(_) | Stage::Up(_) => false,
            })
            .map(|(call, _)| *call)
            .collect();
        for call in over {
            if let Some(Stage::Inviting(inviting)) = self.calls.get(&call).map(|call| &call.stage) {
                let key = inviting.key.clone();
                let events = self.layer.give_up(&key);
                self.take(events, round);
            }
            self.refused(call, 487, "Taken Back");
        }
    }

    /// A CANCEL arrived.
    pub(super) fn cancelled(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        let Some(invite) = self.layer.cancelled_by((), request) else {
            return self.reply(key, request, 481, "Nothing To Cancel", round);
        };
        self.reply(key, request, 200, "OK", round);
        let call = self.calls.iter().find(|(_, call)| match &call.stage {
            Stage::Alerting(alerting) => alerting.key == invite,
            Stage::Inviting(_) | Stage::Up(_) => false,
        });
        let Some(call) = call.map(|(call, _)| *call) else {
            return;
        };
        self.refuse(call, 487, "Request Terminated", None, round);
        let reason = request.header("Reason").unwrap_or_default().to_owned();
        self.tell(Event::Ended { call, reason });
    }
}

/// 64 × T1.
const AFTER_CANCEL: Duration = Duration::from_secs(32);
