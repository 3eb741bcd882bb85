//! Decides where a traced message has its headers and its body, also when a
//! blank line was put after every line.

use crate::LocalTime;
use crate::text::Line;

/// A SIP message as the trace shows it, from the view of the log's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceMessage {
    /// When, by the owner's clock.
    pub at: LocalTime,
    /// Whether the owner received or sent it.
    pub direction: Direction,
    /// The address of the other machine, when it was not removed.
    pub peer: Option<String>,
    /// The owner's own address, when it was not removed.
    pub local: Option<String>,
    /// Length of the whole message by the trace; a check, not a measure.
    pub declared_bytes: Option<usize>,
    /// Request line or status line.
    pub start_line: String,
    /// Line of the start line in the trace.
    pub line: usize,
    /// Header fields in order.
    pub headers: Vec<Header>,
    /// The body's lines.
    pub body: Vec<String>,
}

/// Whether the owner of the log received or sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Received.
    Received,
    /// Sent.
    Sent,
}

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name as written.
    pub name: String,
    /// Its value, typographic marks put back.
    pub value: String,
    /// Its line in the trace.
    pub line: usize,
}

impl TraceMessage {
    /// The first header field of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers_named(name);
        named.next().map(|header| header.value.as_str())
    }

    /// All header fields of this name.
    pub fn headers_named<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a Header> + use<'a, 'n> {
        self.headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
    }

    /// The method of a request, or the one that a response answers.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        if self.start_line.starts_with("SIP/2.0 ") {
            return self.header("CSeq")?.split_whitespace().nth(1);
        }
        self.start_line.split_whitespace().next()
    }

    /// The status of a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let rest = self.start_line.strip_prefix("SIP/2.0 ")?;
        rest.split_whitespace().next()?.parse().ok()
    }
}

/// The lines of a message after its start line.
pub(crate) struct Parts {
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Vec<String>,
    /// Blank lines that are not part of any SIP message.
    pub(crate) blank_lines: usize,
}

/// Splits the lines after the start line. A blank line right after the start
/// line cannot stand in a SIP message with headers, so the copy has one after
/// every line, and blank lines mean nothing.
pub(crate) fn split(lines: &[Line]) -> Parts {
    let is_spread = lines.first().is_some_and(Line::is_blank);
    let mut headers: Vec<Header> = Vec::new();
    let mut body = Vec::new();
    let (mut blank_lines, mut is_body) = (0_usize, false);
    for line in lines {
        if line.is_blank() && is_spread {
            blank_lines = blank_lines.saturating_add(1);
            continue;
        }
        if is_body {
            body.push(line.raw.clone());
            continue;
        }
        if line.is_blank() {
            is_body = true;
            continue;
        }
        if let Some(more) = continuation(line)
            && let Some(last) = headers.last_mut()
        {
            last.value.push(' ');
            last.value.push_str(more);
            continue;
        }
        match header(line) {
            Some(header) => headers.push(header),
            None => {
                is_body = true;
                body.push(line.raw.clone());
            }
        }
    }
    Parts {
        headers,
        body,
        blank_lines,
    }
}

fn header(line: &Line) -> Option<Header> {
    let (name, value) = line.text.split_once(':')?;
    let name = name.trim_end();
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte));
    is_name.then(|| Header {
        name: name.to_owned(),
        value: value.trim().to_owned(),
        line: line.number,
    })
}

fn continuation(line: &Line) -> Option<&str> {
    line.text.starts_with([' ', '\t']).then(|| line.text.trim())
}
