//! Adds up the scores of many verdicts.

use hopsight_lab::{Card, Expect, Score, Told};

/// Counts of one group.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) exact: Share,
    pub(super) inside: Share,
    pub(super) stretch: usize,
    pub(super) blamed: Share,
    pub(super) blamed_as_proven: usize,
    pub(super) alarms: Share,
    pub(super) ways: Share,
    pub(super) seen_ways: Share,
}

/// So many of so many.
#[derive(Clone, Copy, Default)]
pub(super) struct Share {
    pub(super) hits: usize,
    pub(super) of: usize,
}

impl Share {
    pub(super) fn count(&mut self, hit: bool) {
        self.of += 1;
        self.hits += usize::from(hit);
    }

    pub(super) fn count_if_known(&mut self, hit: Option<bool>) {
        if let Some(hit) = hit {
            self.count(hit);
        }
    }

    pub(super) fn text(self) -> String {
        let whole = 100.0 * self.hits as f64 / self.of.max(1) as f64;
        if self.of == 0 {
            return "-".to_owned();
        }
        format!("{whole:.1} % ({} of {})", self.hits, self.of)
    }
}

impl Tally {
    pub(super) fn add(&mut self, score: Score) {
        if score.is_exact.is_none() {
            self.alarms.count(score.is_false_alarm);
            return;
        }
        self.exact.count_if_known(score.is_exact);
        self.inside.count_if_known(score.is_inside);
        self.ways.count_if_known(score.is_side_and_direction);
        self.seen_ways
            .count_if_known(score.is_seen_side_and_direction);
        self.stretch += score.stretch;
        self.blamed.count(score.blames_innocent);
        self.blamed_as_proven += usize::from(score.blames_innocent_as_proven);
    }

    pub(super) fn of<'a>(scored: impl Iterator<Item = (&'a Card, &'a Expect, Vec<Told>)>) -> Self {
        let mut tally = Self::default();
        for (card, expect, told) in scored {
            tally.add(Score::of(card, expect, &told, None).unwrap());
        }
        tally
    }
}
