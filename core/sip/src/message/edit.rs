//! Decides how a message is changed on its way (RFC 3261 section 16.6): by
//! single lines. Unknown headers, their order, reason phrases, Latin-1 bytes
//! and the body are copied as they came.

use super::Message;
use super::line::slice;
use super::list;
use super::name;
use super::start::Kind;
use std::ops::Range;

/// Changes to one message, carried out by [`Edit::finish`].
#[derive(Clone, Debug)]
pub struct Edit<'a> {
    message: &'a Message,
    request_uri: Option<String>,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
enum Line {
    /// As it came.
    Kept {
        line: Range<usize>,
        name: Range<usize>,
    },
    /// New or changed.
    Written { name: String, value: Vec<u8> },
}

impl<'a> Edit<'a> {
    pub(super) fn new(message: &'a Message) -> Self {
        let lines = message.fields.iter().map(|field| Line::Kept {
            line: field.line.clone(),
            name: field.name.clone(),
        });
        Self {
            message,
            request_uri: None,
            lines: lines.collect(),
        }
    }

    /// Puts another Request-URI into a request; does nothing to a response.
    pub fn set_request_uri(&mut self, uri: &str) -> &mut Self {
        self.request_uri = Some(plain(uri).replace(' ', "%20"));
        self
    }

    /// Gives the header this one value: in the place of its first line, or at
    /// the end. Its other lines go.
    pub fn set_header(&mut self, name: &str, value: &str) -> &mut Self {
        let first = self.position(name).unwrap_or(self.lines.len());
        self.remove_header(name);
        self.insert(first, name, value)
    }

    /// Adds a line before the first one of this header, or before all others.
    pub fn prepend_value(&mut self, name: &str, value: &str) -> &mut Self {
        let first = self.position(name).unwrap_or(0);
        self.insert(first, name, value)
    }

    /// Adds a line at the end.
    pub fn append_header(&mut self, name: &str, value: &str) -> &mut Self {
        self.insert(self.lines.len(), name, value)
    }

    /// Takes the first value away: one value of a comma-joined line, or the
    /// line when it held no other.
    pub fn remove_first_value(&mut self, name: &str) -> &mut Self {
        self.change_first_value(name, None)
    }

    /// Puts another value in the place of the first one (a Via that learns
    /// `received`, for example).
    pub fn replace_first_value(&mut self, name: &str, value: &str) -> &mut Self {
        self.change_first_value(name, Some(value))
    }

    /// Takes every line of this header away.
    pub fn remove_header(&mut self, name: &str) -> &mut Self {
        let message = self.message;
        self.lines.retain(|line| !line.is_named(name, message));
        self
    }

    /// The changed message.
    #[must_use]
    pub fn finish(&self) -> Vec<u8> {
        let bytes = self.message.bytes();
        let mut written = self.start_line();
        for line in &self.lines {
            match line {
                Line::Kept { line, .. } => written.extend_from_slice(slice(bytes, line)),
                Line::Written { name, value } => {
                    written.extend_from_slice(name.as_bytes());
                    written.extend_from_slice(b": ");
                    written.extend_from_slice(value);
                    written.extend_from_slice(b"\r\n");
                }
            }
        }
        let rest = self
            .message
            .fields
            .last()
            .map_or(self.message.start.end, |field| field.line.end);
        written.extend_from_slice(slice(bytes, &(rest..bytes.len())));
        written
    }

    fn start_line(&self) -> Vec<u8> {
        let bytes = self.message.bytes();
        let end = self.message.start.end;
        match (&self.request_uri, &self.message.start.kind) {
            (Some(new), Kind::Request { uri, .. }) => [
                slice(bytes, &(0..uri.span.start)),
                new.as_bytes(),
                slice(bytes, &(uri.span.end..end)),
            ]
            .concat(),
            (None | Some(_), Kind::Request { .. } | Kind::Response { .. }) => {
                slice(bytes, &(0..end)).to_vec()
            }
        }
    }

    fn insert(&mut self, at: usize, name: &str, value: &str) -> &mut Self {
        let line = Line::Written {
            name: plain(name),
            value: plain(value).into_bytes(),
        };
        self.lines.insert(at.min(self.lines.len()), line);
        self
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.lines
            .iter()
            .position(|line| line.is_named(name, self.message))
    }

    fn change_first_value(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        let Some(index) = self.position(name) else {
            return self;
        };
        let Some(line) = self.lines.get_mut(index) else {
            return self;
        };
        let old = line.value(self.message);
        let first_end = list::split(old, b',')
            .first()
            .map_or(old.len(), |span| span.end);
        let others = old.get(first_end + 1..).map(<[u8]>::trim_ascii_start);
        let parts: Vec<&[u8]> = value.map(str::as_bytes).into_iter().chain(others).collect();
        if parts.is_empty() {
            self.lines.remove(index);
            return self;
        }
        *line = Line::Written {
            value: parts.join(&b", "[..]),
            name: line.name(self.message),
        };
        self
    }
}

impl Line {
    fn is_named(&self, wanted: &str, message: &Message) -> bool {
        match self {
            Self::Kept { name, .. } => name::is_same(wanted, slice(message.bytes(), name)),
            Self::Written { name, .. } => name::is_same(wanted, name.as_bytes()),
        }
    }

    fn name(&self, message: &Message) -> String {
        match self {
            Self::Kept { name, .. } => {
                String::from_utf8_lossy(slice(message.bytes(), name)).into_owned()
            }
            Self::Written { name, .. } => name.clone(),
        }
    }

    /// The bytes between the colon and the line end.
    fn value<'a>(&'a self, message: &'a Message) -> &'a [u8] {
        match self {
            Self::Kept { line, .. } => {
                let whole = slice(message.bytes(), line);
                let colon = whole.iter().position(|byte| *byte == b':');
                whole
                    .get(colon.map_or(0, |colon| colon + 1)..)
                    .unwrap_or_default()
                    .trim_ascii()
            }
            Self::Written { value, .. } => value,
        }
    }
}

/// No value that is written here can begin a line of its own.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\r' | '\n' | '\0' => ' ',
            other => other,
        })
        .collect()
}
