//! Decides what this end says it can (RFC 3261, section 11.2).

use super::{Round, UserAgent};
use crate::message::Message;
use crate::transaction::ServerKey;

impl UserAgent {
    pub(super) fn options(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        self.reply_with(key, request, 200, "OK", round, |response| {
            response
                .header("Allow", ALLOW)
                .header("Accept", "application/sdp, application/trickle-ice-sdpfrag")
                .header("Supported", "timer, trickle-ice")
        });
    }

    pub(super) fn not_allowed(
        &mut self,
        key: &ServerKey,
        request: &Message,
        round: &mut Round<'_>,
    ) {
        self.reply_with(key, request, 405, "Method Not Allowed", round, |response| {
            response.header("Allow", ALLOW)
        });
    }
}

pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, INFO, MESSAGE, OPTIONS, UPDATE";
