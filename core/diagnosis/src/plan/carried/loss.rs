//! Decides from when on a direct pair loses packets: many checks stay without an
//! answer, the other end reports it, or something else has shown it.

use hopsight_kit::Moment;
use std::collections::BTreeMap;
use std::time::Duration;

/// A check without an answer for so long is lost.
const LOST: Duration = Duration::from_millis(500);
/// A single loss happens to everybody.
const MOST_LOST: u32 = 2;
/// A link that loses one packet in twenty, which nobody notices, loses fewer
/// checks than one of so many.
const LOST_OF: u32 = 4;
/// So many of a thousand lost packets blur a picture. Where one in twenty is lost
/// a second with as many lost comes once in a hundred.
const MOST_PERMILLE: u16 = 150;
/// Checks that are watched for their answers.
const MOST_PENDING: usize = 64;

/// What was lost so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Loss {
    pending: BTreeMap<[u8; 12], Moment>,
    checked: u32,
    lost: u32,
    is_reported: bool,
    since: Option<Moment>,
}

impl Loss {
    /// A check left.
    pub(super) fn checked(&mut self, transaction: [u8; 12], now: Moment) {
        if self.pending.len() < MOST_PENDING {
            self.checked = self.checked.saturating_add(1);
            self.pending.insert(transaction, now);
        }
    }

    /// A check was answered.
    pub(super) fn answered(&mut self, transaction: &[u8; 12]) {
        self.pending.remove(transaction);
    }

    /// The other end tells how many of a thousand packets it missed.
    pub(super) fn reported(&mut self, permille: u16, now: Moment) {
        self.is_reported = true;
        if permille >= MOST_PERMILLE {
            self.shown(now);
        }
    }

    /// Something else shows that packets are lost.
    pub(super) fn shown(&mut self, now: Moment) {
        self.since.get_or_insert(now);
    }

    /// Looks which checks have waited long enough.
    pub(super) fn count(&mut self, now: Moment) {
        let before = self.pending.len();
        self.pending.retain(|_, sent| *sent + LOST > now);
        let lost = before.saturating_sub(self.pending.len());
        let lost = u32::try_from(lost).unwrap_or(u32::MAX);
        self.lost = self.lost.saturating_add(lost);
        let is_often = self.lost.saturating_mul(LOST_OF) >= self.checked;
        if self.lost >= MOST_LOST && is_often {
            self.shown(now);
        }
    }

    /// Since when it is known.
    pub(super) const fn since(&self) -> Option<Moment> {
        self.since
    }

    /// Whether the other end told at all what it missed.
    pub(super) const fn is_reported(&self) -> bool {
        self.is_reported
    }

    /// When a check may be lost next, as long as nothing is known.
    pub(super) fn next_wake(&self) -> Option<Moment> {
        let oldest = self.pending.values().min().map(|sent| *sent + LOST);
        oldest.filter(|_| self.since.is_none())
    }
}
