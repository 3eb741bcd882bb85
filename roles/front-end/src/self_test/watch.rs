//! Decides when the deployment looks at itself and whom it tells: at its start
//! and every five minutes; the log when something changed, everybody else when
//! they ask.

use super::{SelfTest, judge, look};
use crate::front_end::FrontEnd;
use hopsight_kit::{Moment, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The listeners get so long to be there.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// A fault is told before most users meet it.
const EVERY: Duration = Duration::from_secs(300);

/// What the last look showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) checked_at: Option<Timestamp>,
    pub(crate) tests: Vec<SelfTest>,
}

impl FrontEnd {
    /// Looks at this deployment now and every five minutes, for ever.
    pub async fn watch_itself(self: Arc<Self>) {
        tokio::time::sleep(FIRST_LOOK).await;
        let mut last = (self.clock.now(), self.clock.wall());
        loop {
            let now = (self.clock.now(), self.clock.wall());
            let seen = look::everything(&self, jump(last, now)).await;
            last = now;
            let tests = judge(&seen);
            self.health.send_modify(|known| {
                tell(&known.tests, &tests);
                *known = Health {
                    checked_at: Some(now.1),
                    tests,
                };
            });
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Whether each test of the last look passed, by its name.
    #[must_use]
    pub fn self_tests(&self) -> BTreeMap<&'static str, bool> {
        let health = self.health.borrow();
        let tests = health.tests.iter();
        tests.map(|test| (test.name, test.ok)).collect()
    }
}

/// Seconds by which the wall clock moved away from the monotonic one.
fn jump(last: (Moment, Timestamp), now: (Moment, Timestamp)) -> u64 {
    let expected = last.1 + now.0.since(last.0);
    let ahead = now.1.since(expected);
    let behind = expected.since(now.1);
    ahead.max(behind).as_secs()
}

fn tell(before: &[SelfTest], after: &[SelfTest]) {
    for test in after {
        let was = before.iter().find(|known| known.name == test.name);
        if was.is_some_and(|was| was.ok == test.ok && (test.ok || was.says == test.says)) {
            continue;
        }
        if !test.ok {
            let (name, says, remedy) = (test.name, &test.says, &test.remedy);
            tracing::warn!(
                test = name,
                says,
                remedy,
                code = test.code,
                "a self-test failed"
            );
        } else if was.is_some() {
            tracing::info!(
                test = test.name,
                says = test.says,
                "a self-test passes again"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_told_from_one_that_runs() {
        let at = |seconds| Moment::after_start(Duration::from_secs(seconds));
        let last = (at(10), Timestamp::from_unix_seconds(1000));

        assert_eq!(jump(last, (at(310), Timestamp::from_unix_seconds(1300))), 0);
        assert_eq!(
            jump(last, (at(310), Timestamp::from_unix_seconds(4900))),
            3600
        );
        assert_eq!(
            jump(last, (at(310), Timestamp::from_unix_seconds(1000))),
            300
        );
    }
}
