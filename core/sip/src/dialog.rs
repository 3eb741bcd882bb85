//! Decides what a dialog is at one of its ends (RFC 3261, section 12): tags,
//! sequence numbers, remote target and route set, and the requests that are
//! made from them. Who sends them, and what is done about answers, is left to
//! the user agent.

use crate::message::{Builder, Message, Method, NameAddr};

/// One end of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    call_id: String,
    local: NameAddr,
    remote: NameAddr,
    local_sequence: u32,
    remote_sequence: Option<u32>,
    target: String,
    routes: Vec<String>,
}

impl Dialog {
    /// The caller's end, from its INVITE and a response with a To tag
    /// (section 12.1.2). None when the response names no tag or no contact.
    #[must_use]
    pub fn of_caller(invite: &Message, response: &Message) -> Option<Self> {
        let remote = response.to()?;
        remote.tag()?;
        let mut routes = owned(&response.values("Record-Route"));
        routes.reverse();
        Some(Self {
            call_id: invite.call_id()?.to_owned(),
            local: invite.from()?,
            remote,
            local_sequence: invite.cseq()?.0,
            remote_sequence: None,
            target: contact(response)?,
            routes,
        })
    }

    /// The callee's end, from the INVITE and the tag that the callee gave
    /// itself (section 12.1.1). None when the INVITE names no contact.
    #[must_use]
    pub fn of_callee(invite: &Message, local_tag: &str) -> Option<Self> {
        Some(Self {
            call_id: invite.call_id()?.to_owned(),
            local: invite.to()?.with_parameter("tag", local_tag),
            remote: invite.from()?,
            local_sequence: 0,
            remote_sequence: Some(invite.cseq()?.0),
            target: contact(invite)?,
            routes: owned(&invite.values("Record-Route")),
        })
    }

    /// The tag of the other end.
    #[must_use]
    pub fn remote_tag(&self) -> &str {
        self.remote.tag().unwrap_or_default()
    }

    /// Whether a request that arrived belongs to this dialog (section 12.2.2).
    #[must_use]
    pub fn holds(&self, request: &Message) -> bool {
        let tag = |end: Option<NameAddr>| end.and_then(|end| end.tag().map(str::to_owned));
        request.call_id() == Some(&self.call_id)
            && tag(request.to()).as_deref() == self.local.tag()
            && tag(request.from()).as_deref() == self.remote.tag()
    }

    /// The next request of this end, without Via and Contact.
    #[must_use]
    pub fn request(&mut self, method: &Method) -> Builder {
        self.local_sequence += 1;
        self.numbered(method, self.local_sequence)
    }

    /// The ACK of a 2xx to the INVITE of that number (section 13.2.2.4).
    #[must_use]
    pub fn acknowledge(&self, sequence: u32) -> Builder {
        self.numbered(&Method::Ack, sequence)
    }

    /// Takes the number of a request that arrived; false when it is older than
    /// one that was already taken (section 12.2.2).
    pub fn take_sequence(&mut self, request: &Message) -> bool {
        let Some((sequence, _)) = request.cseq() else {
            return false;
        };
        let is_newer = self.remote_sequence.is_none_or(|last| sequence > last);
        if is_newer {
            self.remote_sequence = Some(sequence);
        }
        is_newer
    }

    /// Notes that a request of this end was sent once more under a higher
    /// number, to answer a challenge.
    pub fn skip_to(&mut self, sequence: u32) {
        self.local_sequence = self.local_sequence.max(sequence);
    }

    /// Takes over the other end's new contact (re-INVITE, UPDATE and their
    /// 2xx).
    pub fn refresh_target(&mut self, message: &Message) {
        if let Some(target) = contact(message) {
            self.target = target;
        }
    }

    fn numbered(&self, method: &Method, sequence: u32) -> Builder {
        let request = Builder::request(method, &self.target)
            .header("Max-Forwards", "70")
            .header("From", self.local.to_string())
            .header("To", self.remote.to_string())
            .header("Call-ID", &self.call_id)
            .header("CSeq", format!("{sequence} {method}"));
        self.routes
            .iter()
            .fold(request, |request, route| request.header("Route", route))
    }
}

fn contact(message: &Message) -> Option<String> {
    let contacts = message.contacts();
    Some(contacts.first()?.uri().as_str().to_owned())
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_takes_the_route_set_backwards() {
        let mut dialog = Dialog::of_caller(&invite(), &ok()).unwrap();
        let bye = dialog.request(&Method::Bye).finish();

        assert_eq!(bye.request_uri(), Some("sip:bob@192.0.2.2"));
        assert_eq!(bye.values("Route"), ["<sip:near;lr>", "<sip:far;lr>"]);
        assert_eq!(bye.header("To"), Some("<sip:bob@h>;tag=b"));
        assert_eq!(bye.cseq(), Some((8, Method::Bye)));
    }

    #[test]
    fn the_callee_takes_it_as_it_stands() {
        let mut dialog = Dialog::of_callee(&invite(), "b").unwrap();
        let bye = dialog.request(&Method::Bye).finish();

        assert_eq!(bye.values("Route"), ["<sip:far;lr>", "<sip:near;lr>"]);
        assert_eq!(bye.header("From"), Some("<sip:bob@h>;tag=b"));
        assert_eq!(bye.cseq(), Some((1, Method::Bye)));
    }

    #[test]
    fn an_older_request_is_not_taken() {
        let mut dialog = Dialog::of_callee(&invite(), "b").unwrap();

        assert!(!dialog.take_sequence(&invite()));
    }

    #[test]
    fn a_response_without_a_tag_makes_no_dialog() {
        let trying = Builder::response_to(&invite(), 100, "Trying").finish();

        assert_eq!(Dialog::of_caller(&invite(), &trying), None);
    }

    fn invite() -> Message {
        Builder::request(&Method::Invite, "sip:bob@h")
            .header("Via", "SIP/2.0/TLS a.invalid;branch=z9hG4bK1")
            .header("From", "<sip:alice@h>;tag=a")
            .header("To", "<sip:bob@h>")
            .header("Call-ID", "c")
            .header("CSeq", "7 INVITE")
            .header("Contact", "<sip:alice@192.0.2.1>")
            .header("Record-Route", "<sip:far;lr>, <sip:near;lr>")
            .finish()
    }

    fn ok() -> Message {
        Builder::response_to(&invite(), 200, "OK")
            .to_tag("b")
            .copy(&invite(), "Record-Route")
            .header("Contact", "<sip:bob@192.0.2.2>")
            .finish()
    }
}
