//! Decides how a new message is written: requests from nothing, responses from
//! the request they answer (RFC 3261 section 8.2.6.2). What comes out always
//! has a start line, a Content-Length, and no line that a value broke open.

use super::Message;
use super::edit::plain;
use super::line::Text;
use super::method::Method;
use super::start::{Kind, StartLine};

/// A message in the making.
#[derive(Clone, Debug)]
pub struct Builder {
    bytes: Vec<u8>,
    start: StartLine,
    content_type: Option<String>,
    body: Vec<u8>,
}

impl Builder {
    /// A request without headers yet.
    #[must_use]
    pub fn request(method: &Method, uri: &str) -> Self {
        let name = plain(method.as_str()).replace(' ', "-");
        let uri = plain(uri).replace(' ', "%20");
        let bytes = format!("{name} {uri} SIP/2.0\r\n").into_bytes();
        let span = name.len() + 1..name.len() + 1 + uri.len();
        let kind = Kind::Request {
            uri: Text::new(&bytes, span),
            method: Method::from(name.as_str()),
        };
        Self::begin(bytes, kind)
    }

    /// A response with the Via lines, From, To, Call-ID and CSeq of `request`,
    /// byte for byte; also its Timestamp when `status` is 100.
    #[must_use]
    pub fn response_to(request: &Message, status: u16, reason: &str) -> Self {
        let head = format!("SIP/2.0 {status:03} ");
        let bytes = format!("{head}{}\r\n", plain(reason)).into_bytes();
        let reason = head.len()..bytes.len().saturating_sub(2);
        let response = Self::begin(bytes, Kind::Response { status, reason })
            .copy(request, "Via")
            .copy(request, "From")
            .copy(request, "To")
            .copy(request, "Call-ID")
            .copy(request, "CSeq");
        match status {
            100 => response.copy(request, "Timestamp"),
            _ => response,
        }
    }

    /// Adds a header behind the others. Line breaks in the value become
    /// spaces.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let line = format!("{}: {}\r\n", plain(name), plain(value.as_ref()));
        self.bytes.extend_from_slice(line.as_bytes());
        self
    }

    /// Adds every line of a header of another message, byte for byte
    /// (Record-Route in a response that makes a dialog, for example).
    #[must_use]
    pub fn copy(mut self, other: &Message, name: &str) -> Self {
        for field in other.fields_named(name) {
            let line = other.bytes.get(field.line.clone()).unwrap_or_default();
            self.bytes.extend_from_slice(line.trim_ascii_end());
            self.bytes.extend_from_slice(b"\r\n");
        }
        self
    }

    /// Adds `;tag=` to the To header of a response, unless it has a tag
    /// (RFC 3261 section 8.2.6.2). The rest of the line stays as it came.
    #[must_use]
    pub fn to_tag(mut self, tag: &str) -> Self {
        let so_far = Message::assemble(self.bytes.clone(), self.start.clone(), Vec::new());
        let is_tagged = so_far.to().is_some_and(|to| to.tag().is_some());
        let Some(field) = so_far.fields_named("To").next().filter(|_| !is_tagged) else {
            return self;
        };
        let end = field.value.span.end.min(self.bytes.len());
        let rest = self.bytes.split_off(end);
        self.bytes.extend_from_slice(b";tag=");
        self.bytes.extend_from_slice(plain(tag).as_bytes());
        self.bytes.extend_from_slice(&rest);
        self
    }

    /// Gives the message a body.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            content_type: Some(content_type.to_owned()),
            body: body.into(),
            ..self
        }
    }

    /// The message.
    #[must_use]
    pub fn finish(self) -> Message {
        let content_type = self.content_type.clone();
        let length = self.body.len().to_string();
        let typed = match content_type {
            Some(content_type) => self.header("Content-Type", content_type),
            None => self,
        };
        let Self {
            mut bytes,
            start,
            body,
            ..
        } = typed.header("Content-Length", length);
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        Message::assemble(bytes, start, Vec::new())
    }

    fn begin(bytes: Vec<u8>, kind: Kind) -> Self {
        Self {
            start: StartLine {
                end: bytes.len(),
                kind,
            },
            bytes,
            content_type: None,
            body: Vec::new(),
        }
    }
}
