//! Decides how the claims of several observers become the facts of one
//! session: stamped, numbered, the newest state of each thing kept.
//!
//! The caller says who the observer is, from the flow that it authenticated.

use crate::{Claim, Fact, FactId, Observer, Privilege, Quality};
use hopsight_kit::SessionId;

/// The facts of one session, in the order in which they were taken in.
#[derive(Clone, Debug)]
pub struct Timeline {
    session: SessionId,
    facts: Vec<Fact>,
    refused: u64,
}

impl Timeline {
    /// A session of which nothing is known yet.
    #[must_use]
    pub const fn new(session: SessionId) -> Self {
        Self {
            session,
            facts: Vec::new(),
            refused: 0,
        }
    }

    /// Goes on with facts that were stored before.
    #[must_use]
    pub const fn resume(session: SessionId, facts: Vec<Fact>) -> Self {
        Self {
            session,
            facts,
            refused: 0,
        }
    }

    /// Takes in what `observer` claims and returns the facts that are new or
    /// changed. A claim about the same thing keeps its fact's number. Claims
    /// that this observer cannot have seen, and those above the limit per
    /// observer, are counted in [`Self::refused`].
    pub fn take_in(&mut self, observer: Observer, claims: Vec<Claim>) -> Vec<Fact> {
        claims
            .into_iter()
            .filter_map(|claim| self.take_in_one(observer, claim))
            .collect()
    }

    /// The facts so far.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// How many claims were not taken in.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    fn take_in_one(&mut self, observer: Observer, claim: Claim) -> Option<Fact> {
        let known = self.facts.iter_mut().find(|fact| {
            fact.observer == observer && fact.observation.is_about_the_same(&claim.observation)
        });
        if let Some(fact) = known {
            let is_news = fact.observation != claim.observation;
            fact.at = claim.at;
            fact.observation = claim.observation;
            return is_news.then(|| fact.clone());
        }
        if !self.has_room_for(observer) || !claim.observation.may_be_seen_by(observer) {
            self.refused = self.refused.saturating_add(1);
            return None;
        }
        let fact = self.stamp(observer, claim);
        self.facts.push(fact.clone());
        Some(fact)
    }

    fn has_room_for(&self, observer: Observer) -> bool {
        let taken = self.facts.iter().filter(|fact| fact.observer == observer);
        taken.count() < MOST_FACTS_OF_ONE
    }

    fn stamp(&self, observer: Observer, claim: Claim) -> Fact {
        let newest = self.facts.iter().map(|fact| fact.id.0).max().unwrap_or(0);
        Fact {
            id: FactId(newest.saturating_add(1)),
            session: self.session.clone(),
            observer,
            at: claim.at,
            privilege: Privilege::User,
            quality: Quality::Direct,
            observation: claim.observation,
        }
    }
}

/// A ledger tells at most about 400 claims (its own limits); more than this
/// from one observer is not a ledger.
const MOST_FACTS_OF_ONE: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observation, Side};
    use hopsight_kit::{SeededRandom, Timestamp};

    #[test]
    fn a_newer_state_of_the_same_thing_replaces_the_older_one() {
        let mut timeline = timeline();
        timeline.take_in(Observer::Viewer, vec![first_frame(100)]);

        let changed = timeline.take_in(Observer::Viewer, vec![first_frame(120)]);

        assert_eq!(changed, timeline.facts());
        assert_eq!(changed[0].id, FactId(1));
        assert_eq!(
            changed[0].observation,
            Observation::FirstFrame { after_ms: 120 }
        );
    }

    #[test]
    fn saying_the_same_again_is_no_news() {
        let mut timeline = timeline();
        timeline.take_in(Observer::Viewer, vec![first_frame(100)]);

        assert_eq!(
            timeline.take_in(Observer::Viewer, vec![first_frame(100)]),
            []
        );
    }

    #[test]
    fn two_observers_do_not_overwrite_each_other() {
        let mut timeline = timeline();
        timeline.take_in(Observer::Viewer, vec![first_frame(100)]);
        timeline.take_in(Observer::Sharer, vec![first_frame(90)]);

        assert_eq!(timeline.facts().len(), 2);
    }

    #[test]
    fn an_endpoint_cannot_speak_for_the_front_end() {
        let mut timeline = timeline();
        let claim = Claim {
            at: Timestamp::default(),
            observation: Observation::SignedInFrom {
                side: Side::Viewer,
                address: ([10, 103, 0, 50], 5000).into(),
            },
        };

        assert_eq!(timeline.take_in(Observer::Sharer, vec![claim]), []);
        assert_eq!(timeline.refused(), 1);
    }

    fn first_frame(after_ms: u64) -> Claim {
        Claim {
            at: Timestamp::default(),
            observation: Observation::FirstFrame { after_ms },
        }
    }

    fn timeline() -> Timeline {
        Timeline::new(SessionId::draw(
            Timestamp::default(),
            &mut SeededRandom::new(1),
        ))
    }
}
