//! Decides how many events leave a path: a burst at its beginning, then a
//! steady trickle; what is left out is counted.

use std::time::{Duration, Instant};

/// Enough for the checks of a dozen candidates on each side.
const BURST: u32 = 1000;
const PER_SECOND: u32 = 50;

/// A token bucket that counts what it turned away.
#[derive(Debug)]
pub(crate) struct Limiter {
    tokens: u32,
    filled: Instant,
    omitted: u64,
}

impl Limiter {
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            tokens: BURST,
            filled: now,
            omitted: 0,
        }
    }

    /// Whether one more event may leave.
    pub(crate) fn admit(&mut self, now: Instant) -> bool {
        let each = Duration::from_secs(1) / PER_SECOND;
        let elapsed = now.saturating_duration_since(self.filled);
        let earned = u32::try_from(elapsed.as_nanos() / each.as_nanos()).unwrap_or(BURST);
        if earned > 0 {
            self.tokens = self.tokens.saturating_add(earned).min(BURST);
            self.filled = now;
        }
        let admitted = self.tokens > 0;
        self.tokens = self.tokens.saturating_sub(1);
        if !admitted {
            self.omit();
        }
        admitted
    }

    /// Counts an event that was left out.
    pub(crate) const fn omit(&mut self) {
        self.omitted = self.omitted.saturating_add(1);
    }

    /// How many were left out since the last call.
    pub(crate) fn take_omitted(&mut self) -> Option<u64> {
        let omitted = std::mem::take(&mut self.omitted);
        (omitted > 0).then_some(omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exceeds_the_burst_is_counted_and_time_earns_more() {
        let start = Instant::now();
        let mut limiter = Limiter::new(start);

        let admitted = (0..BURST + 5).filter(|_| limiter.admit(start)).count();

        assert_eq!(u32::try_from(admitted), Ok(BURST));
        assert_eq!(limiter.take_omitted(), Some(5));
        assert!(limiter.admit(start + Duration::from_millis(20)));
        assert_eq!(limiter.take_omitted(), None);
    }
}
