//! Decides what the first line says: a request or a response (RFC 3261
//! sections 7.1 and 7.2). Reads what is bent, and notes the bend.

use super::defect::{Defect, Problem};
use super::line::{Text, first_line, slice};
use super::method::{Method, is_token};
use crate::uri::Uri;
use std::ops::Range;

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    /// Somebody wants something.
    Request {
        /// What.
        method: Method,
        /// From whom: the Request-URI as written.
        uri: &'a str,
    },
    /// Somebody answers.
    Response {
        /// 100 to 699; 0 when the line holds no such number (a defect).
        status: u16,
        /// The reason phrase, byte for byte.
        reason: &'a [u8],
    },
}

/// Where the start line lies and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StartLine {
    /// First byte behind the line and its line end.
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Request { method: Method, uri: Text },
    Response { status: u16, reason: Range<usize> },
}

/// There is no message here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no SIP start line at byte {at}")]
pub struct ReadError {
    /// Where it should have been.
    pub at: usize,
}

impl StartLine {
    pub(crate) fn read(bytes: &[u8], defects: &mut Vec<Defect>) -> Result<Self, ReadError> {
        let start = bytes
            .iter()
            .position(|byte| !matches!(byte, b'\r' | b'\n'))
            .unwrap_or(bytes.len());
        let (content, end) = first_line(bytes, start, defects);
        let line = slice(bytes, &content);
        if let Some(offset) = line.iter().position(u8::is_ascii_control) {
            defects.push(Defect {
                at: start + offset,
                problem: Problem::ControlCharacter,
            });
        }
        let is_response = line
            .get(..4)
            .is_some_and(|first| first.eq_ignore_ascii_case(b"SIP/"));
        let kind = if is_response {
            Some(read_response(line, start, defects))
        } else {
            read_request(bytes, &content, defects)
        };
        kind.map(|kind| Self { end, kind })
            .ok_or(ReadError { at: start })
    }

    pub(crate) fn view<'a>(&'a self, bytes: &'a [u8]) -> Start<'a> {
        match &self.kind {
            Kind::Request { method, uri } => Start::Request {
                method: method.clone(),
                uri: uri.of(bytes),
            },
            Kind::Response { status, reason } => Start::Response {
                status: *status,
                reason: slice(bytes, reason),
            },
        }
    }
}

fn read_request(bytes: &[u8], content: &Range<usize>, defects: &mut Vec<Defect>) -> Option<Kind> {
    let line = slice(bytes, content);
    let words = words(line);
    let (method, version) = (words.first()?, words.last()?);
    let is_sip = slice(line, version)
        .get(..4)
        .is_some_and(|first| first.eq_ignore_ascii_case(b"SIP/"));
    let first_of_uri = words.get(1).filter(|_| words.len() > 2 && is_sip)?;
    let last_of_uri = words.get(words.len().checked_sub(2)?)?;
    let uri = first_of_uri.start..last_of_uri.end;
    let name = String::from_utf8_lossy(slice(line, method)).into_owned();
    let mut note = |offset: usize, problem| {
        defects.push(Defect {
            at: content.start + offset,
            problem,
        });
    };
    if !is_token(name.as_bytes()) {
        note(method.start, Problem::Method);
    }
    let is_straight = words.len() == 3
        && method.start == 0
        && uri.start == method.end + 1
        && version.start == uri.end + 1
        && version.end == line.len();
    if !is_straight {
        note(0, Problem::StartLine);
    }
    if !slice(line, version).eq_ignore_ascii_case(b"SIP/2.0") {
        note(version.start, Problem::Version);
    }
    let text = Text::new(bytes, content.start + uri.start..content.start + uri.end);
    match Uri::parse(text.of(bytes)) {
        Err(error) => note(uri.start, Problem::RequestUri(error)),
        Ok(read) if read.is_sip() && read.headers().is_some() => {
            note(uri.start, Problem::RequestUriHeaders);
        }
        Ok(_) => {}
    }
    Some(Kind::Request {
        method: Method::from(name.as_str()),
        uri: text,
    })
}

fn read_response(line: &[u8], start: usize, defects: &mut Vec<Defect>) -> Kind {
    let mut note = |offset: usize, problem| {
        defects.push(Defect {
            at: start + offset,
            problem,
        });
    };
    let words = words(line);
    let version = words.first().cloned().unwrap_or_default();
    let code = words.get(1).cloned().unwrap_or(version.end..version.end);
    if !slice(line, &version).eq_ignore_ascii_case(b"SIP/2.0") {
        note(0, Problem::Version);
    }
    if code.start != version.end + 1 || !matches!(line.get(code.end), Some(b' ') | None) {
        note(code.start, Problem::StartLine);
    }
    let status = std::str::from_utf8(slice(line, &code))
        .ok()
        .filter(|digits| digits.len() == 3)
        .and_then(|digits| digits.parse().ok())
        .filter(|status| (100..700).contains(status));
    if status.is_none() {
        note(code.start, Problem::Status);
    }
    let reason = (code.end + 1).min(line.len());
    Kind::Response {
        status: status.unwrap_or(0),
        reason: start + reason..start + line.len(),
    }
}

/// The spans between spaces and tabs.
fn words(line: &[u8]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut begun = None;
    for (index, byte) in line.iter().enumerate() {
        let is_space = matches!(byte, b' ' | b'\t');
        match (begun, is_space) {
            (None, false) => begun = Some(index),
            (Some(start), true) => {
                words.push(start..index);
                begun = None;
            }
            (None, true) | (Some(_), false) => {}
        }
    }
    words.extend(begun.map(|start| start..line.len()));
    words
}
