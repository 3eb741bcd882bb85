//! Decides what the relay is asked about a session whose direct path does not
//! come: how far its own datagrams come on the way to both sides, and whether it
//! heard a side that does not hear it. A session that finds its direct path in
//! time makes the relay do nothing.

use hopsight_evidence::{CandidateKind, Fact, Observation, Observer, Side, Transport, Via};
use hopsight_kit::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// A direct path that comes at all has mostly come by now.
const TRACE_AFTER: Duration = Duration::from_millis(300);

/// A client that hears no answer asks again after half a second, and again.
const ASK_AFTER: [Duration; 2] = [Duration::from_millis(800), Duration::from_millis(2000)];

/// So many addresses of one side are asked about.
const MOST_ADDRESSES: usize = 16;

/// What the relay was asked about one session, and when the next question is due.
#[derive(Debug, Default)]
pub(super) struct Vantage {
    first_check: Option<Moment>,
    traced: bool,
    asked: usize,
}

/// What the relay is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// How far its datagrams come towards both sides.
    Trace,
    /// Whether it heard these addresses, by the side whose they are.
    Heard(BTreeMap<Side, Asked>),
}

/// The addresses of a side that does not hear the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) addresses: BTreeSet<IpAddr>,
    /// The one that needs no translation to be seen here: a relay that heard
    /// nothing of it says something.
    pub(crate) plain: Option<IpAddr>,
}

impl Vantage {
    /// What to ask by `now`.
    pub(super) fn due(&mut self, facts: &[Fact], now: Moment) -> Vec<Question> {
        self.note_first_check(facts, now);
        let Some(first_check) = self.first_check else {
            return Vec::new();
        };
        let waited = now.since(first_check);
        let mut questions = Vec::new();
        if runs_direct(facts) {
            return questions;
        }
        if !self.traced && waited >= TRACE_AFTER {
            self.traced = true;
            questions.push(Question::Trace);
        }
        let due = ASK_AFTER.iter().filter(|after| waited >= **after).count();
        if due > self.asked {
            self.asked = due;
            let silent = silent_sides(facts);
            if !silent.is_empty() {
                questions.push(Question::Heard(silent));
            }
        }
        questions
    }

    /// When the first check left, as far as it was told.
    pub(super) const fn first_check(&self) -> Option<Moment> {
        self.first_check
    }

    /// When [`Vantage::due`] may next have something.
    pub(super) fn next_wake(&self, now: Moment) -> Option<Moment> {
        let first_check = self.first_check?;
        [TRACE_AFTER]
            .into_iter()
            .chain(ASK_AFTER)
            .map(|after| first_check + after)
            .find(|at| *at > now)
    }

    /// A claim tells how long its pair had waited.
    fn note_first_check(&mut self, facts: &[Fact], now: Moment) {
        if self.first_check.is_some() {
            return;
        }
        let waited = facts.iter().filter_map(|fact| {
            let Observation::Checks {
                sent, waited_ms, ..
            } = &fact.observation
            else {
                return None;
            };
            (*sent > 0).then_some(*waited_ms)
        });
        self.first_check = waited.max().map(|ms| now - Duration::from_millis(ms));
    }
}

/// Whether a check was answered on a pair that no relay carries at either end.
fn runs_direct(facts: &[Fact]) -> bool {
    let relayed: BTreeSet<SocketAddr> = facts
        .iter()
        .filter_map(|fact| relayed_address(&fact.observation))
        .collect();
    facts.iter().any(|fact| {
        let Observation::Checks { pair, answered, .. } = &fact.observation else {
            return false;
        };
        *answered > 0 && pair.via == Via::Direct && !relayed.contains(&pair.remote)
    })
}

fn relayed_address(observation: &Observation) -> Option<SocketAddr> {
    if let Observation::RelayServes { relayed, .. } = observation {
        return Some(*relayed);
    }
    let Observation::Candidate {
        kind: CandidateKind::Relayed,
        address,
        ..
    } = observation
    else {
        return None;
    };
    Some(*address)
}

/// The addresses of each side that holds no allocation over UDP.
fn silent_sides(facts: &[Fact]) -> BTreeMap<Side, Asked> {
    let mut silent = BTreeMap::new();
    for side in [Side::Sharer, Side::Viewer] {
        let has_relay = facts.iter().any(|fact| is_served(side, &fact.observation));
        let asked = addresses_of(side, facts);
        if !has_relay && !asked.addresses.is_empty() {
            silent.insert(side, asked);
        }
    }
    silent
}

fn is_served(side: Side, observation: &Observation) -> bool {
    let Observation::RelayServes {
        side: served,
        transport,
        ..
    } = observation
    else {
        return false;
    };
    *served == side && *transport == Transport::Udp
}

/// Where a side signs in from, and its own candidates on its host.
fn addresses_of(side: Side, facts: &[Fact]) -> Asked {
    let signed_in = facts.iter().find_map(|fact| {
        let Observation::SignedInFrom { side: of, address } = &fact.observation else {
            return None;
        };
        (*of == side).then_some(address.ip())
    });
    let hosts = facts.iter().filter_map(|fact| {
        let Observation::Candidate {
            own: true,
            kind: CandidateKind::Host,
            address,
            ..
        } = &fact.observation
        else {
            return None;
        };
        (fact.observer == Observer::from(side)).then_some(address.ip())
    });
    let hosts: BTreeSet<IpAddr> = hosts.take(MOST_ADDRESSES).collect();
    Asked {
        plain: signed_in.filter(|address| hosts.contains(address)),
        addresses: signed_in.into_iter().chain(hosts).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::{Claim, Pair, Timeline};
    use hopsight_kit::{SeededRandom, SessionId, Timestamp};

    #[test]
    fn a_path_that_does_not_come_is_looked_at_once_and_asked_about_twice() {
        let mut story = Story::default();
        story.sees(Observer::FrontEnd, signed_in(Side::Viewer, "10.103.0.50"));
        story.sees(Observer::Viewer, host("10.103.0.50"));
        story.sees(Observer::Viewer, host("172.17.0.1"));
        story.sees(Observer::Sharer, checks(0, 250));
        let asked = Asked {
            addresses: ips(&["10.103.0.50", "172.17.0.1"]),
            plain: Some("10.103.0.50".parse().unwrap()),
        };
        let heard = Question::Heard([(Side::Viewer, asked)].into());

        assert_eq!(story.due(1250), []);
        assert_eq!(story.vantage.next_wake(at(1250)), Some(at(1300)));
        assert_eq!(story.due(1300), [Question::Trace]);
        assert_eq!(story.due(1500), []);
        assert_eq!(story.due(1800), std::slice::from_ref(&heard));
        assert_eq!(story.due(3000), [heard]);
        assert_eq!(story.vantage.next_wake(at(3000)), None);
    }

    #[test]
    fn a_relay_that_heard_nothing_of_a_translated_address_says_nothing() {
        let mut story = Story::default();
        story.sees(Observer::FrontEnd, signed_in(Side::Viewer, "203.0.113.9"));
        story.sees(Observer::Viewer, host("10.103.0.50"));
        story.sees(Observer::Sharer, checks(0, 250));

        let asked = Asked {
            addresses: ips(&["10.103.0.50", "203.0.113.9"]),
            plain: None,
        };
        let heard = Question::Heard([(Side::Viewer, asked)].into());
        assert_eq!(story.due(1250), []);
        assert_eq!(story.due(1800), [Question::Trace, heard]);
    }

    #[test]
    fn a_session_that_runs_direct_asks_nothing() {
        let mut story = Story::default();
        story.sees(Observer::FrontEnd, signed_in(Side::Viewer, "10.103.0.50"));
        story.sees(Observer::Sharer, checks(1, 250));

        assert_eq!(story.due(1300), []);
        assert_eq!(story.due(4000), []);
    }

    #[test]
    fn a_side_whose_relay_answers_is_not_asked_about() {
        let mut story = Story::default();
        story.sees(Observer::FrontEnd, signed_in(Side::Viewer, "10.103.0.50"));
        story.sees(Observer::Sharer, checks(0, 250));
        let serves = Observation::RelayServes {
            side: Side::Viewer,
            transport: Transport::Udp,
            client: "10.103.0.50:4000".parse().unwrap(),
            relayed: "10.1.0.10:50000".parse().unwrap(),
        };
        story.sees(Observer::Relay, serves);

        assert_eq!(story.due(1250), []);
        assert_eq!(story.due(2000), [Question::Trace]);
    }

    struct Story {
        timeline: Timeline,
        vantage: Vantage,
    }

    impl Default for Story {
        fn default() -> Self {
            let id = SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1));
            Self {
                timeline: Timeline::new(id),
                vantage: Vantage::default(),
            }
        }
    }

    impl Story {
        fn sees(&mut self, observer: Observer, observation: Observation) {
            let at = Timestamp::default();
            let taken = self
                .timeline
                .take_in(observer, vec![Claim { at, observation }]);
            assert_eq!(taken.len(), 1);
        }

        fn due(&mut self, millis: u64) -> Vec<Question> {
            self.vantage.due(self.timeline.facts(), at(millis))
        }
    }

    /// Checks whose first one left `waited_ms` before they were told.
    fn checks(answered: u32, waited_ms: u64) -> Observation {
        Observation::Checks {
            pair: Pair {
                local: "10.102.0.139:5000".parse().unwrap(),
                remote: "10.103.0.50:6000".parse().unwrap(),
                via: Via::Direct,
            },
            sent: 5,
            answered,
            received: 0,
            refused: 0,
            waited_ms,
        }
    }

    fn host(address: &str) -> Observation {
        Observation::Candidate {
            own: true,
            kind: CandidateKind::Host,
            transport: Transport::Udp,
            address: SocketAddr::new(address.parse().unwrap(), 6000),
        }
    }

    fn signed_in(side: Side, address: &str) -> Observation {
        let address = SocketAddr::new(address.parse().unwrap(), 40_000);
        Observation::SignedInFrom { side, address }
    }

    fn ips(texts: &[&str]) -> BTreeSet<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn at(millis: u64) -> Moment {
        Moment::after_start(Duration::from_millis(millis))
    }
}
