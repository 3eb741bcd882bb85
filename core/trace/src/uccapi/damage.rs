//! Decides what the way through a web page did to a trace, and says it once
//! per kind, at the first line.

use super::record::Opening;
use crate::message::TraceMessage;
use crate::text::{Line, Marks};
use hopsight_kit::{Place, Remark};

/// Damage found so far, with the first line of each kind.
#[derive(Default)]
pub(super) struct Damage {
    marks: Marks,
    quotes_at: Option<usize>,
    dashes_at: Option<usize>,
    blanks_at: Option<usize>,
    spread_at: Option<usize>,
    blank_lines: usize,
    emptied_at: Option<usize>,
    emptied: usize,
}

impl Damage {
    /// A line that is part of the trace.
    pub(super) fn record(&mut self, line: &Line) {
        let marks = Marks::of(&line.raw);
        note(&mut self.quotes_at, marks.quotes, line.number);
        note(&mut self.dashes_at, marks.dashes, line.number);
        note(&mut self.blanks_at, marks.blanks, line.number);
        self.marks = self.marks.plus(marks);
    }

    pub(super) fn opening(&mut self, line: &Line, opening: &Opening) {
        if opening.is_emptied() {
            self.emptied(line.number);
        }
    }

    pub(super) fn spread(&mut self, line: usize, blank_lines: usize) {
        note(&mut self.spread_at, blank_lines, line);
        self.blank_lines = self.blank_lines.saturating_add(blank_lines);
    }

    /// `From: <>` is an address that somebody took out.
    pub(super) fn addresses(&mut self, message: &TraceMessage) {
        for header in &message.headers {
            let is_party = ["From", "To", "Contact"]
                .iter()
                .any(|name| header.name.eq_ignore_ascii_case(name));
            if is_party && header.value.contains("<>") {
                self.emptied(header.line);
            }
        }
    }

    pub(super) const fn is_found(&self) -> bool {
        self.quotes_at.is_some()
            || self.dashes_at.is_some()
            || self.blanks_at.is_some()
            || self.spread_at.is_some()
            || self.emptied_at.is_some()
    }

    pub(super) fn remarks(&self) -> Vec<Remark> {
        let counted = |count: usize, what: &str| format!("{count} {what}");
        let said = [
            (
                self.emptied_at,
                counted(
                    self.emptied,
                    "addresses were removed; an emptied value is unknown, not absent",
                ),
            ),
            (
                self.quotes_at,
                counted(
                    self.marks.quotes,
                    "typographic quotes read as straight ones",
                ),
            ),
            (
                self.dashes_at,
                counted(self.marks.dashes, "long dashes read as hyphens"),
            ),
            (
                self.blanks_at,
                counted(self.marks.blanks, "no-break spaces read as blanks"),
            ),
            (
                self.spread_at,
                counted(self.blank_lines, "blank lines between headers skipped"),
            ),
        ];
        said.into_iter()
            .filter_map(|(line, problem)| {
                Some(Remark {
                    place: Place::Line(line?),
                    problem,
                })
            })
            .collect()
    }

    fn emptied(&mut self, line: usize) {
        note(&mut self.emptied_at, 1, line);
        self.emptied = self.emptied.saturating_add(1);
    }
}

fn note(first: &mut Option<usize>, count: usize, line: usize) {
    if count > 0 {
        *first = Some(first.map_or(line, |earlier| earlier.min(line)));
    }
}
