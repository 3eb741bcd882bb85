//! Decides where the lines of a message begin and end: the start line, the
//! header lines with their continuations, and the first byte of the body.
//! Every byte is looked at a fixed number of times.

use super::defect::{Defect, Problem};
use super::list::Place;
use super::method::is_token;
use std::ops::Range;

/// One line of the header section. A line that is no header has an empty name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// With its continuations and line ends.
    pub(crate) line: Range<usize>,
    /// Without white space before the colon.
    pub(crate) name: Range<usize>,
    pub(crate) value: Text,
}

/// Where a text stands, and how it reads when the bytes themselves are not the
/// text: folded over lines, or not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) span: Range<usize>,
    read: Option<Box<str>>,
}

/// The header section and where it ends.
pub(crate) struct Head {
    pub(crate) fields: Vec<Field>,
    pub(crate) defects: Vec<Defect>,
    pub(crate) body: usize,
}

/// A physical line: what it says, and what it takes with its line end.
struct Line {
    content: Range<usize>,
    end: usize,
}

impl Text {
    pub(crate) fn new(bytes: &[u8], span: Range<usize>) -> Self {
        let raw = slice(bytes, &span);
        let is_folded = raw.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        let read = match std::str::from_utf8(raw) {
            Ok(_) if !is_folded => None,
            Ok(_) | Err(_) => Some(unfolded(raw).into_boxed_str()),
        };
        Self { span, read }
    }

    pub(crate) fn of<'a>(&'a self, bytes: &'a [u8]) -> &'a str {
        self.read
            .as_deref()
            .unwrap_or_else(|| std::str::from_utf8(slice(bytes, &self.span)).unwrap_or_default())
    }
}

/// Reads the header section that begins at `start`.
pub(crate) fn read_head(bytes: &[u8], start: usize) -> Head {
    let mut head = Head {
        fields: Vec::new(),
        defects: Vec::new(),
        body: bytes.len(),
    };
    let mut at = start;
    while let Some(line) = next_line(bytes, at, &mut head.defects) {
        if line.content.is_empty() && line.end > line.content.end {
            head.body = line.end;
            return head;
        }
        let line = with_continuations(bytes, line, &mut head.defects);
        let field = read_field(bytes, at..line.end, &line.content, &mut head.defects);
        head.fields.push(field);
        at = line.end;
    }
    head.note(bytes.len(), Problem::NoEmptyLine);
    head
}

/// The line that begins at `from`: content, and where the next one begins.
pub(crate) fn first_line(
    bytes: &[u8],
    from: usize,
    defects: &mut Vec<Defect>,
) -> (Range<usize>, usize) {
    next_line(bytes, from, defects).map_or((from..from, from), |line| (line.content, line.end))
}

pub(crate) fn slice<'a>(bytes: &'a [u8], span: &Range<usize>) -> &'a [u8] {
    #[cfg(test)]
    work::count(span.len());
    bytes.get(span.clone()).unwrap_or_default()
}

impl Head {
    fn note(&mut self, at: usize, problem: Problem) {
        self.defects.push(Defect { at, problem });
    }
}

fn next_line(bytes: &[u8], from: usize, defects: &mut Vec<Defect>) -> Option<Line> {
    let rest = bytes.get(from..).filter(|rest| !rest.is_empty())?;
    let feed = rest.iter().position(|byte| *byte == b'\n');
    #[cfg(test)]
    work::count(feed.map_or(rest.len(), |feed| feed + 1));
    let Some(feed) = feed else {
        return Some(Line {
            content: from..bytes.len(),
            end: bytes.len(),
        });
    };
    let end = from + feed + 1;
    let content = match rest.get(..feed) {
        Some([.., b'\r']) => from..end - 2,
        _ => {
            defects.push(Defect {
                at: end - 1,
                problem: Problem::BareLineFeed,
            });
            from..end - 1
        }
    };
    Some(Line { content, end })
}

fn with_continuations(bytes: &[u8], first: Line, defects: &mut Vec<Defect>) -> Line {
    let mut whole = first;
    while matches!(bytes.get(whole.end), Some(b' ' | b'\t')) {
        let Some(next) = next_line(bytes, whole.end, defects) else {
            break;
        };
        whole.content.end = next.content.end;
        whole.end = next.end;
    }
    whole
}

fn read_field(
    bytes: &[u8],
    line: Range<usize>,
    content: &Range<usize>,
    defects: &mut Vec<Defect>,
) -> Field {
    let raw = slice(bytes, content);
    if let Some(offset) = control_character(raw) {
        defects.push(Defect {
            at: content.start + offset,
            problem: Problem::ControlCharacter,
        });
    }
    let colon = raw
        .iter()
        .position(|byte| matches!(byte, b':' | b'\r' | b'\n'))
        .filter(|at| raw.get(*at) == Some(&b':'))
        .filter(|_| !raw.starts_with(b" ") && !raw.starts_with(b"\t"));
    let Some(colon) = colon else {
        defects.push(Defect {
            at: content.start,
            problem: Problem::NoHeader,
        });
        return Field {
            name: line.start..line.start,
            value: Text::new(bytes, content.clone()),
            line,
        };
    };
    let name = trimmed(bytes, content.start..content.start + colon);
    let value = trimmed(bytes, content.start + colon + 1..content.end);
    if !is_token(slice(bytes, &name)) {
        defects.push(Defect {
            at: name.start,
            problem: Problem::HeaderName,
        });
    }
    if std::str::from_utf8(slice(bytes, &value)).is_err() {
        defects.push(Defect {
            at: value.start,
            problem: Problem::NotUtf8,
        });
    }
    Field {
        line,
        name,
        value: Text::new(bytes, value),
    }
}

/// The first control character that is neither a tab, nor part of a fold, nor
/// escaped in a quoted text (where RFC 3261 section 25.1 allows it).
fn control_character(raw: &[u8]) -> Option<usize> {
    let mut place = Place::Open;
    raw.iter().enumerate().find_map(|(offset, byte)| {
        let next = raw.get(offset + 1);
        let is_fold = *byte == b'\n' || (*byte == b'\r' && next == Some(&b'\n'));
        let is_allowed = *byte == b'\t' || is_fold || place == Place::Escaped;
        place = place.after(*byte);
        (byte.is_ascii_control() && !is_allowed).then_some(offset)
    })
}

fn trimmed(bytes: &[u8], span: Range<usize>) -> Range<usize> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let raw = slice(bytes, &span);
    let Some(first) = raw.iter().position(|byte| !is_space(byte)) else {
        return span.start..span.start;
    };
    let last = raw
        .iter()
        .rposition(|byte| !is_space(byte))
        .unwrap_or(first);
    span.start + first..span.start + last + 1
}

/// Folds become one space (RFC 3261 section 7.3.1); what is no UTF-8 is read
/// as Latin-1, so that every byte still shows.
fn unfolded(raw: &[u8]) -> String {
    let mut flat: Vec<u8> = Vec::with_capacity(raw.len());
    let mut in_fold = false;
    for byte in raw.iter().copied() {
        match byte {
            b'\r' | b'\n' => {
                in_fold = true;
                while matches!(flat.last(), Some(b' ' | b'\t')) {
                    flat.pop();
                }
            }
            b' ' | b'\t' if in_fold => {}
            _ => {
                if std::mem::take(&mut in_fold) {
                    flat.push(b' ');
                }
                flat.push(byte);
            }
        }
    }
    String::from_utf8(flat)
        .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect())
}

/// Counts the bytes that reading looks at, so that a test can prove that twice
/// the message is twice the work, whatever the machine is busy with.
#[cfg(test)]
mod work {
    use std::cell::Cell;

    thread_local! {
        static VISITED: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn count(bytes: usize) {
        VISITED.set(VISITED.get() + bytes + 1);
    }

    pub(super) fn of(act: impl FnOnce()) -> usize {
        VISITED.set(0);
        act();
        VISITED.get()
    }
}

#[cfg(test)]
mod tests {
    use super::work;
    use crate::message::{Edit, Message};

    type Shape = fn(usize) -> String;

    #[test]
    fn twice_the_message_is_twice_the_work() {
        let shapes: [(&str, Shape); 8] = [
            ("headers", |size| "X: y\r\n".repeat(size)),
            ("vias", |size| {
                "Via: SIP/2.0/TCP a;branch=z9hG4bK1\r\n".repeat(size)
            }),
            ("joined values", |size| {
                format!("Route: {}<sip:a>\r\n", "<sip:a>, ".repeat(size))
            }),
            ("continuations", |size| {
                format!("X: y\r\n{}", " z\r\n".repeat(size))
            }),
            ("spaces", |size| format!("X:{}y\r\n", " \t".repeat(size))),
            ("quotes", |size| {
                format!("Contact: \"{}\r\n", "\\\"<,".repeat(size))
            }),
            ("no headers", |size| "nothing\n".repeat(size)),
            ("one line", |size| "x".repeat(8 * size)),
        ];
        for (name, shape) in shapes {
            let [small, large] = [4_000, 8_000].map(|size| {
                let text = format!("BYE sip:a SIP/2.0\r\n{}\r\n", shape(size));
                work::of(|| drop(Message::read(text.as_bytes()).unwrap()))
            });
            assert!(
                large <= small * 21 / 10,
                "{name}: {small} bytes, then {large}"
            );
        }
    }

    #[test]
    fn an_edit_of_twice_the_message_is_twice_the_work() {
        let [small, large] = [4_000, 8_000].map(|size| {
            let text = format!(
                "BYE sip:a SIP/2.0\r\n{}\r\n",
                "Route: <sip:a>, <sip:b>\r\n".repeat(size)
            );
            let message = Message::read(text.as_bytes()).unwrap();
            let change = |edit: &mut Edit<'_>| {
                edit.prepend_value("Via", "x")
                    .remove_first_value("Route")
                    .finish()
            };
            work::of(|| drop(change(&mut message.edit())))
        });
        assert!(large <= small * 21 / 10, "{small} bytes, then {large}");
    }
}
