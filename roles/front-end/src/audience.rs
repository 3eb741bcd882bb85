//! Decides what of a verdict its hearer may see. Administrators see all of it.
//!
//! An end gets the sentences, the culprit, the remedy and what else it may be;
//! of the evidence the first line, without which there would be no verdict, and
//! the lines that rest on what it saw itself; of the routers the culprit and
//! those that answered its own probes. A guest's copy, moreover, names no
//! address but the culprit's and the guest's own.

use hopsight_diagnosis::{Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, FactId, Observation, Observer, Side};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// What stands where a guest's copy names no address.
const HIDDEN: &str = "(an address that guests are not told)";

/// Who hears a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hearer {
    pub(crate) side: Side,
    pub(crate) is_guest: bool,
}

/// The verdict as `hearer` gets it.
pub(crate) fn copy_for(hearer: Hearer, verdict: &Verdict, facts: &[Fact]) -> Verdict {
    let own: BTreeSet<FactId> = facts
        .iter()
        .filter(|fact| fact.observer == Observer::from(hearer.side))
        .map(|fact| fact.id)
        .collect();
    let mut copy = verdict.clone();
    let mut lines = verdict.evidence.lines().cloned();
    if let Some(first) = lines.next() {
        let rest = lines.filter(|line| own.contains(&line.fact())).collect();
        copy.evidence = Proof::new(first, rest);
    }
    let culprit = culprit_addresses(verdict);
    let answered = routers_seen(hearer.side, facts);
    copy.hops
        .retain(|hop| culprit.contains(&hop.address) || answered.contains(&hop.address));
    if hearer.is_guest {
        let mut allowed = own_addresses(hearer.side, facts);
        allowed.extend(culprit);
        hide_addresses(&mut copy, facts, &allowed);
    }
    copy
}

fn culprit_addresses(verdict: &Verdict) -> BTreeSet<IpAddr> {
    let culprit = verdict.culprit.iter();
    culprit
        .flat_map(|culprit| culprit.addresses.iter().copied())
        .collect()
}

/// The routers that answered a side's own probes.
fn routers_seen(side: Side, facts: &[Fact]) -> BTreeSet<IpAddr> {
    let own = facts
        .iter()
        .filter(|fact| fact.observer == Observer::from(side));
    own.filter_map(|fact| {
        let Observation::Trace { hops, .. } = &fact.observation else {
            return None;
        };
        Some(hops.iter().map(|hop| hop.address))
    })
    .flatten()
    .collect()
}

/// The addresses of a side's own machine.
fn own_addresses(side: Side, facts: &[Fact]) -> BTreeSet<IpAddr> {
    let own = facts.iter().filter_map(|fact| {
        let is_own = fact.observer == Observer::from(side);
        if let Observation::SignedInFrom { side: of, address } = &fact.observation {
            return (*of == side).then_some(address.ip());
        }
        if let Observation::Interface { address, .. } = &fact.observation {
            return is_own.then_some(*address);
        }
        let Observation::Candidate {
            own: true, address, ..
        } = &fact.observation
        else {
            return None;
        };
        is_own.then_some(address.ip())
    });
    own.collect()
}

fn hide_addresses(copy: &mut Verdict, facts: &[Fact], allowed: &BTreeSet<IpAddr>) {
    let hide = |text: &mut String| *text = without_addresses(text, allowed);
    hide(&mut copy.user);
    hide(&mut copy.admin);
    hide(&mut copy.remedy);
    for excluded in &mut copy.excluded {
        hide(&mut excluded.because);
    }
    for rival in &mut copy.cannot_tell_apart {
        hide(&mut rival.test);
    }
    copy.hops.retain(|hop| allowed.contains(&hop.address));
    let mut lines = copy.evidence.lines().filter_map(|line| {
        let fact = facts.iter().find(|fact| fact.id == line.fact())?;
        Some(Evidence::of(fact, without_addresses(line.says(), allowed)))
    });
    if let Some(first) = lines.next() {
        copy.evidence = Proof::new(first, lines.collect());
    }
}

/// The text with every address that is not allowed replaced, its port or prefix
/// length with it.
fn without_addresses(text: &str, allowed: &BTreeSet<IpAddr>) -> String {
    let is_part = |character: char| character.is_ascii_hexdigit() || ".:/[]".contains(character);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = rest.find(|next| !is_part(next)).unwrap_or(rest.len());
        if length == 0 {
            shown.push(character);
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (word, after) = rest.split_at(length);
        let bare = word.trim_end_matches(['.', ':', '/']);
        match address_in(bare) {
            Some(address) if !allowed.contains(&address) => {
                shown.push_str(HIDDEN);
                shown.push_str(word.get(bare.len()..).unwrap_or_default());
            }
            Some(_) | None => shown.push_str(word),
        }
        rest = after;
    }
    shown
}

/// An address, with a port or a prefix length or alone.
fn address_in(word: &str) -> Option<IpAddr> {
    let network = word.split('/').next().unwrap_or(word);
    let socket = || word.parse::<SocketAddr>().map(|socket| socket.ip()).ok();
    network.parse().ok().or_else(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_diagnosis::{Case, Names, diagnose};
    use hopsight_evidence::{Claim, IcmpKind, Pair, Timeline, Via};
    use hopsight_kit::{SeededRandom, SessionId, Timestamp};

    #[test]
    fn an_end_gets_the_first_line_and_what_it_saw_itself() {
        let (verdict, facts) = no_route();
        let lines = |copy: &Verdict| copy.evidence.lines().count();
        let copies = [Side::Sharer, Side::Viewer].map(|side| {
            let hearer = Hearer {
                side,
                is_guest: false,
            };
            copy_for(hearer, &verdict, &facts)
        });

        for (copy, side) in copies.iter().zip([Observer::Sharer, Observer::Viewer]) {
            assert_eq!(copy.admin, verdict.admin);
            assert_eq!(copy.culprit, verdict.culprit);
            assert_eq!(
                copy.evidence.lines().next(),
                verdict.evidence.lines().next()
            );
            for line in copy.evidence.lines().skip(1) {
                let fact = facts.iter().find(|fact| fact.id == line.fact());
                assert_eq!(fact.map(|fact| fact.observer), Some(side));
            }
        }
        assert!(copies.iter().any(|copy| lines(copy) < lines(&verdict)));
    }

    #[test]
    fn a_guest_is_told_no_address_but_the_culprits_and_its_own() {
        let (verdict, facts) = no_route();
        let hearer = Hearer {
            side: Side::Viewer,
            is_guest: true,
        };

        let copy = copy_for(hearer, &verdict, &facts);

        let text = serde_json::to_string(&copy).unwrap();
        assert!(!text.contains("10.102.0.139"), "{text}");
        assert!(text.contains("10.102.0.1\""), "{text}");
        assert!(text.contains("10.103.0.50"), "{text}");
        assert_eq!(copy.code, verdict.code);
    }

    #[test]
    fn addresses_are_found_wherever_they_stand_and_other_words_stay() {
        let allowed = ["10.0.0.1".parse().unwrap()].into();
        let text = "At 10:45 add 10.102.0.0/24 via 10.0.0.1, or [2001:db8::1]:3478. \
            Deed: 10.9.9.9. fe80::1 é 1.5 s";

        let expected = format!(
            "At 10:45 add {HIDDEN} via 10.0.0.1, or {HIDDEN}. Deed: {HIDDEN}. {HIDDEN} é 1.5 s"
        );
        assert_eq!(without_addresses(text, &allowed), expected);
    }

    /// Both routers refuse: a verdict with lines of both ends.
    fn no_route() -> (Verdict, Vec<Fact>) {
        let id = SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1));
        let mut timeline = Timeline::new(id);
        let (sharer, viewer) = ("10.102.0.139:5000", "10.103.0.50:6000");
        let ends = [
            (Observer::Sharer, sharer, viewer, "10.102.0.1"),
            (Observer::Viewer, viewer, sharer, "10.103.0.1"),
        ];
        for (observer, local, remote, router) in ends {
            for observation in refused(local, remote, router) {
                let at = Timestamp::default();
                timeline.take_in(observer, vec![Claim { at, observation }]);
            }
        }
        let names = Names::default();
        let facts = timeline.facts().to_vec();
        let case = Case {
            facts: &facts,
            names: &names,
        };
        let verdict = diagnose(&case).into_iter().next().unwrap();
        (verdict, facts)
    }

    fn refused(local: &str, remote: &str, router: &str) -> [Observation; 3] {
        let (local, remote) = (local.parse().unwrap(), remote.parse().unwrap());
        [
            Observation::Candidate {
                own: true,
                kind: hopsight_evidence::CandidateKind::Host,
                transport: hopsight_evidence::Transport::Udp,
                address: local,
            },
            Observation::Checks {
                pair: Pair {
                    local,
                    remote,
                    via: Via::Direct,
                },
                sent: 5,
                answered: 0,
                received: 0,
                refused: 0,
                waited_ms: 2600,
            },
            Observation::IcmpError {
                destination: remote,
                offender: router.parse().unwrap(),
                kind: IcmpKind::NetworkUnreachable,
                mtu: None,
                matched: true,
                after_ms: 3,
            },
        ]
    }
}
