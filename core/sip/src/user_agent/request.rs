//! Decides which part of the user agent takes a request, and how it is
//! answered.

use super::{Round, UserAgent};
use crate::message::{Builder, Message, Method};
use crate::transaction::ServerKey;

impl UserAgent {
    pub(super) fn request(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        if let Some(unknown) = unknown_requirement(request) {
            return self.reply_with(key, request, 420, "Bad Extension", round, |response| {
                response.header("Unsupported", &unknown)
            });
        }
        match request.method() {
            Some(Method::Invite) => self.invited(key, request, round),
            Some(Method::Bye) => self.bye(key, request, round),
            Some(Method::Cancel) => self.cancelled(key, request, round),
            Some(Method::Info) => self.informed(key, request, round),
            Some(Method::Message) => self.messaged(key, request, round),
            Some(Method::Options) => self.options(key, request, round),
            Some(Method::Other(name)) if name == "UPDATE" => self.update(key, request, round),
            Some(
                Method::Ack
                | Method::Register
                | Method::Subscribe
                | Method::Notify
                | Method::Other(_),
            )
            | None => {
                self.not_allowed(key, request, round);
            }
        }
    }

    pub(super) fn reply(
        &mut self,
        key: &ServerKey,
        request: &Message,
        status: u16,
        reason: &str,
        round: &mut Round<'_>,
    ) {
        self.reply_with(key, request, status, reason, round, |response| response);
    }

    pub(super) fn reply_with(
        &mut self,
        key: &ServerKey,
        request: &Message,
        status: u16,
        reason: &str,
        round: &mut Round<'_>,
        add: impl FnOnce(Builder) -> Builder,
    ) {
        let response = Builder::response_to(request, status, reason);
        let response = add(response).to_tag(&round.digits(16)).finish();
        self.respond(key, &response, round);
    }

    pub(super) fn respond(&mut self, key: &ServerKey, response: &Message, round: &mut Round<'_>) {
        let status = response.status().unwrap_or(500);
        let bytes = response.bytes().to_vec();
        let events = self.layer.respond(key, status, bytes, round.now);
        self.take(events, round);
    }
}

/// What a request asks for that this end cannot (RFC 3261, section 8.2.2.3).
fn unknown_requirement(request: &Message) -> Option<String> {
    if request.method() == Some(&Method::Cancel) {
        return None;
    }
    let required = request.values("Require");
    let unknown: Vec<&str> = required
        .into_iter()
        .filter(|option| *option != "timer")
        .collect();
    (!unknown.is_empty()).then(|| unknown.join(", "))
}
