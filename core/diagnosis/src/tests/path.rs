//! The way between the two machines, by example.

use super::story::{Story, address, pair, refused_both_ways};
use crate::{
    Code, Confidence, Culprit, CulpritKind, CulpritSide, Direction, Evidence, Excluded, HopState,
    Proof, SeenHop, Verdict,
};
use hopsight_evidence::{CandidateKind, IcmpKind, Observation, Side, Transport, Via};
use std::net::IpAddr;

#[test]
fn two_gateways_without_a_route_are_both_named() {
    let mut story = refused_both_ways();
    story.networks();

    assert_eq!(
        story.verdicts(),
        [Verdict {
            code: Code::NoRoute,
            layer: Code::NoRoute.layer(),
            confidence: Confidence::Proven,
            culprit: Some(Culprit {
                kind: CulpritKind::Router,
                addresses: vec![ip([10, 102, 0, 1]), ip([10, 103, 0, 1])],
                name: None,
                side: Some(CulpritSide::Both),
                direction: Some(Direction::Both),
            }),
            user: "Router 10.102.0.1 has no route to desk2's network 10.103.0.0/24 and router \
                   10.103.0.1 has no route to desk1's network 10.102.0.0/24. Your network team \
                   can fix it on those routers; nothing is wrong on either PC."
                .to_owned(),
            admin: "10.102.0.1 answers \"network unreachable\" for 10.103.0.50 and 10.103.0.1 \
                    answers \"network unreachable\" for 10.102.0.139; no direct packet passes \
                    either way."
                .to_owned(),
            remedy: "on 10.102.0.1: add a route to 10.103.0.0/24; on 10.103.0.1: add a route to \
                     10.102.0.0/24"
                .to_owned(),
            evidence: Proof::new(
                line(
                    &story,
                    9,
                    "10.102.0.1 answered \"network unreachable\" 3 ms after the first check"
                ),
                vec![
                    line(
                        &story,
                        10,
                        "10.103.0.1 answered \"network unreachable\" 2 ms after the first check"
                    ),
                    line(
                        &story,
                        7,
                        "12 checks from desk1's PC to 10.103.0.50, none answered"
                    ),
                    line(
                        &story,
                        8,
                        "12 checks from desk2's PC to 10.102.0.139, none answered"
                    ),
                ]
            ),
            excluded: vec![Excluded {
                code: Code::HostFirewallIn,
                because: "the packets never reached a PC: 10.102.0.1 and 10.103.0.1 turned them \
                          back"
                    .to_owned(),
            }],
            cannot_tell_apart: Vec::new(),
            also: Vec::new(),
            first_evidence_ms: Some(2),
            verdict_ms: None,
            hops: [[10, 102, 0, 1], [10, 103, 0, 1]].map(broken).to_vec(),
        }]
    );
}

fn broken(address: [u8; 4]) -> SeenHop {
    SeenHop {
        address: address.into(),
        name: None,
        state: HopState::Broken,
    }
}

#[test]
fn a_network_that_nobody_described_is_named_by_its_address() {
    let mut story = Story::default();
    story.silence();
    story.refusal(
        Side::Sharer,
        [10, 102, 0, 1],
        IcmpKind::NetworkUnreachable,
        3,
    );

    let verdict = only(&story);
    let culprit = verdict.culprit.unwrap();
    assert_eq!(culprit.side, Some(CulpritSide::Sharer));
    assert_eq!(culprit.direction, Some(Direction::Both));
    assert_eq!(
        verdict.remedy,
        "on 10.102.0.1: add a route to the network of 10.103.0.50, and the way back to the \
         network of 10.102.0.139"
    );
    assert_eq!(
        verdict.user,
        "Router 10.102.0.1 has no route to desk2's PC at 10.103.0.50. Your network team can fix \
         it on that router; nothing is wrong on either PC."
    );
}

#[test]
fn host_unreachable_at_once_about_a_running_pc_is_a_missing_route() {
    let mut story = Story::default();
    story.silence();
    story.refusal(Side::Sharer, [10, 102, 0, 1], IcmpKind::HostUnreachable, 2);

    assert_eq!(story.said(), [(Code::NoRoute, Confidence::Proven)]);
}

#[test]
fn host_unreachable_about_a_pc_that_nobody_else_saw_may_be_a_pc_that_is_gone() {
    let mut story = Story::default();
    story
        .candidate(
            Side::Sharer,
            false,
            CandidateKind::Host,
            address(Side::Viewer),
        )
        .checks(Side::Sharer, 12, 0, 0)
        .refusal(Side::Sharer, [10, 102, 0, 1], IcmpKind::HostUnreachable, 2);

    assert_eq!(story.said(), [(Code::NoRoute, Confidence::Leading)]);
    assert_eq!(rivals(&story), [Code::PeerHostGone]);
}

#[test]
fn host_unreachable_after_three_seconds_is_a_silent_neighbour_and_no_missing_route() {
    let mut story = Story::default();
    story.silence();
    story.refusal(
        Side::Sharer,
        [172, 16, 2, 2],
        IcmpKind::HostUnreachable,
        3065,
    );

    assert_eq!(story.said(), [(Code::PeerHostGone, Confidence::Leading)]);
    assert_eq!(rivals(&story), [Code::SilentDrop]);
}

#[test]
fn nobody_can_accuse_the_other_party_of_being_a_router() {
    let viewer: IpAddr = address(Side::Viewer).ip();
    let IpAddr::V4(plain) = viewer else {
        panic!("the story speaks IPv4")
    };
    for offender in [viewer, plain.to_ipv6_mapped().into()] {
        let mut story = Story::default();
        story.silence();
        let destination = address(Side::Viewer);
        let kind = IcmpKind::NetworkUnreachable;
        story.refusal_about(Side::Sharer, destination, offender, kind, 3);

        assert_eq!(story.said(), [(Code::Undetermined, Confidence::Unknown)]);
    }
}

#[test]
fn nor_by_another_of_its_addresses() {
    let mut story = Story::default();
    story.silence();
    let second = ([10, 104, 0, 9], 40000).into();
    story
        .candidate(Side::Viewer, true, CandidateKind::Host, second)
        .refusal(
            Side::Sharer,
            [10, 104, 0, 9],
            IcmpKind::NetworkUnreachable,
            3,
        );

    assert_eq!(story.said(), [(Code::Undetermined, Confidence::Unknown)]);
}

#[test]
fn an_error_of_the_own_machine_names_no_router() {
    let mut story = Story::default();
    story.silence();
    story.refusal(
        Side::Sharer,
        [10, 102, 0, 139],
        IcmpKind::HostUnreachable,
        3,
    );

    assert_eq!(story.said(), [(Code::Undetermined, Confidence::Unknown)]);
}

#[test]
fn a_direct_session_has_nothing_to_explain() {
    let mut story = refused_both_ways();
    story.direct();

    assert_eq!(story.verdicts(), []);
}

#[test]
fn a_pair_that_answered_has_nothing_to_explain() {
    let mut story = Story::default();
    story.candidates();
    story
        .checks(Side::Sharer, 12, 3, 12)
        .checks(Side::Viewer, 12, 0, 12)
        .refusal(
            Side::Sharer,
            [10, 102, 0, 1],
            IcmpKind::NetworkUnreachable,
            3,
        );

    assert_eq!(story.verdicts(), []);
}

#[test]
fn a_session_on_the_relay_by_choice_has_nothing_to_explain() {
    let mut story = Story::default();
    story.candidates();
    story.relay_allocated(Side::Sharer);
    let mut relayed = pair(Side::Sharer);
    relayed.via = Via::Relay(Transport::Udp);
    story.tell(
        Side::Sharer.into(),
        Observation::PathChosen { pair: relayed },
    );

    assert_eq!(story.verdicts(), []);
}

#[test]
fn what_arrives_through_the_relay_does_not_show_that_the_direct_way_is_open() {
    let mut story = refused_both_ways();
    story.relay_allocated(Side::Viewer);
    let mut through_relay = pair(Side::Sharer);
    through_relay.remote = ([10, 21, 151, 10], 50001).into();
    let observation = Observation::Checks {
        pair: through_relay,
        sent: 4,
        answered: 4,
        received: 4,
        refused: 0,
        waited_ms: 200,
    };
    story.tell(Side::Sharer.into(), observation);

    assert_eq!(story.said(), [(Code::NoRoute, Confidence::Proven)]);
}

#[test]
fn packets_that_arrive_one_way_make_it_a_missing_return_route() {
    let mut story = Story::default();
    story.candidates();
    story
        .checks(Side::Sharer, 32, 0, 0)
        .checks(Side::Viewer, 32, 0, 32)
        .refusal(Side::Viewer, [10, 103, 0, 1], IcmpKind::HostUnreachable, 3);

    let verdict = only(&story);
    let culprit = verdict.culprit.unwrap();
    assert_eq!(
        (verdict.code, verdict.confidence),
        (Code::ReturnRouteMissing, Confidence::Proven)
    );
    assert_eq!(culprit.addresses, [ip([10, 103, 0, 1])]);
    assert_eq!(culprit.direction, Some(Direction::ViewerToSharer));
}

#[test]
fn a_refusal_in_a_direction_that_delivered_is_void() {
    let mut story = Story::default();
    story.candidates();
    story
        .checks(Side::Sharer, 32, 0, 0)
        .checks(Side::Viewer, 32, 0, 32)
        .refusal(
            Side::Sharer,
            [10, 102, 0, 1],
            IcmpKind::NetworkUnreachable,
            3,
        );

    assert_eq!(story.said(), [(Code::Undetermined, Confidence::Unknown)]);
}

#[test]
fn a_refusal_about_an_address_inside_a_nat_says_nothing() {
    let mut story = Story::default();
    story
        .candidate(
            Side::Sharer,
            false,
            CandidateKind::Host,
            address(Side::Viewer),
        )
        .candidate(
            Side::Sharer,
            false,
            CandidateKind::ServerReflexive,
            ([198, 51, 100, 7], 40000).into(),
        )
        .checks(Side::Sharer, 12, 0, 0)
        .refusal(
            Side::Sharer,
            [203, 0, 113, 1],
            IcmpKind::NetworkUnreachable,
            9,
        );

    assert_eq!(story.said(), [(Code::Undetermined, Confidence::Unknown)]);
}

#[test]
fn a_refusal_about_a_second_address_leads_and_does_not_prove() {
    let mut story = Story::default();
    story.silence();
    let bridge = ([172, 17, 0, 1], 40000).into();
    story
        .candidate(Side::Sharer, false, CandidateKind::Host, bridge)
        .refusal_about(
            Side::Sharer,
            bridge,
            ip([10, 102, 0, 1]),
            IcmpKind::NetworkUnreachable,
            3,
        );

    assert_eq!(story.said(), [(Code::NoRoute, Confidence::Leading)]);
    assert_eq!(rivals(&story), [Code::SilentDrop, Code::PortsFiltered]);
}

#[test]
fn silence_alone_is_undetermined_and_says_which_test_is_missing() {
    let mut story = Story::default();
    story.silence();

    let verdict = only(&story);
    assert_eq!(verdict.culprit, None);
    assert_eq!(
        verdict
            .evidence
            .lines()
            .map(Evidence::says)
            .collect::<Vec<_>>(),
        [
            "12 checks from desk1's PC to 10.103.0.50 in 100 ms, none answered, 0 received",
            "12 checks from desk2's PC to 10.102.0.139 in 100 ms, none answered, 0 received",
        ]
    );
    assert_eq!(
        rivals(&story),
        [Code::SilentDrop, Code::PortsFiltered, Code::HostFirewallIn]
    );
}

#[test]
fn a_verdict_survives_json_and_has_the_public_form() {
    let verdict = only(&refused_both_ways());
    let json = serde_json::to_value(&verdict).unwrap();

    assert_eq!(json["code"], "no-route");
    assert_eq!(json["layer"], "path");
    assert_eq!(json["confidence"], "proven");
    assert_eq!(json["culprit"]["kind"], "router");
    assert_eq!(
        json["culprit"]["addresses"],
        serde_json::json!(["10.102.0.1", "10.103.0.1"])
    );
    assert_eq!(json["culprit"]["name"], serde_json::Value::Null);
    assert_eq!(json["evidence"][0]["fact"], "f9");
    assert_eq!(serde_json::from_value::<Verdict>(json).unwrap(), verdict);
}

#[test]
fn a_verdict_without_proof_cannot_be_read_either() {
    let mut json = serde_json::to_value(only(&refused_both_ways())).unwrap();
    json["evidence"] = serde_json::json!([]);

    assert!(serde_json::from_value::<Verdict>(json).is_err());
}

fn only(story: &Story) -> Verdict {
    let mut verdicts = story.verdicts();
    assert_eq!(verdicts.len(), 1);
    verdicts.remove(0)
}

fn rivals(story: &Story) -> Vec<Code> {
    let verdict = only(story);
    let rivals = verdict.cannot_tell_apart.iter();
    rivals.map(|rival| rival.code).collect()
}

fn line(story: &Story, number: usize, says: &str) -> Evidence {
    Evidence::of(&story.facts[number - 1], says)
}

fn ip(address: [u8; 4]) -> IpAddr {
    address.into()
}
