//! Decides what the server says when it is itself asked (RFC 3261, section
//! 11.2).

use super::register::SUPPORTED;
use super::reply::{ALLOW, Arrival};
use super::{Round, Server};
use crate::message::Method;

impl Server {
    pub(super) fn options(&mut self, arrival: &Arrival, round: &mut Round<'_>) {
        let (status, reason) = match arrival.request.method() {
            Some(Method::Options) => (200, "OK"),
            Some(
                Method::Invite
                | Method::Ack
                | Method::Bye
                | Method::Cancel
                | Method::Register
                | Method::Info
                | Method::Message
                | Method::Subscribe
                | Method::Notify
                | Method::Other(_),
            )
            | None => (405, "Not For The Server Itself"),
        };
        self.reply_with(arrival, status, reason, round, |response| {
            response
                .header("Allow", ALLOW)
                .header("Supported", SUPPORTED.join(", "))
        });
    }
}
