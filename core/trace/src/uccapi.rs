//! Decides which lines of a client log belong to which SIP message.
//!
//! A message is three or more records of one thread: an opening record, a
//! record whose text is the start line, raw lines, a closing record. Records of
//! other threads may stand between and end nothing.

mod damage;
mod record;

use crate::message::{self, Direction, TraceMessage};
use crate::text::Line;
use damage::Damage;
use hopsight_kit::{Place, Read, Remark};
use record::{Kind, Opening, Record};

/// Messages and whether the copy is damaged.
pub(crate) fn read(lines: &[Line]) -> Read<(Vec<TraceMessage>, bool)> {
    let mut reader = Reader::default();
    for line in lines {
        reader.take(line);
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    open: Vec<Unfinished>,
    messages: Vec<TraceMessage>,
    remarks: Vec<Remark>,
    outside: Option<Run>,
    other_records: Option<Run>,
    damage: Damage,
}

/// A message whose closing record has not come.
struct Unfinished {
    thread: (String, String),
    opening: Opening,
    line: usize,
    start: Option<(Record, usize)>,
    lines: Vec<Line>,
    bytes: usize,
    cut: usize,
}

/// Lines in a row that are no part of a message.
#[derive(Clone, Copy)]
struct Run {
    first: usize,
    last: usize,
    lines: usize,
}

impl Reader {
    fn take(&mut self, line: &Line) {
        match Record::read(&line.text) {
            Some(record) => self.take_record(line, record),
            None => self.take_raw(line),
        }
    }

    fn take_record(&mut self, line: &Line, record: Record) {
        self.end_outside();
        match record.kind() {
            Kind::Open(opening) => {
                self.damage.record(line);
                self.damage.opening(line, &opening);
                self.close(&record.thread, false);
                self.open
                    .push(Unfinished::new(record.thread, opening, line.number));
            }
            Kind::Close => {
                self.damage.record(line);
                if !self.close(&record.thread, true) {
                    self.remark(line.number, "a closing record without its opening record");
                }
            }
            Kind::Text => self.take_text(line, record),
        }
    }

    /// A thread that has opened a message gives its start line next; any other
    /// record carries no part of a message.
    fn take_text(&mut self, line: &Line, record: Record) {
        let waiting = self
            .open
            .iter()
            .position(|one| one.thread == record.thread && one.start.is_none());
        let Some(place) = waiting else {
            extend(&mut self.other_records, line.number);
            return;
        };
        self.damage.record(line);
        let mut unfinished = self.open.remove(place);
        unfinished.start = Some((record, line.number));
        self.open.push(unfinished);
    }

    /// Raw lines belong to the message whose start line was read last.
    fn take_raw(&mut self, line: &Line) {
        let current = self.open.iter_mut().rev().find(|one| one.start.is_some());
        if let Some(unfinished) = current {
            unfinished.push(line);
        } else if !line.is_blank() {
            extend(&mut self.outside, line.number);
        }
    }

    /// Ends the message that `thread` has open; tells whether there was one.
    fn close(&mut self, thread: &(String, String), is_closed: bool) -> bool {
        let Some(place) = self.open.iter().rposition(|one| one.thread == *thread) else {
            return false;
        };
        let unfinished = self.open.remove(place);
        self.complete(unfinished, is_closed);
        true
    }

    fn complete(&mut self, mut unfinished: Unfinished, is_closed: bool) {
        let Some((record, number)) = unfinished.start.take() else {
            self.remark(unfinished.line, "an opening record without a start line");
            return;
        };
        if !is_closed {
            self.remark(number, "the message has no closing record and may be cut");
            self.give_back(&mut unfinished.lines);
        }
        if unfinished.cut > 0 {
            let problem = format!("the message was cut: {} lines left out", unfinished.cut);
            self.remark(number, &problem);
        }
        if !is_start_line(&record.text) {
            let lines = unfinished.lines.len();
            let problem = format!("no SIP start line; it and {lines} lines are not read");
            self.remark(number, &problem);
            return;
        }
        let parts = message::split(&unfinished.lines);
        unfinished
            .lines
            .iter()
            .for_each(|line| self.damage.record(line));
        self.damage.spread(number, parts.blank_lines);
        let message = TraceMessage {
            at: record.at,
            direction: unfinished.opening.direction,
            peer: unfinished.opening.peer,
            local: unfinished.opening.local,
            declared_bytes: unfinished.opening.bytes,
            start_line: record.text,
            line: number,
            headers: parts.headers,
            body: parts.body,
        };
        self.damage.addresses(&message);
        self.messages.push(message);
    }

    /// Without a closing record the message ends at its Content-Length; what
    /// follows stands outside.
    fn give_back(&mut self, lines: &mut Vec<Line>) {
        let parts = message::split(lines);
        let declared = parts
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("Content-Length"))
            .and_then(|header| header.value.parse::<usize>().ok());
        let Some(mut left) = declared else { return };
        let body_starts = lines.len().saturating_sub(body_lines(lines, &parts));
        let mut end = body_starts;
        for line in lines.iter().skip(body_starts) {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(line.raw.len().saturating_add(2));
            end = end.saturating_add(1);
        }
        for line in lines.split_off(end.min(lines.len())) {
            if !line.is_blank() {
                extend(&mut self.outside, line.number);
            }
        }
        self.end_outside();
    }

    fn remark(&mut self, line: usize, problem: &str) {
        self.remarks.push(Remark {
            place: Place::Line(line),
            problem: problem.to_owned(),
        });
    }

    fn end_outside(&mut self) {
        if let Some(run) = self.outside.take() {
            let problem = match run.lines {
                1 => "this line is no part of a trace record".to_owned(),
                lines => format!(
                    "{lines} lines up to line {} are no part of a trace record",
                    run.last
                ),
            };
            self.remark(run.first, &problem);
        }
    }

    fn finish(mut self) -> Read<(Vec<TraceMessage>, bool)> {
        for unfinished in std::mem::take(&mut self.open) {
            self.complete(unfinished, false);
        }
        self.end_outside();
        if let Some(run) = self.other_records.take() {
            let problem = match run.lines {
                1 => "this record carries no SIP message".to_owned(),
                lines => format!(
                    "{lines} records up to line {} carry no SIP message",
                    run.last
                ),
            };
            self.remark(run.first, &problem);
        }
        self.messages.sort_by_key(|message| message.line);
        let is_republished = self.damage.is_found();
        self.remarks.extend(self.damage.remarks());
        Read {
            value: (self.messages, is_republished),
            remarks: self.remarks,
        }
    }
}

impl Unfinished {
    const fn new(thread: (String, String), opening: Opening, line: usize) -> Self {
        Self {
            thread,
            opening,
            line,
            start: None,
            lines: Vec::new(),
            bytes: 0,
            cut: 0,
        }
    }

    fn push(&mut self, line: &Line) {
        self.bytes = self.bytes.saturating_add(line.raw.len());
        if self.bytes > LONGEST_MESSAGE {
            self.cut = self.cut.saturating_add(1);
            return;
        }
        self.lines.push(line.clone());
    }
}

/// How many of `lines` stand from the body's first line on.
fn body_lines(lines: &[Line], parts: &message::Parts) -> usize {
    let last_header = parts.headers.last().map_or(0, |header| header.line);
    let after = lines.iter().filter(|line| line.number > last_header);
    let blanks = after.clone().take_while(|line| line.is_blank()).count();
    after.count().saturating_sub(blanks)
}

fn extend(run: &mut Option<Run>, line: usize) {
    let kept = run.get_or_insert(Run {
        first: line,
        last: line,
        lines: 0,
    });
    kept.last = line;
    kept.lines = kept.lines.saturating_add(1);
}

fn is_start_line(text: &str) -> bool {
    text.starts_with("SIP/2.0 ") || text.trim_end().ends_with(" SIP/2.0")
}

const LONGEST_MESSAGE: usize = 4 << 20;

impl Opening {
    /// Whether the record lost its own machine's address.
    const fn is_emptied(&self) -> bool {
        self.local.is_none() && matches!(self.direction, Direction::Received | Direction::Sent)
    }
}
