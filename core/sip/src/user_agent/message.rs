//! Decides how MESSAGEs come and go (RFC 3428): facts out, verdicts in.

use super::ask::Purpose;
use super::{Caller, Event, MessageHandle, Output, Round, UserAgent};
use crate::message::{Builder, Message, Method};
use crate::transaction::ServerKey;
use hopsight_kit::{Moment, Random, SessionId};

impl UserAgent {
    /// Sends a MESSAGE outside any call.
    pub fn message(
        &mut self,
        to: &str,
        session: Option<&SessionId>,
        content_type: &str,
        body: &[u8],
        now: Moment,
        random: &mut dyn Random,
    ) -> (MessageHandle, Vec<Output>) {
        let mut round = Round { now, random };
        let message = MessageHandle(self.number());
        let request = Builder::request(&Method::Message, to)
            .header("Max-Forwards", "70")
            .header(
                "From",
                format!("<{}>;tag={}", self.settings.uri, round.digits(16)),
            )
            .header("To", format!("<{to}>"))
            .header("Call-ID", round.digits(32))
            .header("CSeq", "1 MESSAGE");
        let request = match session {
            Some(session) => request.header("Hopsight-Session", session.as_str()),
            None => request,
        };
        let request = request.body(content_type, body);
        self.ask(Purpose::Message { message }, request, &mut round);
        (message, self.outputs())
    }

    pub(super) fn message_done(&mut self, message: MessageHandle, status: u16, reason: String) {
        self.tell(Event::MessageAnswered {
            message,
            status,
            reason,
        });
    }

    pub(super) fn messaged(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        self.tell(Event::Message {
            from: Caller::of(request),
            session: request
                .header("Hopsight-Session")
                .and_then(|session| session.parse().ok()),
            content_type: request
                .header("Content-Type")
                .unwrap_or("text/plain")
                .to_owned(),
            body: request.body().to_vec(),
        });
        self.reply(key, request, 200, "OK", round);
    }
}
