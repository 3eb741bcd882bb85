//! Decides how coarse a picture must be so that it fits the bit rate, and when
//! the link has room for the next one. Keeps an account of the bits that the
//! link has not carried yet; knows nothing of H.264 but the rule that six
//! steps of the quantiser halve the bits.

use std::time::{Duration, Instant};

/// The quantiser of a sharp picture (SSIM above 0.99 on text).
pub(super) const SHARP: u8 = 22;
/// The finest coarse quantiser. openh264 codes a resting block again only when
/// its quantiser was above 26 and is now at least 6 lower, so nothing between
/// this and [`SHARP`] is of use.
pub(super) const COARSE: u8 = 28;
/// The coarsest quantiser: big letters are still readable.
pub(super) const COARSEST: u8 = 40;

/// What kind of picture is to be paid for; each has its own price a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Change,
    Key,
}

/// The account of one stream.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    bits_per_second: f64,
    owed: f64,
    at: Option<Instant>,
    change_price: f64,
    key_price: f64,
    blurred: f64,
    blurred_since: Option<Instant>,
}

impl Budget {
    pub(super) fn new(bits_per_second: u32) -> Self {
        Self {
            bits_per_second: f64::from(bits_per_second.max(LEAST_RATE)),
            owed: 0.0,
            at: None,
            change_price: 0.5,
            key_price: 1.0,
            blurred: 0.0,
            blurred_since: None,
        }
    }

    pub(super) fn set_rate(&mut self, bits_per_second: u32) {
        self.bits_per_second = f64::from(bits_per_second.max(LEAST_RATE));
    }

    /// The quantiser for a picture of `kind` with `area` changed pixels of
    /// `whole`.
    pub(super) fn choose(&self, kind: Kind, area: usize, whole: usize, now: Instant) -> u8 {
        let cost = self.price(kind) * pixels(area);
        let room = self.bits_per_second * self.patience(kind) - self.owed;
        let sharp_cost = (cost + self.blurred * self.key_price / 2.0) * in_steps(COARSE, SHARP);
        if sharp_cost <= room || (self.is_idle() && self.may_sharpen(kind, area, whole, now)) {
            return SHARP;
        }
        let over = 6.0 * (cost / room.max(1.0)).log2();
        (COARSE..COARSEST)
            .find(|quantiser| f64::from(quantiser - COARSE) >= over)
            .unwrap_or(COARSEST)
    }

    /// Books a picture that was encoded.
    pub(super) fn spend(&mut self, kind: Kind, area: usize, paid: Paid, now: Instant) {
        self.settle(now);
        self.owed += paid.bits;
        let pixels = pixels(area);
        if paid.quantiser <= SHARP {
            self.blurred = 0.0;
            self.blurred_since = None;
        } else {
            self.blurred = (self.blurred + pixels).min(paid.whole);
            self.blurred_since.get_or_insert(now);
        }
        if pixels < 4096.0 || self.blurred_before(paid.was_blurred, kind) {
            return;
        }
        let price = paid.bits / pixels / in_steps(COARSE, paid.quantiser);
        let kept = match kind {
            Kind::Change => &mut self.change_price,
            Kind::Key => &mut self.key_price,
        };
        *kept = (*kept / 2.0 + price / 2.0).clamp(0.005, 8.0);
    }

    /// Counts what the link has carried since the last call.
    pub(super) fn settle(&mut self, now: Instant) {
        let passed = self
            .at
            .map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        self.owed = (self.owed - passed.as_secs_f64() * self.bits_per_second).max(0.0);
        self.at = Some(now);
    }

    /// When the link will have carried all but `rest` of what it was given;
    /// `None` when that is so already.
    pub(super) fn clear_at(&self, rest: Duration) -> Option<Instant> {
        let over = self.owed - rest.as_secs_f64() * self.bits_per_second;
        let wait = Duration::from_secs_f64((over / self.bits_per_second).clamp(0.0, 10.0));
        let at = self.at.filter(|_| over > 0.0)?;
        Some(at + wait.max(Duration::from_millis(1)))
    }

    /// Whether parts of the picture at the far end are still coarse.
    pub(super) fn is_blurred(&self) -> bool {
        self.blurred > 0.0
    }

    fn is_idle(&self) -> bool {
        self.owed <= self.bits_per_second * SHARPEN_BELOW.as_secs_f64()
    }

    /// A small change, or a rest, takes the sharpening of all that is coarse
    /// with it; so does a big change when the picture was coarse for long.
    fn may_sharpen(&self, kind: Kind, area: usize, whole: usize, now: Instant) -> bool {
        let waited = self
            .blurred_since
            .is_some_and(|since| now.saturating_duration_since(since) >= LONGEST_BLUR);
        kind == Kind::Change && self.is_blurred() && (waited || area <= whole / 20)
    }

    fn blurred_before(&self, was_blurred: bool, kind: Kind) -> bool {
        kind == Kind::Change && was_blurred && !self.is_blurred()
    }

    const fn price(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Change => self.change_price,
            Kind::Key => self.key_price,
        }
    }

    /// For how many seconds one picture may occupy the link.
    const fn patience(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Change => 0.15,
            Kind::Key => 0.4,
        }
    }
}

/// What an encoded picture cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paid {
    pub(super) bits: f64,
    pub(super) quantiser: u8,
    pub(super) whole: f64,
    pub(super) was_blurred: bool,
}

/// Sharpening waits until the link is this near to idle.
pub(super) const SHARPEN_BELOW: Duration = Duration::from_millis(40);
/// So long a part of a busy picture may stay coarse.
const LONGEST_BLUR: Duration = Duration::from_secs(2);
/// Below this rate no picture would ever be sent.
const LEAST_RATE: u32 = 50_000;

fn in_steps(from: u8, to: u8) -> f64 {
    ((f64::from(from) - f64::from(to)) / 6.0).exp2()
}

pub(super) fn pixels(area: usize) -> f64 {
    f64::from(u32::try_from(area).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: usize = 1280 * 720;

    #[test]
    fn a_small_change_is_sharp_at_once_and_a_big_one_coarse() {
        let budget = Budget::new(2_000_000);
        let now = Instant::now();

        assert_eq!(budget.choose(Kind::Change, 2_000, WHOLE, now), SHARP);
        let coarse = budget.choose(Kind::Change, WHOLE, WHOLE, now);
        assert!((COARSE..=COARSEST).contains(&coarse), "{coarse}");
        assert_eq!(
            Budget::new(100_000).choose(Kind::Key, WHOLE, WHOLE, now),
            COARSEST
        );
        assert_eq!(
            Budget::new(90_000_000).choose(Kind::Key, WHOLE, WHOLE, now),
            SHARP
        );
    }

    #[test]
    fn a_coarse_picture_is_sharpened_when_the_link_has_carried_it() {
        let start = Instant::now();
        let mut budget = Budget::new(1_000_000);
        let paid = Paid {
            bits: 500_000.0,
            quantiser: 34,
            whole: pixels(WHOLE),
            was_blurred: false,
        };
        budget.spend(Kind::Key, WHOLE, paid, start);

        assert_eq!(
            budget.clear_at(SHARPEN_BELOW),
            Some(start + Duration::from_millis(460))
        );
        assert!(budget.choose(Kind::Change, 0, WHOLE, start) > SHARP);

        let later = start + Duration::from_millis(460);
        budget.settle(later);
        assert_eq!(budget.clear_at(SHARPEN_BELOW), None);
        assert_eq!(budget.choose(Kind::Change, 0, WHOLE, later), SHARP);
    }

    #[test]
    fn prices_follow_what_pictures_cost() {
        let start = Instant::now();
        let mut budget = Budget::new(4_000_000);
        let before = budget.choose(Kind::Key, WHOLE, WHOLE, start);
        let bits = pixels(WHOLE) * 4.0;
        let paid = Paid {
            bits,
            quantiser: before,
            whole: pixels(WHOLE),
            was_blurred: false,
        };
        budget.spend(Kind::Key, WHOLE, paid, start);
        budget.settle(start + Duration::from_secs(5));

        assert!(budget.choose(Kind::Key, WHOLE, WHOLE, start) > before);
    }
}
