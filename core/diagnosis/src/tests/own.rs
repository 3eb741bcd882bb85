//! What a machine, or a device on the way, said itself; by example.

use super::story::{Story, address};
use crate::{Code, Confidence, CulpritKind, CulpritSide};
use hopsight_evidence::{IcmpKind, Observation, Side};
use std::net::IpAddr;

#[test]
fn a_kernel_that_forbids_sending_is_the_firewall_of_that_pc() {
    let mut story = quiet();
    story.tell(Side::Sharer.into(), not_sent(1, 0));

    let verdict = story.verdicts().remove(0);
    let culprit = verdict.culprit.unwrap();
    assert_eq!(verdict.code, Code::HostFirewallOut);
    assert_eq!(verdict.confidence, Confidence::Proven);
    assert_eq!(culprit.kind, CulpritKind::Host);
    assert_eq!(culprit.side, Some(CulpritSide::Sharer));
    assert_eq!(culprit.addresses, [address(Side::Sharer).ip()]);
}

#[test]
fn any_other_refusal_of_the_own_kernel_is_a_route_of_that_pc() {
    for errno in [13, 22, 101, 113] {
        let mut story = quiet();
        story.tell(Side::Sharer.into(), not_sent(errno, 0));

        assert_eq!(story.verdicts()[0].code, Code::NoRouteOnHost, "{errno}");
    }
}

#[test]
fn a_refusal_that_comes_late_or_about_a_way_that_delivers_blames_nobody() {
    let mut late = quiet();
    late.tell(Side::Sharer.into(), not_sent(113, 3064));
    assert_eq!(late.verdicts()[0].code, Code::Undetermined);

    let mut delivered = Story::default();
    delivered
        .candidates()
        .checks(Side::Sharer, 12, 0, 0)
        .checks(Side::Viewer, 12, 0, 3);
    delivered.tell(Side::Sharer.into(), not_sent(101, 0));
    assert_eq!(delivered.verdicts()[0].code, Code::Undetermined);
}

#[test]
fn a_machine_that_gives_up_on_its_own_next_hop_has_a_wrong_gateway() {
    let mut story = quiet();
    story.networks().refusal(
        Side::Sharer,
        [10, 102, 0, 139],
        IcmpKind::HostUnreachable,
        3064,
    );

    let verdict = story.verdicts().remove(0);
    assert_eq!(verdict.code, Code::WrongGateway);
    assert_eq!(
        verdict.culprit.unwrap().addresses,
        [IpAddr::from([10, 102, 0, 139])]
    );
}

#[test]
fn a_device_that_forbids_the_way_is_named_and_both_are_when_two_do() {
    let mut story = quiet();
    story
        .refusal(Side::Sharer, [172, 16, 1, 1], IcmpKind::Prohibited, 2)
        .refusal(Side::Viewer, [172, 16, 2, 1], IcmpKind::Prohibited, 2);

    let verdict = story.verdicts().remove(0);
    assert_eq!(verdict.code, Code::AdminProhibited);
    assert_eq!(verdict.confidence, Confidence::Proven);
    assert_eq!(
        verdict.culprit.unwrap().addresses,
        [IpAddr::from([172, 16, 1, 1]), [172, 16, 2, 1].into()]
    );
}

#[test]
fn a_pc_that_turns_packets_away_is_located_and_never_proven_by_the_other_end() {
    let mut story = quiet();
    story.refusal(Side::Sharer, [10, 103, 0, 50], IcmpKind::Prohibited, 1);

    let verdict = story.verdicts().remove(0);
    assert_eq!(verdict.code, Code::HostFirewallIn);
    assert_eq!(verdict.confidence, Confidence::Located);
    assert_eq!(verdict.culprit.unwrap().side, Some(CulpritSide::Viewer));
}

#[test]
fn a_pc_that_received_something_did_not_turn_it_away() {
    let mut story = Story::default();
    story
        .candidates()
        .checks(Side::Sharer, 12, 0, 0)
        .checks(Side::Viewer, 12, 0, 2)
        .refusal(Side::Sharer, [10, 103, 0, 50], IcmpKind::Prohibited, 1);

    assert_eq!(story.verdicts()[0].code, Code::Undetermined);
}

/// Neither end is answered, and nobody said why.
fn quiet() -> Story {
    let mut story = Story::default();
    story.silence();
    story
}

fn not_sent(errno: i32, after_ms: u64) -> Observation {
    Observation::SendError {
        destination: address(Side::Viewer),
        errno,
        text: "refused by the kernel".to_owned(),
        after_ms,
    }
}
