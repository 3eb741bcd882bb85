//! Decides how often somebody may look at the path to somebody else, or to
//! anybody: checks are answered without asking, so they are few.

use hopsight_kit::Moment;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// The time over which checks are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// Callers that are remembered; beyond them nobody new is let in until some
/// were forgotten.
const MOST_CALLERS: usize = 4096;

/// Counts the checks of each caller.
#[derive(Clone, Debug)]
pub struct CheckLimit {
    most: usize,
    recent: BTreeMap<String, VecDeque<Moment>>,
}

impl CheckLimit {
    /// At most so many checks of one caller in a minute.
    #[must_use]
    pub const fn per_minute(most: usize) -> Self {
        Self {
            most,
            recent: BTreeMap::new(),
        }
    }

    /// Whether `caller` may check at `now`; if so, it is counted.
    pub fn allows(&mut self, caller: &str, now: Moment) -> bool {
        self.recent.retain(|_, times| {
            times.retain(|time| now.since(*time) < WINDOW);
            !times.is_empty()
        });
        if self.recent.len() >= MOST_CALLERS && !self.recent.contains_key(caller) {
            return false;
        }
        let times = self.recent.entry(caller.to_owned()).or_default();
        let is_allowed = times.len() < self.most;
        if is_allowed {
            times.push_back(now);
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_has_so_many_in_a_minute_and_new_ones_after_it() {
        let mut limit = CheckLimit::per_minute(2);
        let at = |seconds| Moment::after_start(Duration::from_secs(seconds));

        let asked = [("a", 0), ("a", 1), ("a", 2), ("b", 2), ("a", 60), ("a", 60)];
        let allowed = asked.map(|(caller, seconds)| limit.allows(caller, at(seconds)));

        assert_eq!(allowed, [true, true, false, true, true, false]);
    }
}
