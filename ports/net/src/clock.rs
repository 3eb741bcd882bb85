//! Decides what time it is: the only place that reads the clocks of this
//! machine.

use hopsight_kit::{Moment, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The clocks of this machine. Clones share their start, so that their moments
/// can be compared.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock that starts with this call.
    #[must_use]
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// The time since the start. Follows tokio's clock, so that tests may pause
    /// it.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::after_start(self.start.elapsed())
    }

    /// The time of day. May jump when somebody sets the clock.
    #[must_use]
    pub fn wall(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_unix_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    /// Waits until `moment`; not at all when it has passed.
    pub async fn sleep_until(&self, moment: Moment) {
        tokio::time::sleep_until(self.instant(moment)).await;
    }

    /// The moment as tokio's timers take it.
    #[must_use]
    pub fn instant(&self, moment: Moment) -> Instant {
        self.start + moment.since_start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_sleep_ends_at_its_moment() {
        let clock = Clock::start();
        let moment = Moment::after_start(Duration::from_secs(3600));

        clock.sleep_until(moment).await;

        assert_eq!(clock.now(), moment);
        assert!(clock.wall() > Timestamp::from_unix_seconds(1_700_000_000));
    }
}
