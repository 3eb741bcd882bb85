//! Every card of the project, played as facts: what two ends and a relay would
//! tell in that network, judged, and compared with what the card expects.

use hopsight_diagnosis::{Case, Names, diagnose};
use hopsight_evidence::{
    CandidateKind, Claim, Fact, IcmpKind, Observation, Observer, Pair, Side, Timeline, Transport,
    Via,
};
use hopsight_kit::{SeededRandom, SessionId, Timestamp};
use std::net::{IpAddr, SocketAddr};
use toml::{Table, Value};

#[test]
fn every_card_played_as_facts_gives_the_verdict_that_it_expects() {
    for text in CARDS {
        let card: Table = text.parse().unwrap();
        let facts = play(&card);
        let names = Names::default();
        let verdicts = diagnose(&Case {
            facts: &facts,
            names: &names,
        });

        let expected = card["expect"].as_table().unwrap();
        let main = verdicts.first();
        let code = main.map(|verdict| verdict.code.as_str());
        assert_eq!(code, text_at(expected, "code"), "{}", card["name"]);
        if let Some(word) = text_at(expected, "confidence") {
            let confidence = main.map(|verdict| verdict.confidence.word());
            assert_eq!(confidence, Some(word), "{}", card["name"]);
        }
        let culprit = main.and_then(|verdict| verdict.culprit.clone());
        let named = culprit.map(|culprit| culprit.addresses).unwrap_or_default();
        let acceptable = addresses(expected);
        assert!(
            named.iter().all(|address| acceptable.contains(address)),
            "{} blames {named:?}",
            card["name"]
        );
    }
}

/// What the ends tell: refused at a gateway that lacks the route, unanswered
/// where something is dropped, answered otherwise; the relay serves both.
fn play(card: &Table) -> Vec<Fact> {
    let listed = card["fault"].as_array().into_iter().flatten();
    let faults: Vec<&Table> = listed.filter_map(Value::as_table).collect();
    let mut timeline = Timeline::new(SessionId::draw(
        Timestamp::default(),
        &mut SeededRandom::new(1),
    ));
    for side in [Side::Sharer, Side::Viewer] {
        let told = tell(side, &faults);
        timeline.take_in(side.into(), told.into_iter().map(claim).collect());
        let seen = Observation::SignedInFrom {
            side,
            address: SocketAddr::new(address(side).ip(), 50000),
        };
        timeline.take_in(Observer::FrontEnd, vec![claim(seen)]);
    }
    timeline.facts().to_vec()
}

fn tell(side: Side, faults: &[&Table]) -> Vec<Observation> {
    let passes = faults.is_empty();
    let far = address(side.other());
    let mut told = vec![
        candidate(true, address(side)),
        candidate(false, far),
        Observation::Checks {
            pair: Pair {
                local: address(side),
                remote: far,
                via: Via::Direct,
            },
            sent: 12,
            answered: if passes { 12 } else { 0 },
            received: if passes { 12 } else { 0 },
            refused: 0,
            waited_ms: 600,
        },
        Observation::RelayAllocated {
            server: ([10, 21, 151, 10], 443).into(),
            transport: Transport::Tcp,
            relayed: ([10, 21, 151, 10], address(side).port()).into(),
            mapped: None,
        },
    ];
    let (router, gateway) = gateway(side);
    let is_missing = faults.iter().any(|fault| {
        text_at(fault, "kind") == Some("route-missing") && text_at(fault, "on") == Some(router)
    });
    if is_missing {
        told.push(Observation::IcmpError {
            destination: far,
            offender: gateway,
            kind: IcmpKind::NetworkUnreachable,
            mtu: None,
            matched: true,
            after_ms: 3,
        });
    }
    told
}

fn candidate(own: bool, address: SocketAddr) -> Observation {
    Observation::Candidate {
        own,
        kind: CandidateKind::Host,
        transport: Transport::Udp,
        address,
    }
}

fn claim(observation: Observation) -> Claim {
    Claim {
        at: Timestamp::default(),
        observation,
    }
}

fn address(side: Side) -> SocketAddr {
    match side {
        Side::Sharer => ([10, 102, 0, 139], 30000).into(),
        Side::Viewer => ([10, 103, 0, 50], 40000).into(),
    }
}

fn gateway(side: Side) -> (&'static str, IpAddr) {
    match side {
        Side::Sharer => ("router-a", [10, 102, 0, 1].into()),
        Side::Viewer => ("router-b", [10, 103, 0, 1].into()),
    }
}

fn addresses(expected: &Table) -> Vec<IpAddr> {
    let listed = expected.get("culprits").and_then(Value::as_array);
    let texts = listed.into_iter().flatten().filter_map(Value::as_str);
    texts.filter_map(|text| text.parse().ok()).collect()
}

fn text_at<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
    table.get(key).and_then(Value::as_str)
}

const CARDS: [&str; 5] = [
    include_str!("../../../../cards/healthy.toml"),
    include_str!("../../../../cards/inter-vlan.toml"),
    include_str!("../../../../cards/only-sign-in-port.toml"),
    include_str!("../../../../cards/only-tls.toml"),
    include_str!("../../../../cards/udp-dropped.toml"),
];
