//! Decides what the first pictures of a direct pair say of it: that none comes, that
//! it loses some, or that it may be measured without one passing beside.

use hopsight_kit::Moment;
use std::time::Duration;

/// A pair that works has carried its handshake, and then a picture, by now.
const STALLED: Duration = Duration::from_millis(700);
/// Whoever has no picture asks for one; the first time may be chance.
const MOST_MISSED: u32 = 2;
/// A picture that passes at all has passed by now.
const FIRST_PICTURE: Duration = Duration::from_millis(1300);
/// A pair whose picture is not asked for any more brings one.
const KEPT: Duration = Duration::from_millis(2000);
/// Whoever sees no picture asks for one more often than that.
const ASKED_FOR: Duration = Duration::from_millis(700);
/// However often, a pair that brings none has been given up by now.
const GIVEN_UP: Duration = Duration::from_millis(3600);
/// A path that works is traced when its first picture has passed.
const TRACE_AFTER: Duration = Duration::from_millis(1000);
/// What the pictures have come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Picture {
    connected: Option<Moment>,
    first: Option<Moment>,
    missed: u32,
    missed_last: Option<Moment>,
    stalled: Option<Moment>,
}

impl Picture {
    /// The handshake is done.
    pub(super) fn connected(&mut self, now: Moment) {
        self.connected.get_or_insert(now);
    }

    /// The first one left, or came.
    pub(super) fn shown(&mut self, now: Moment) {
        self.first.get_or_insert(now);
    }

    /// Somebody asks for one; whether this shows that some of it was lost. Who never
    /// had a picture asks for one at once and again: its packets may be too long. Who
    /// asks later has lost some.
    pub(super) fn missed(&mut self, now: Moment) -> bool {
        self.missed = self.missed.saturating_add(1);
        self.missed_last = Some(now);
        let is_often = self.missed >= MOST_MISSED;
        let is_new = self
            .connected
            .is_some_and(|connected| now <= connected + FIRST_PICTURE);
        if is_often && is_new {
            self.stalled.get_or_insert(now);
        }
        is_often && !is_new
    }

    /// When it is sizes that are asked for: no picture comes although the pair,
    /// chosen at that moment, answers.
    pub(super) fn stalls_at(&self, chosen: Moment) -> Option<Moment> {
        let waits = match (self.connected, self.first) {
            (None, _) => Some(chosen + STALLED),
            (Some(connected), None) => Some(connected.max(chosen) + STALLED),
            (Some(_), Some(_)) => None,
        };
        waits.or(self.stalled)
    }

    /// When the pair's picture stays on it, or the pair has been given up.
    /// Whoever shows has its first picture when it leaves; that somebody sees it show
    /// reports of what was lost, and that nobody asks for it.
    pub(super) fn settles_at(&self, chosen: Moment, is_reported: bool) -> Moment {
        let kept = self.connected.unwrap_or(chosen) + KEPT;
        let given_up = given_up(chosen).max(kept);
        let is_seen = self.first.is_some() && is_reported;
        let asked = match self.missed_last {
            _ if !is_seen => given_up,
            None => kept,
            Some(last) => last + ASKED_FOR,
        };
        kept.max(asked).min(given_up)
    }

    /// When the routers of a path that works are asked for.
    pub(super) fn works_at(&self) -> Option<Moment> {
        self.first.map(|first| first + TRACE_AFTER)
    }
}

/// When a pair that brings no picture has been given up.
pub(super) fn given_up(chosen: Moment) -> Moment {
    chosen + GIVEN_UP
}
