//! Decides when an end is asked whether it is still there, and when its silence
//! counts: the other end told that nothing comes on the flow between them any more,
//! and only the server can tell a dead end from a dead way.

use hopsight_evidence::{Fact, Observation, Side};
use hopsight_kit::{Moment, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// When to look whether an answer came: two lost packets later it has, and for the
/// second time when an end that signs in anew has done so.
const LOOKS_AFTER: [Duration; 2] = [Duration::from_millis(1200), Duration::from_millis(3000)];

/// Which ends of one session were asked.
#[derive(Debug, Default)]
pub(super) struct Presences {
    asked: BTreeMap<Side, Asked>,
}

#[derive(Debug)]
struct Asked {
    stopped: Timestamp,
    at: Moment,
    looks: usize,
}

impl Asked {
    fn next(&self) -> Option<Moment> {
        LOOKS_AFTER.get(self.looks).map(|after| self.at + *after)
    }
}

impl Presences {
    /// Whom to ask by now: once for each time that the flow stopped.
    pub(super) fn whom_to_ask(&mut self, facts: &[Fact], now: Moment) -> Vec<Side> {
        let stops = facts
            .iter()
            .filter(|fact| matches!(fact.observation, Observation::FlowStopped { .. }));
        let stops = stops.filter_map(|fact| Some((fact.observer.side()?.other(), fact.at)));
        let mut sides = Vec::new();
        for (side, stopped) in stops {
            if self
                .asked
                .get(&side)
                .is_some_and(|one| one.stopped >= stopped)
            {
                continue;
            }
            let asked = Asked {
                stopped,
                at: now,
                looks: 0,
            };
            self.asked.insert(side, asked);
            sides.push(side);
        }
        sides
    }

    /// The ends that it is time to look at, and when they were asked.
    pub(super) fn due(&mut self, now: Moment) -> Vec<(Side, Moment)> {
        let is_time = |one: &Asked| one.next().is_some_and(|next| next <= now);
        let due = self.asked.iter_mut().filter(|(_, one)| is_time(one));
        due.map(|(side, one)| {
            one.looks = one.looks.saturating_add(1);
            (*side, one.at)
        })
        .collect()
    }

    /// When [`Presences::due`] next has something.
    pub(super) fn next_wake(&self) -> Option<Moment> {
        self.asked.values().filter_map(Asked::next).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::{FactId, Observer, Pair, Privilege, Quality, Via};
    use hopsight_kit::{SeededRandom, SessionId};

    #[test]
    fn the_other_end_is_asked_once_for_each_time_that_a_flow_stops() {
        let mut presences = Presences::default();

        assert_eq!(presences.whom_to_ask(&[stopped(10)], at(0)), [Side::Viewer]);
        assert_eq!(presences.whom_to_ask(&[stopped(10)], at(100)), []);
        assert_eq!(
            presences.whom_to_ask(&[stopped(20)], at(9000)),
            [Side::Viewer]
        );
        assert_eq!(presences.whom_to_ask(&[], at(9000)), []);
    }

    #[test]
    fn an_end_that_was_asked_is_looked_at_twice() {
        let mut presences = Presences::default();
        presences.whom_to_ask(&[stopped(10)], at(500));

        assert_eq!(presences.next_wake(), Some(at(1700)));
        assert_eq!(presences.due(at(1699)), []);
        assert_eq!(presences.due(at(1700)), [(Side::Viewer, at(500))]);
        assert_eq!(presences.due(at(3499)), []);
        assert_eq!(presences.due(at(3500)), [(Side::Viewer, at(500))]);
        assert_eq!(presences.due(at(9000)), []);
        assert_eq!(presences.next_wake(), None);
    }

    fn at(millis: u64) -> Moment {
        Moment::START + Duration::from_millis(millis)
    }

    fn stopped(seconds: u64) -> Fact {
        Fact {
            id: FactId(1),
            session: SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1)),
            observer: Observer::Sharer,
            at: Timestamp::from_unix_seconds(seconds),
            privilege: Privilege::User,
            quality: Quality::Direct,
            observation: Observation::FlowStopped {
                pair: Pair {
                    local: ([10, 0, 0, 1], 1).into(),
                    remote: ([10, 0, 0, 2], 2).into(),
                    via: Via::Direct,
                },
                lived_ms: 9000,
                silent_ms: 4000,
            },
        }
    }
}
