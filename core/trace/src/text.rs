//! Decides what the lines of an input are: encodings, line ends, and the marks
//! that a web page leaves.

use hopsight_kit::{Place, Read, Remark};

/// One line, with its number from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: usize,
    /// As it stands in the input.
    pub(crate) raw: String,
    /// With typographic marks put back to what a program writes.
    pub(crate) text: String,
}

impl Line {
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Splits `bytes` into lines: UTF-8 or UTF-16 with a byte order mark; CRLF, LF
/// and CR.
pub(crate) fn lines(bytes: &[u8]) -> Read<Vec<Line>> {
    let Read {
        value: text,
        mut remarks,
    } = decode(bytes);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let mut lines = Vec::new();
    for (number, raw) in (1..).zip(text.split('\n')) {
        let kept = shortened(raw);
        if kept.len() < raw.len() {
            remarks.push(Remark {
                place: Place::Line(number),
                problem: format!("the line has {} bytes and was cut", raw.len()),
            });
        }
        lines.push(Line {
            number,
            raw: kept.to_owned(),
            text: restored(kept),
        });
    }
    Read {
        value: lines,
        remarks,
    }
}

/// How often each kind of typographic mark stands in `raw`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) quotes: usize,
    pub(crate) dashes: usize,
    pub(crate) blanks: usize,
}

impl Marks {
    pub(crate) fn of(raw: &str) -> Self {
        let count = |marks: &[char]| raw.chars().filter(|one| marks.contains(one)).count();
        Self {
            quotes: count(QUOTES),
            dashes: count(DASHES),
            blanks: count(BLANKS),
        }
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            quotes: self.quotes.saturating_add(other.quotes),
            dashes: self.dashes.saturating_add(other.dashes),
            blanks: self.blanks.saturating_add(other.blanks),
        }
    }
}

fn restored(raw: &str) -> String {
    raw.chars()
        .map(|one| {
            if QUOTES.contains(&one) {
                '"'
            } else if DASHES.contains(&one) {
                '-'
            } else if BLANKS.contains(&one) {
                ' '
            } else {
                one
            }
        })
        .collect()
}

fn shortened(raw: &str) -> &str {
    let mut end = raw.len().min(LONGEST_LINE);
    while !raw.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    raw.get(..end).unwrap_or(raw)
}

fn decode(bytes: &[u8]) -> Read<String> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        rest => utf8(rest),
    }
}

fn utf8(bytes: &[u8]) -> Read<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Read::clean(text.to_owned()),
        Err(error) => Read {
            value: String::from_utf8_lossy(bytes).into_owned(),
            remarks: vec![Remark {
                place: Place::Byte(error.valid_up_to()),
                problem: "from here on there are bytes that are not UTF-8".to_owned(),
            }],
        },
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Read<String> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    let is_whole = odd.is_empty() && String::from_utf16(&units).is_ok();
    let remarks = if is_whole {
        Vec::new()
    } else {
        vec![Remark {
            place: Place::Whole,
            problem: "the UTF-16 text is damaged".to_owned(),
        }]
    };
    Read {
        value: String::from_utf16_lossy(&units),
        remarks,
    }
}

const QUOTES: &[char] = &['\u{201C}', '\u{201D}', '\u{201E}', '\u{2033}'];
const DASHES: &[char] = &['\u{2013}', '\u{2014}'];
const BLANKS: &[char] = &['\u{00A0}'];
const LONGEST_LINE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_line_ends_and_a_byte_order_mark_are_read() {
        let read = lines(b"\xEF\xBB\xBFone\r\ntwo\rthree\n");

        let texts: Vec<&str> = read.value.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["one", "two", "three"]);
        assert_eq!(read.remarks, []);
    }

    #[test]
    fn utf_16_is_read_in_both_orders() {
        for bytes in [b"\xFF\xFEa\0\n\0b\0", b"\xFE\xFF\0a\0\n\0b"] {
            let read = lines(bytes);
            let texts: Vec<&str> = read.value.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(texts, ["a", "b"]);
        }
    }

    #[test]
    fn typographic_marks_are_put_back_and_counted() {
        let raw = "a=\u{201D}b\u{2033} \u{2013}\u{A0}c";

        assert_eq!(restored(raw), "a=\"b\" - c");
        assert_eq!(
            Marks::of(raw),
            Marks {
                quotes: 2,
                dashes: 1,
                blanks: 1
            }
        );
    }
}
