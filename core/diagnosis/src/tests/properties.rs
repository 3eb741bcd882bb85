//! What holds for every set of facts.

use super::story::{Story, address, refused_both_ways};
use crate::{Code, Confidence, CulpritKind, CulpritSide, Verdict};
use hopsight_evidence::{
    CandidateKind, Fact, FactId, Hop, IcmpKind, NeighbourState, Observation, Observer, Side,
    TcpOutcome, Transport,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_order_of_the_facts_does_not_matter(story in stories(), seed in any::<u64>()) {
        let mut shuffled = story.clone();
        shuffled.facts.sort_by_key(|fact| mixed(u64::from(fact.id.0), seed));

        prop_assert_eq!(shuffled.verdicts(), story.verdicts());
    }

    #[test]
    fn every_proof_is_contained_in_the_facts(story in stories()) {
        let known: BTreeSet<FactId> = story.facts.iter().map(|fact| fact.id).collect();
        for verdict in story.verdicts() {
            for line in verdict.evidence.lines() {
                prop_assert!(known.contains(&line.fact()));
            }
        }
    }

    #[test]
    fn without_its_proof_a_proven_verdict_falls(story in stories()) {
        for verdict in story.verdicts() {
            if verdict.confidence != Confidence::Proven {
                continue;
            }
            let proof = proof_of(&story, &verdict);
            let mut rest = story.clone();
            rest.facts.retain(|fact| !proof.iter().any(|one| is_of_one_source(&verdict, one, fact)));
            // Somebody else may tell the same; it must then be somebody else.
            let still = rest.verdicts().into_iter().any(|other| {
                other.code == verdict.code
                    && other.confidence == Confidence::Proven
                    && other.culprit == verdict.culprit
                    && proof_of(&rest, &other)[0].observer == proof[0].observer
            });
            prop_assert!(!still, "{:?}", verdict.code);
        }
    }

    #[test]
    fn nobody_is_proven_a_router_who_is_a_party(story in stories()) {
        let parties = [Side::Sharer, Side::Viewer].map(|side| address(side).ip());
        for verdict in story.verdicts() {
            let Some(culprit) = verdict.culprit else { continue };
            if culprit.kind == CulpritKind::Router {
                for address in culprit.addresses {
                    prop_assert!(!parties.contains(&address.to_canonical()));
                }
            }
        }
    }

    #[test]
    fn a_machine_is_proven_guilty_by_its_own_word_only(story in stories()) {
        for verdict in story.verdicts() {
            let Some(culprit) = verdict.culprit.clone() else { continue };
            if culprit.kind != CulpritKind::Host || verdict.confidence != Confidence::Proven {
                continue;
            }
            let mut own_words = verdict.evidence.lines().filter_map(|line| {
                let fact = story.facts.iter().find(|fact| fact.id == line.fact())?;
                CulpritSide::of(&[fact.observer.side()?])
            });
            prop_assert!(own_words
                .any(|own| culprit.side == Some(own) || culprit.side == Some(CulpritSide::Both)));
        }
    }

    #[test]
    fn a_liar_never_gets_a_server_or_the_other_machine_proven_guilty(
        story in stories(),
        liar in prop_oneof![Just(Side::Sharer), Just(Side::Viewer)],
    ) {
        let mut lies = story;
        lies.facts.retain(|fact| fact.observer.side() != Some(liar.other()));
        lies.checks(liar.other(), 12, 0, 0);
        // The front end knows its relay.
        lies.tell(Observer::FrontEnd, super::facts::offered(&[super::story::relay()]));
        let innocent = [address(liar.other()).ip(), super::story::relay().ip()];
        for verdict in lies.verdicts() {
            let Some(culprit) = verdict.culprit else { continue };
            if verdict.confidence != Confidence::Proven { continue }
            let mut named = culprit.addresses.iter().map(|one| one.to_canonical());
            // Of an edge the two ends are no more than its ends; one is the liar's.
            let is_accused = if culprit.kind == CulpritKind::EdgeBetween {
                named.all(|one| innocent.contains(&one))
            } else {
                named.any(|one| innocent.contains(&one))
            };
            prop_assert!(!is_accused, "{:?}", verdict.code);
        }
    }

    #[test]
    fn what_vanishes_without_a_word_is_never_proven(story in stories()) {
        for verdict in story.verdicts() {
            if [Code::SilentDrop, Code::PortsFiltered, Code::UdpBlocked].contains(&verdict.code) {
                prop_assert!(verdict.confidence <= Confidence::Located);
            }
        }
    }

    #[test]
    fn unrelated_facts_change_nothing(after_ms in 0_u64..5000, port in 1_u16..) {
        let mut story = refused_both_ways();
        let before = story.verdicts();
        let elsewhere = SocketAddr::from(([192, 0, 2, 77], port));
        story
            .refusal_about(
                Side::Sharer,
                elsewhere,
                [192, 0, 2, 1].into(),
                IcmpKind::NetworkUnreachable,
                after_ms,
            )
            .tell(Observer::Viewer, Observation::Omitted { count: after_ms });

        prop_assert_eq!(story.verdicts(), before);
    }

    #[test]
    fn a_healthy_session_never_gets_a_verdict(story in stories()) {
        let mut story = story.without(tells_of_the_picture);
        story.direct();

        prop_assert_eq!(story.verdicts(), []);
    }
}

#[test]
fn deleting_any_one_fact_of_the_proof_weakens_the_verdict() {
    let story = refused_both_ways();
    let whole = story.verdicts().remove(0);
    let lines: Vec<FactId> = whole.evidence.lines().map(|line| line.fact()).collect();
    for missing in lines {
        let mut rest = story.clone();
        rest.facts.retain(|fact| fact.id != missing);
        let weaker = rest.verdicts().remove(0);
        assert!(weaker.evidence.lines().count() < whole.evidence.lines().count());
        assert!(weaker.confidence <= whole.confidence);
    }
}

#[test]
fn without_any_refusal_nothing_is_proven() {
    let mut story = refused_both_ways();
    story
        .facts
        .retain(|fact| !matches!(fact.observation, Observation::IcmpError { .. }));

    assert_eq!(story.verdicts()[0].confidence, Confidence::Unknown);
}

prop_compose! {
    /// Anything that two ends, a relay and a front end may tell, true or not.
    fn stories()(facts in prop::collection::vec(told(), 1..24)) -> Story {
        let mut story = Story::default();
        for (observer, observation) in facts {
            let known = story.facts.iter().any(|fact: &Fact| {
                fact.observer == observer && fact.observation.is_about_the_same(&observation)
            });
            if !known {
                story.tell(observer, observation);
            }
        }
        // What the parties themselves tell is never missing altogether.
        story.candidates();
        story
    }
}

fn told() -> impl Strategy<Value = (Observer, Observation)> {
    let side = prop_oneof![Just(Side::Sharer), Just(Side::Viewer)];
    // The way between the two machines comes up in most cases, so that what
    // else is told meets something.
    let what = prop_oneof![3 => 0_u8..10, 2 => 10_u8..43];
    (side, what, places(), places(), 0_u32..4, 0_u64..4000).prop_map(
        |(side, what, one, other, count, millis)| {
            if what < 10 {
                let observation = observation(side, what, one, other, count, millis);
                (side.into(), observation)
            } else {
                super::rumours::besides(side, what - 10, one, other, count)
            }
        },
    )
}

/// The facts of a proof, the first line's first.
fn proof_of<'a>(story: &'a Story, verdict: &Verdict) -> Vec<&'a Fact> {
    let lines = verdict.evidence.lines();
    lines
        .filter_map(|line| story.facts.iter().find(|fact| fact.id == line.fact()))
        .collect()
}

/// Whether both are one observer's words of the same kind, and of the same
/// router where a router is at fault.
fn is_of_one_source(verdict: &Verdict, proof: &Fact, fact: &Fact) -> bool {
    let kind = |fact: &Fact| std::mem::discriminant(&fact.observation);
    let is_of_host = verdict
        .culprit
        .as_ref()
        .is_some_and(|culprit| culprit.kind == CulpritKind::Host);
    let is_same = match (offender(proof), offender(fact)) {
        (Some(one), Some(other)) => is_of_host || one == other,
        (None, Some(_)) | (Some(_), None) => is_of_host && is_error(proof) && is_error(fact),
        (None, None) => kind(proof) == kind(fact),
    };
    proof.observer == fact.observer && is_same
}

fn is_error(fact: &Fact) -> bool {
    matches!(
        fact.observation,
        Observation::IcmpError { .. } | Observation::SendError { .. }
    )
}

fn offender(fact: &Fact) -> Option<IpAddr> {
    let Observation::IcmpError { offender, .. } = fact.observation else {
        return None;
    };
    Some(offender.to_canonical())
}

/// What is said of packets and pictures on a way that runs.
fn tells_of_the_picture(observation: &Observation) -> bool {
    matches!(
        observation,
        Observation::SizesSent { .. }
            | Observation::SizedTrace { .. }
            | Observation::SizesArrived { .. }
            | Observation::RunSent { .. }
            | Observation::RunArrived { .. }
            | Observation::FlowStopped { .. }
            | Observation::Pictures { .. }
            | Observation::Capture { .. }
            | Observation::Dtls { .. }
            | Observation::IcmpError {
                kind: IcmpKind::TooBig,
                ..
            }
    )
}

fn observation(
    side: Side,
    what: u8,
    one: IpAddr,
    other: IpAddr,
    count: u32,
    millis: u64,
) -> Observation {
    let transport = [Transport::Udp, Transport::Tcp, Transport::Tls][count as usize % 3];
    match what {
        0 => Observation::IcmpError {
            destination: SocketAddr::new(one, 40000),
            offender: other,
            kind: [
                IcmpKind::NetworkUnreachable,
                IcmpKind::HostUnreachable,
                IcmpKind::Prohibited,
                IcmpKind::PortUnreachable,
            ][count as usize],
            mtu: None,
            matched: count > 1,
            after_ms: millis,
        },
        1 => Observation::Checks {
            pair: super::story::pair(side),
            sent: 12,
            answered: 0,
            received: count / 3,
            refused: 0,
            waited_ms: millis,
        },
        2 => Observation::Candidate {
            own: count.is_multiple_of(2),
            kind: [CandidateKind::Host, CandidateKind::ServerReflexive][count as usize / 2],
            transport,
            address: SocketAddr::new(one, 40000),
        },
        3 => Observation::RelaySilent {
            server: super::story::relay(),
            transport,
            text: "no answer".to_owned(),
            waited_ms: millis,
            connected: false,
        },
        4 => Observation::SendError {
            destination: SocketAddr::new(one, 40000),
            errno: [1, 22, 90, 101][count as usize],
            text: "refused by the kernel".to_owned(),
            after_ms: millis,
        },
        5 => Observation::Trace {
            destination: SocketAddr::new(one, 40000),
            highest: 12,
            hops: vec![Hop {
                ttl: 1,
                address: other,
            }],
        },
        6 => Observation::ProbesArrived {
            source: SocketAddr::new(one, 40000),
            lowest: 4,
            count,
        },
        7 => Observation::TcpConnect {
            destination: SocketAddr::new(one, 40000),
            outcome: [TcpOutcome::Refused, TcpOutcome::Silent][count as usize % 2],
            after_ms: millis,
        },
        8 => Observation::Route {
            destination: one,
            via: Some(other),
            device: "eth0".to_owned(),
            source: None,
            neighbour: [NeighbourState::Answers, NeighbourState::Silent][count as usize % 2],
            device_kind: hopsight_evidence::LinkKind::Ethernet,
            neighbour_hardware: None,
        },
        _ => Observation::Interface {
            address: one,
            prefix: 24,
            device: "eth0".to_owned(),
            kind: hopsight_evidence::LinkKind::Ethernet,
            hardware: None,
        },
    }
}

/// The parties, their gateways, a router between and the mapped form of one.
fn places() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        Just(address(Side::Sharer).ip()),
        Just(address(Side::Viewer).ip()),
        Just(IpAddr::from([10, 102, 0, 1])),
        Just(IpAddr::from([10, 103, 0, 1])),
        Just(IpAddr::from([172, 16, 1, 1])),
        Just(super::story::relay().ip()),
        Just(IpAddr::from([0, 0, 0, 0, 0, 0xFFFF, 0x0A67, 0x0032])),
    ]
}

fn mixed(number: u64, seed: u64) -> u64 {
    (number ^ seed)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(29)
}
