//! Decides how the claims of several observers become the facts of one
//! session: stamped, numbered, the newest state of each thing kept.
//!
//! The caller says who the observer is, from the flow that it authenticated.

use crate::{Claim, Fact, FactId, Observer, Privilege, Quality};
use hopsight_kit::SessionId;

/// The facts of one session, the newest state of each thing.
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

    /// Goes on with facts that were stored before, in the order of their ids.
    #[must_use]
    pub fn resume(session: SessionId, facts: Vec<Fact>) -> Self {
        let mut timeline = Self::new(session);
        timeline.keep(facts);
        timeline
    }

    /// Stamps what `observer` claims and returns what is new or changed, to be
    /// stored and then kept. The store gives the ids. Claims that this observer
    /// cannot have seen, and those above the limit per observer, are counted in
    /// [`Self::refused`].
    #[must_use]
    pub fn stamp(&mut self, observer: Observer, claims: Vec<Claim>) -> Vec<Fact> {
        let mut room = self.room_for(observer);
        let mut news = Vec::new();
        for claim in claims {
            let known = self.about_the_same(observer, &claim);
            if known.is_some_and(|fact| fact.observation == claim.observation) {
                continue;
            }
            let is_new = known.is_none();
            if !claim.observation.may_be_seen_by(observer) || (is_new && room == 0) {
                self.refused = self.refused.saturating_add(1);
                continue;
            }
            room = room.saturating_sub(usize::from(is_new));
            news.push(self.fact(observer, claim));
        }
        news
    }

    /// Stamps, numbers and keeps what `observer` claims, where no store does:
    /// returns what is new or changed.
    pub fn take_in(&mut self, observer: Observer, claims: Vec<Claim>) -> Vec<Fact> {
        let newest = self.facts.iter().map(|fact| fact.id.0).max().unwrap_or(0);
        let mut news = self.stamp(observer, claims);
        for (fact, number) in news.iter_mut().zip(newest.saturating_add(1)..) {
            fact.id = FactId(number);
        }
        self.keep(news.clone());
        news
    }

    /// Takes in facts as the store keeps them. A fact about the same thing by
    /// the same observer takes the place of the older one.
    pub fn keep(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            self.facts.retain(|older| {
                older.observer != fact.observer
                    || !older.observation.is_about_the_same(&fact.observation)
            });
            self.facts.push(fact);
        }
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

    fn about_the_same(&self, observer: Observer, claim: &Claim) -> Option<&Fact> {
        self.facts.iter().find(|fact| {
            fact.observer == observer && fact.observation.is_about_the_same(&claim.observation)
        })
    }

    fn room_for(&self, observer: Observer) -> usize {
        let taken = self.facts.iter().filter(|fact| fact.observer == observer);
        MOST_FACTS_OF_ONE.saturating_sub(taken.count())
    }

    fn fact(&self, observer: Observer, claim: Claim) -> Fact {
        Fact {
            id: FactId(0),
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
        assert_eq!(changed[0].id, FactId(2));
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
