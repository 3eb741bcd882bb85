//! Decides when to speak. This is the only set of timers between a failed
//! check and a verdict.
//!
//! A proven verdict is spoken as soon as the first checks had their time to
//! succeed. A located one waits until both ends have told their probes; anything
//! weaker until everything that comes quickly has come. Upgrades end when the
//! slowest known error (a silent neighbour, 3.07 s) has arrived. What has nothing
//! to do with the way between the two machines, as a screen that is not there or
//! a flow that dies later, is spoken when it is known.

use crate::{Case, Code, Confidence, Layer, Verdict, diagnose, name_the_others};
use hopsight_evidence::{Fact, Observation, Observer, Side};
use hopsight_kit::Moment;
use std::time::Duration;

/// Before this, a direct pair may still answer: one address of several is
/// often refused at once while another connects.
const SETTLED: Duration = Duration::from_millis(400);
/// By now the first probes of both ends may have been told.
const PROBED: Duration = Duration::from_millis(900);
/// By now everything but a silent neighbour has shown.
const SPEAK: Duration = Duration::from_millis(2500);
/// By now a silent neighbour has been reported, too.
const CLOSE: Duration = Duration::from_millis(3500);
/// Facts that come late get this long to be joined with the other end's.
const LATE_GRACE: Duration = Duration::from_millis(1000);

/// Decides for one session when its verdicts are spoken, upgraded or taken back.
#[derive(Clone, Debug, Default)]
pub struct Deliberation {
    first_check: Option<Moment>,
    first_heard: Option<Moment>,
    spoken: Vec<Verdict>,
}

impl Deliberation {
    /// Judges what is known at `now`. Returns the verdicts when they are to be
    /// told: the first time, on every upgrade, and as an empty list when a
    /// direct path took the verdict back. To be called whenever facts came and
    /// at [`Self::next_wake`].
    pub fn consider(&mut self, case: &Case<'_>, now: Moment) -> Option<Vec<Verdict>> {
        self.note_beginning(case, now);
        let begun = self.begun()?;
        let waited = now.since(begun);
        let is_closed = now > self.closes_at(begun) && !self.spoken.is_empty();
        let fresh = diagnose(case);
        let mut verdicts = if is_closed {
            self.frozen(fresh, case.facts)
        } else {
            ripe(fresh, waited, case.facts)
        };
        if !self.is_news(&verdicts) {
            return None;
        }
        for verdict in &mut verdicts {
            verdict.verdict_ms = Some(self.said_at(verdict, waited));
        }
        self.spoken.clone_from(&verdicts);
        Some(verdicts)
    }

    /// When to call [`Self::consider`] next, whether or not facts came.
    #[must_use]
    pub fn next_wake(&self, now: Moment) -> Option<Moment> {
        let begun = self.begun()?;
        [SETTLED, PROBED, SPEAK, CLOSE]
            .into_iter()
            .map(|wait| begun + wait)
            .find(|at| *at > now)
    }

    /// The verdicts that were told last.
    #[must_use]
    pub fn spoken(&self) -> &[Verdict] {
        &self.spoken
    }

    /// The first check; where there is none, the first thing that an end told.
    fn begun(&self) -> Option<Moment> {
        self.first_check.or(self.first_heard)
    }

    /// A claim tells how long its pair had waited, so the first check lies
    /// that long before its arrival.
    fn note_beginning(&mut self, case: &Case<'_>, now: Moment) {
        let is_told = |fact: &Fact| fact.observer.side().is_some();
        if self.first_heard.is_none() && case.facts.iter().any(is_told) {
            self.first_heard = Some(now);
        }
        if self.first_check.is_none() {
            let waits = case.facts.iter();
            let waited = waits.filter_map(|fact| waited(&fact.observation)).max();
            self.first_check = waited.map(|waited| now - waited);
        }
    }

    fn closes_at(&self, begun: Moment) -> Moment {
        let late = self.first_heard.unwrap_or(begun) + LATE_GRACE;
        late.max(begun + CLOSE)
    }

    /// What was said about the way stays said; what happens on it may be added, and
    /// may explain what was not known.
    fn frozen(&self, fresh: Vec<Verdict>, facts: &[Fact]) -> Vec<Verdict> {
        let is_open = fresh
            .iter()
            .any(|verdict| verdict.code == Code::Undetermined);
        let late: Vec<Verdict> = fresh
            .into_iter()
            .filter(|verdict| may_come_late(verdict.code, facts))
            .collect();
        let is_explained = !is_open && !late.is_empty();
        let said = self.spoken.iter();
        let said = said.filter(|verdict| {
            let is_known = verdict.code != Code::Undetermined || !is_explained;
            is_known && !may_come_late(verdict.code, facts)
        });
        name_the_others(said.cloned().chain(late).collect())
    }

    /// News is another set of causes, more confidence, another culprit, or
    /// that there is nothing to explain any more.
    fn is_news(&self, verdicts: &[Verdict]) -> bool {
        let said = |verdict: &Verdict| (verdict.code, verdict.confidence, verdict.culprit.clone());
        let before: Vec<_> = self.spoken.iter().map(said).collect();
        let after: Vec<_> = verdicts.iter().map(said).collect();
        before != after
    }

    /// A verdict that only gained detail keeps the time at which it was first said.
    fn said_at(&self, verdict: &Verdict, waited: Duration) -> u64 {
        let before = self
            .spoken
            .iter()
            .find(|said| said.code == verdict.code && said.confidence == verdict.confidence);
        before
            .and_then(|said| said.verdict_ms)
            .unwrap_or_else(|| u64::try_from(waited.as_millis()).unwrap_or(u64::MAX))
    }
}

/// What may be said so long after the beginning.
fn ripe(mut verdicts: Vec<Verdict>, waited: Duration, facts: &[Fact]) -> Vec<Verdict> {
    let is_probed = is_probed(facts);
    verdicts.retain(|verdict| {
        let patience = match verdict.confidence {
            Confidence::Proven => SETTLED,
            Confidence::Located if is_probed => PROBED,
            Confidence::Located
            | Confidence::SideOnly
            | Confidence::Leading
            | Confidence::Unknown => SPEAK,
        };
        may_come_late(verdict.code, facts) || waited >= patience
    });
    name_the_others(verdicts)
}

/// Whether a fault of this kind is not about how packets find their way, and so
/// is known when it happens. A machine that went away is such a fault when packets
/// had found their way to it.
fn may_come_late(code: Code, facts: &[Fact]) -> bool {
    let is_gone = [Code::PeerHostGone, Code::PeerSocketClosed].contains(&code);
    match code.layer() {
        Layer::Signin | Layer::TransportSecurity | Layer::Media | Layer::Capture => true,
        Layer::Capacity => code != Code::RelayQuota,
        Layer::Relay | Layer::Host | Layer::Path | Layer::Nat | Layer::AdvertisedAddress => {
            let has_stopped =
                |fact: &Fact| matches!(fact.observation, Observation::FlowStopped { .. });
            let is_late = code == Code::FlowCut || code == Code::MtuTooSmall;
            is_late || (is_gone && facts.iter().any(has_stopped))
        }
    }
}

/// Whether both ends have told what came of their first probes, over UDP and
/// over TCP.
fn is_probed(facts: &[Fact]) -> bool {
    let told = |side: Side, wanted: fn(&Observation) -> bool| {
        let observer = Observer::from(side);
        let mut own = facts.iter().filter(|fact| fact.observer == observer);
        own.any(|fact| wanted(&fact.observation))
    };
    [Side::Sharer, Side::Viewer].into_iter().all(|side| {
        told(side, |one| matches!(one, Observation::Trace { .. }))
            && told(side, |one| matches!(one, Observation::TcpConnect { .. }))
    })
}

fn waited(observation: &Observation) -> Option<Duration> {
    let Observation::Checks {
        sent, waited_ms, ..
    } = observation
    else {
        return None;
    };
    (*sent > 0).then(|| Duration::from_millis(*waited_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::catalogue::decisive;
    use crate::tests::facts::{not_sent, stopped};
    use crate::tests::story::{Story, address, refused_both_ways};
    use crate::{Code, Names};
    use hopsight_evidence::TcpOutcome;

    #[test]
    fn a_proven_cause_is_told_once_the_first_checks_had_their_time() {
        let mut deliberation = Deliberation::default();
        let story = refused_both_ways();

        assert_eq!(said(&mut deliberation, &story, 1000), None);
        assert_eq!(deliberation.next_wake(at(1000)), Some(at(1300)));
        let told = said(&mut deliberation, &story, 1300);
        assert_eq!(told, Some(vec![(Code::NoRoute, Some(400))]));
        assert_eq!(said(&mut deliberation, &story, 1400), None);
    }

    #[test]
    fn what_is_not_proven_waits_for_everything_that_comes_quickly() {
        let mut deliberation = Deliberation::default();
        let mut story = Story::default();
        story.silence();

        assert_eq!(said(&mut deliberation, &story, 1000), None);
        assert_eq!(said(&mut deliberation, &story, 3300), None);
        let told = said(&mut deliberation, &story, 3400);
        assert_eq!(told, Some(vec![(Code::Undetermined, Some(2500))]));
    }

    #[test]
    fn a_proof_that_comes_later_upgrades_what_was_said() {
        let mut deliberation = Deliberation::default();
        let mut story = Story::default();
        story.silence();
        said(&mut deliberation, &story, 1000);
        said(&mut deliberation, &story, 3400);

        let told = said(&mut deliberation, &refused_both_ways(), 3900);
        assert_eq!(told, Some(vec![(Code::NoRoute, Some(3000))]));
    }

    #[test]
    fn after_the_last_upgrade_nothing_more_is_said() {
        let mut deliberation = Deliberation::default();
        let mut story = Story::default();
        story.silence();
        said(&mut deliberation, &story, 1000);
        said(&mut deliberation, &story, 3400);

        assert_eq!(said(&mut deliberation, &refused_both_ways(), 4401), None);
        assert_eq!(deliberation.next_wake(at(4401)), None);
    }

    #[test]
    fn a_direct_path_takes_back_what_was_said() {
        let mut deliberation = Deliberation::default();
        said(&mut deliberation, &refused_both_ways(), 1000);
        said(&mut deliberation, &refused_both_ways(), 1300);
        let mut story = refused_both_ways();
        story.direct();

        assert_eq!(said(&mut deliberation, &story, 1500), Some(Vec::new()));
    }

    #[test]
    fn what_both_ends_have_probed_is_told_before_everything_has_come() {
        let mut deliberation = Deliberation::default();
        let traced = decisive(Code::SilentDrop);
        said(&mut deliberation, &traced, 1000);
        assert_eq!(said(&mut deliberation, &traced, 1900), None);

        let mut probed = traced;
        for side in [Side::Sharer, Side::Viewer] {
            let observation = Observation::TcpConnect {
                destination: address(side.other()),
                outcome: TcpOutcome::Silent,
                after_ms: 700,
            };
            probed.tell(side.into(), observation);
        }
        assert_eq!(
            said(&mut deliberation, &probed, 1900),
            Some(vec![(Code::SilentDrop, Some(1000))])
        );
    }

    #[test]
    fn a_flow_that_dies_after_the_close_is_added_to_what_was_said() {
        let mut deliberation = Deliberation::default();
        said(&mut deliberation, &refused_both_ways(), 1000);
        said(&mut deliberation, &refused_both_ways(), 1300);
        let mut story = refused_both_ways();
        story.tell(Observer::Viewer, stopped(9000, 3000));

        let told = said(&mut deliberation, &story, 60_000);
        assert_eq!(
            told,
            Some(vec![
                (Code::NoRoute, Some(400)),
                (Code::FlowCut, Some(59_100))
            ])
        );
        assert_eq!(deliberation.spoken()[0].also, [Code::FlowCut]);
    }

    #[test]
    fn a_fault_of_the_way_that_is_told_after_the_close_is_not_added() {
        let mut deliberation = Deliberation::default();
        said(&mut deliberation, &refused_both_ways(), 1000);
        said(&mut deliberation, &refused_both_ways(), 1300);
        let mut story = refused_both_ways();
        story.tell(Observer::Sharer, not_sent(Side::Sharer, 101));

        assert_eq!(said(&mut deliberation, &story, 60_000), None);
    }

    #[test]
    fn a_session_without_any_check_begins_when_an_end_is_first_heard() {
        let mut deliberation = Deliberation::default();
        let story = decisive(Code::SigninRefused);

        assert_eq!(
            said(&mut deliberation, &story, 1000),
            Some(vec![(Code::SigninRefused, Some(0))])
        );
        let nothing = Story::default();
        assert_eq!(said(&mut Deliberation::default(), &nothing, 1000), None);
    }

    fn said(
        deliberation: &mut Deliberation,
        story: &Story,
        millis: u64,
    ) -> Option<Vec<(Code, Option<u64>)>> {
        let case = Case {
            facts: &story.facts,
            names: &Names::default(),
        };
        let told = deliberation.consider(&case, at(millis))?;
        Some(
            told.iter()
                .map(|verdict| (verdict.code, verdict.verdict_ms))
                .collect(),
        )
    }

    fn at(millis: u64) -> Moment {
        Moment::START + Duration::from_millis(millis)
    }
}
