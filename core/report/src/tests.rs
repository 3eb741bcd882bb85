//! Every face as a person sees it, at 80 columns.

use super::*;
use hopsight_diagnosis::{Case, Code, CulpritKind, HopState, Names, SeenHop, Verdict, diagnose};
use hopsight_evidence::{
    CallParty, CandidateKind, Claim, Fact, IcmpKind, Observation, Observer, Pair, Side, Timeline,
    Transport, Via,
};
use hopsight_kit::{Place, Remark, SeededRandom, SessionId, Timestamp};
use hopsight_session::endpoint::PathKind;
use hopsight_session::record::{Party, SessionRecord};
use std::net::SocketAddr;
use std::time::Duration;

#[test]
fn a_share_through_the_relay_tells_why_it_is_not_direct() {
    let seconds = |tenths: u64| Duration::from_millis(tenths * 100);
    let text = [
        "Sharing with desk2@example.org\n".to_owned(),
        step("signed in", "hopsight.example.org:443", seconds(2)),
        step("ringing → accepted", "", seconds(31)),
        step("direct path", "no answer from 10.103.0.50", seconds(4)),
        step("relay", "connected over UDP, 10.21.151.10", seconds(6)),
        "\n".to_owned(),
        outcome(Side::Sharer, "desk2", PathKind::Relay),
        "\n".to_owned(),
        verdicts(
            Question::WhyNotDirect,
            &live(),
            Some("01JD0000000000000000000000"),
        ),
    ]
    .concat();

    insta::assert_snapshot!(text);
    assert_narrow(&text);
}

#[test]
fn an_unknown_cause_is_said_plainly_with_the_tests_that_would_tell() {
    let mut facts = facts();
    facts.retain(|fact| !matches!(fact.observation, Observation::IcmpError { .. }));
    let text = verdicts(Question::WhyNoPicture, &judged(&facts), None);

    insta::assert_snapshot!(text);
    assert_narrow(&text);
}

#[test]
fn a_second_fault_that_an_end_knows_by_name_only_is_named() {
    let mut told = live();
    told.truncate(1);
    told[0].also = vec![Code::RelayUnreachable];
    let text = verdicts(Question::WhyNotDirect, &told, None);

    let last = text.lines().last().unwrap();
    assert_eq!(
        last,
        "  also     a relay that cannot be reached (relay-unreachable)"
    );
}

#[test]
fn a_session_without_a_fault_has_no_verdict_text() {
    assert_eq!(verdicts(Question::WhyNotDirect, &[], Some("x")), "");
}

#[test]
fn a_ticket_tells_an_engineer_who_was_not_there() {
    let at = Timestamp::from_unix_seconds(1_700_000_000);
    let parties = vec![party(Side::Sharer, "desk1"), party(Side::Viewer, "desk2")];
    let record = SessionRecord::new(session(), parties, at);
    let text = ticket(&record, &live()).unwrap();

    insta::assert_snapshot!(text);
    assert_narrow(&text);
}

#[test]
fn an_explained_trace_starts_with_the_answer() {
    let facts = stamped(Observer::Administrator, vec![summary()]);
    let found = judged(&facts);
    let calls = [ExplainedCall {
        began: "2011-12-15 14:03",
        carried_in: Some("BYE"),
        facts: &facts,
        verdicts: &found,
    }];
    let remarks = [Remark {
        place: Place::Line(3),
        problem: "2 long dashes read as hyphens".to_owned(),
    }];
    let text = explained(&ExplainedTrace {
        file: "desktop-sharing-2011.txt",
        calls: &calls,
        remarks: &remarks,
    });

    insta::assert_snapshot!(text);
    assert_narrow(&text);
}

#[test]
fn the_event_is_one_line_of_json_with_the_public_fields() {
    let line = verdict_event(&live()[0], Timestamp::from_unix_seconds(1_700_000_000)).unwrap();

    assert!(!line.contains('\n'));
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["event"], "verdict");
    assert_eq!(event["at"], "2023-11-14T22:13:20Z");
    assert_eq!(event["code"], "no-route");
    assert_eq!(event["evidence"][0]["fact"], "f9");
}

#[test]
fn no_face_has_a_word_that_the_house_does_not_use() {
    let texts = [
        verdicts(Question::WhyNotDirect, &live(), None),
        verdicts(
            Question::WhyNotDirect,
            &judged(&stamped(Observer::Administrator, vec![summary()])),
            None,
        ),
    ];
    for text in texts {
        for word in [
            "simply",
            "oops",
            "please",
            "try again",
            "!",
            "callee's fault",
        ] {
            assert!(!text.to_lowercase().contains(word), "{word} in {text}");
        }
    }
}

#[test]
fn an_edge_that_ends_at_a_pc_has_its_cross_before_that_pc() {
    let mut verdict = live().remove(0);
    let mut culprit = verdict.culprit.clone().unwrap();
    culprit.kind = CulpritKind::EdgeBetween;
    let router: std::net::IpAddr = [172, 16, 1, 1].into();
    verdict.hops = vec![SeenHop {
        address: router,
        name: None,
        state: HopState::Passes,
    }];
    let mut drawn = |side: Side| {
        culprit.addresses = match side {
            Side::Sharer => vec![address(side).ip(), router],
            Side::Viewer => vec![router, address(side).ip()],
        };
        culprit.direction = None;
        verdict.culprit = Some(culprit.clone());
        way::drawn(&verdict)
    };

    assert_eq!(
        drawn(Side::Viewer),
        ["sharer's PC ── 172.16.1.1 ──╳── viewer's PC"]
    );
    assert_eq!(
        drawn(Side::Sharer),
        ["sharer's PC ──╳── 172.16.1.1 ── viewer's PC"]
    );
}

fn assert_narrow(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// The seed's fault: both gateways lack the other VLAN.
fn live() -> Vec<Verdict> {
    judged(&facts())
}

fn judged(facts: &[Fact]) -> Vec<Verdict> {
    let names = Names {
        sharer: Some("desk1".to_owned()),
        viewer: Some("desk2".to_owned()),
    };
    diagnose(&Case {
        facts,
        names: &names,
    })
}

fn facts() -> Vec<Fact> {
    let mut timeline = Timeline::new(session());
    for side in [Side::Sharer, Side::Viewer] {
        let (own, far) = (address(side), address(side.other()));
        let gateway = match side {
            Side::Sharer => [10, 102, 0, 1],
            Side::Viewer => [10, 103, 0, 1],
        };
        let observations = vec![
            Observation::Interface {
                address: own.ip(),
                prefix: 24,
                device: "eth0".to_owned(),
                kind: hopsight_evidence::LinkKind::Ethernet,
                hardware: None,
            },
            Observation::Candidate {
                own: true,
                kind: CandidateKind::Host,
                transport: Transport::Udp,
                address: own,
            },
            Observation::Checks {
                pair: Pair {
                    local: own,
                    remote: far,
                    via: Via::Direct,
                },
                sent: 12,
                answered: 0,
                received: 0,
                refused: 0,
                waited_ms: 100,
            },
            Observation::RelayAllocated {
                server: relay(),
                transport: Transport::Udp,
                relayed: SocketAddr::new(relay().ip(), own.port()),
                mapped: None,
            },
            Observation::IcmpError {
                destination: far,
                offender: gateway.into(),
                kind: IcmpKind::NetworkUnreachable,
                mtu: None,
                matched: true,
                after_ms: 3,
            },
        ];
        timeline.take_in(side.into(), observations.into_iter().map(claim).collect());
    }
    // The first refusal is named f9 in these faces.
    let mut facts = timeline.facts().to_vec();
    for fact in &mut facts {
        fact.id.0 += 4;
    }
    facts
}

fn stamped(observer: Observer, observations: Vec<Observation>) -> Vec<Fact> {
    let mut timeline = Timeline::new(session());
    timeline.take_in(observer, observations.into_iter().map(claim).collect())
}

fn claim(observation: Observation) -> Claim {
    Claim {
        at: Timestamp::default(),
        observation,
    }
}

fn summary() -> Observation {
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    Observation::LegacyMediaDebug {
        diagnostic_id: 22,
        modality: "application-sharing".to_owned(),
        ice_warn: 0x29,
        local_location: Some(2),
        remote_location: Some(2),
        measured_by: CallParty::Caller,
        measured_by_peer: true,
        keys_absent: keys(&["RemoteMR", "LocalMRTCPPort", "RemoteMRTCPPort"]),
        keys_unknown: keys(&["LocalSite", "LocalMR", "RemoteSite"]),
    }
}

fn address(side: Side) -> SocketAddr {
    match side {
        Side::Sharer => ([10, 102, 0, 139], 30000).into(),
        Side::Viewer => ([10, 103, 0, 50], 40000).into(),
    }
}

fn relay() -> SocketAddr {
    ([10, 21, 151, 10], 3478).into()
}

fn party(side: Side, name: &str) -> Party {
    Party {
        side,
        account: name.to_owned(),
        uri: format!("sip:{name}@example.org"),
        display_name: name.to_owned(),
    }
}

fn session() -> SessionId {
    SessionId::draw(
        Timestamp::from_unix_seconds(1_700_000_000),
        &mut SeededRandom::new(1),
    )
}
