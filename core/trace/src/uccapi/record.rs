//! Decides what one record of a client log is:
//! `date|time pid:tid LEVEL  :: text`.

use crate::LocalTime;
use crate::message::Direction;

/// One prefixed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) at: LocalTime,
    /// Process and thread, hexadecimal, as written.
    pub(super) thread: (String, String),
    pub(super) text: String,
}

/// What a record does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Closes a message.
    Close,
    /// Opens a message.
    Open(Opening),
    /// Anything else: a start line, or a line about something other than SIP.
    Text,
}

/// What an opening record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) direction: Direction,
    pub(super) peer: Option<String>,
    pub(super) local: Option<String>,
    pub(super) bytes: Option<usize>,
}

impl Record {
    /// Reads a line whose typographic marks were put back.
    pub(super) fn read(line: &str) -> Option<Self> {
        let (stamp, rest) = split_at_blank(line)?;
        let at = LocalTime::read(stamp)?;
        let (thread, rest) = split_at_blank(rest)?;
        let (process, thread) = thread.split_once(':')?;
        let (level, text) = rest.split_once("::")?;
        let level = level.trim();
        let is_record = is_hex(process)
            && is_hex(thread)
            && !level.is_empty()
            && level.bytes().all(|byte| byte.is_ascii_uppercase());
        is_record.then(|| Self {
            at,
            thread: (process.to_owned(), thread.to_owned()),
            text: text.trim().to_owned(),
        })
    }

    pub(super) fn kind(&self) -> Kind {
        let (is_end, text) = match self.text.strip_prefix("End of ") {
            Some(rest) => (true, rest),
            None => (false, self.text.as_str()),
        };
        let received = after_mark(text, "Data Received", "(To Local Address:");
        let sent = after_mark(text, "Sending Packet", "(From Local Address:");
        let (direction, told) = match (received, sent) {
            (Some(told), _) => (Direction::Received, told),
            (None, Some(told)) => (Direction::Sent, told),
            (None, None) => return Kind::Text,
        };
        if is_end {
            return Kind::Close;
        }
        let (peer, local) = told;
        Kind::Open(Opening {
            direction,
            peer: address(peer),
            local: local.split([')', ' ']).next().and_then(address),
            bytes: declared_bytes(local),
        })
    }
}

/// The peer's address and what follows the mark of the own address.
fn after_mark<'a>(text: &'a str, name: &str, mark: &str) -> Option<(&'a str, &'a str)> {
    let rest = text.strip_prefix(name)?.trim_start().strip_prefix('-')?;
    let (peer, local) = rest.split_once(mark)?;
    Some((peer.trim(), local.trim()))
}

/// `1224 bytes`, with or without a colon, is the end of the record.
fn declared_bytes(text: &str) -> Option<usize> {
    let number = text.trim_end_matches(':').strip_suffix("bytes")?.trim_end();
    let start = number.rfind(|one: char| !one.is_ascii_digit());
    let digits = match start {
        Some(place) => number.get(place..)?.trim_start_matches([')', ' ']),
        None => number,
    };
    digits.parse().ok()
}

fn address(text: &str) -> Option<String> {
    text.contains(':').then(|| text.to_owned())
}

fn split_at_blank(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once([' ', '\t'])?;
    Some((first, rest.trim_start()))
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_opening_record_gives_both_addresses() {
        let line = "12/15/2011|14:03:12.750 2924:3DBC INFO  :: \
                    Data Received -10.21.185.5:5061 (To Local Address: 10.102.0.139:52453) 1224 bytes:";

        let opening = Opening {
            direction: Direction::Received,
            peer: Some("10.21.185.5:5061".to_owned()),
            local: Some("10.102.0.139:52453".to_owned()),
            bytes: Some(1224),
        };
        assert_eq!(
            Record::read(line).map(|record| record.kind()),
            Some(Kind::Open(opening))
        );
    }

    #[test]
    fn an_opening_record_without_addresses_still_opens() {
        let line = "12/15/2011|14:03:12.750 2924:3DBC INFO  :: \
                    Data Received - (To Local Address: 1224 bytes:";

        let opening = Opening {
            direction: Direction::Received,
            peer: None,
            local: None,
            bytes: Some(1224),
        };
        assert_eq!(
            Record::read(line).map(|record| record.kind()),
            Some(Kind::Open(opening))
        );
    }

    #[test]
    fn a_line_without_a_level_is_no_record() {
        assert_eq!(Record::read("12/15/2011|14:03:12.750 2924:3DBC :: x"), None);
        assert_eq!(Record::read("Via: SIP/2.0/TLS"), None);
    }
}
