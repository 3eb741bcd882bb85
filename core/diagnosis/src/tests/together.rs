//! Several faults at the same time: none hides another, none is told twice.

use super::catalogue::decisive;
use super::facts::{DESK1, DESK2, not_sent, on_link, trace};
use super::story::{Story, address, pair, silent};
use crate::{Code, Confidence, Culprit, CulpritKind, Direction};
use hopsight_evidence::{IcmpKind, LinkKind, NeighbourState, Observation, Side, TcpOutcome};

#[test]
fn a_hosts_fault_one_way_leaves_the_silent_loss_the_other_way_to_be_told() {
    let mut story = silent(|one| {
        one.tell(DESK1, not_sent(Side::Sharer, 101))
            .tell(DESK2, trace(address(Side::Sharer), &[[10, 103, 0, 1]]))
    });

    assert_eq!(
        story.said(),
        [
            (Code::NoRouteOnHost, Confidence::Proven),
            (Code::SilentDrop, Confidence::Located)
        ]
    );
    let (_, culprit) = story.named(Code::SilentDrop).unwrap();
    assert_eq!(culprit.direction, Some(Direction::ViewerToSharer));

    let passes = Observation::TcpConnect {
        destination: address(Side::Sharer),
        outcome: TcpOutcome::Refused,
        after_ms: 1,
    };
    story.tell(DESK2, passes);
    assert_eq!(
        story.said(),
        [
            (Code::NoRouteOnHost, Confidence::Proven),
            (Code::PortsFiltered, Confidence::Located)
        ]
    );
}

#[test]
fn a_hosts_fault_explains_its_own_direction_and_only_that() {
    let story = silent(|one| {
        one.tell(DESK1, not_sent(Side::Sharer, 1))
            .tell(DESK1, trace(address(Side::Viewer), &[[10, 102, 0, 1]]))
    });

    assert_eq!(story.said(), [(Code::HostFirewallOut, Confidence::Proven)]);
}

#[test]
fn both_machines_that_do_not_send_are_named_with_nothing_besides() {
    let story = silent(|one| {
        one.tell(DESK1, not_sent(Side::Sharer, 101))
            .tell(DESK2, not_sent(Side::Viewer, 1))
            .tell(DESK2, trace(address(Side::Sharer), &[[10, 103, 0, 1]]))
    });

    assert_eq!(
        story.said(),
        [
            (Code::HostFirewallOut, Confidence::Proven),
            (Code::NoRouteOnHost, Confidence::Proven)
        ]
    );
}

#[test]
fn a_machine_that_does_not_send_makes_other_words_about_its_packets_moot() {
    let mut story = decisive(Code::VpnCapturesMedia);
    story.tell(DESK1, not_sent(Side::Sharer, 101)).refusal(
        Side::Sharer,
        [10, 8, 0, 1],
        IcmpKind::Prohibited,
        2,
    );

    assert_eq!(
        story.said(),
        [(Code::VpnCapturesMedia, Confidence::Located)]
    );
}

#[test]
fn a_word_of_a_router_leaves_no_silent_loss_to_tell() {
    let story = silent(|one| {
        one.refusal(Side::Sharer, [172, 16, 1, 1], IcmpKind::Prohibited, 2)
            .tell(DESK2, trace(address(Side::Sharer), &[[10, 103, 0, 1]]))
    });

    assert_eq!(story.said(), [(Code::AdminProhibited, Confidence::Proven)]);
}

#[test]
fn a_missing_route_and_a_machine_that_does_not_send_back_are_both_told() {
    let story = silent(|one| {
        one.refusal(
            Side::Sharer,
            [10, 102, 0, 1],
            IcmpKind::NetworkUnreachable,
            3,
        )
        .tell(DESK2, not_sent(Side::Viewer, 1))
    });

    assert_eq!(
        story.said(),
        [
            (Code::NoRoute, Confidence::Proven),
            (Code::HostFirewallOut, Confidence::Proven)
        ]
    );
    assert_eq!(story.verdicts()[0].also, [Code::HostFirewallOut]);
}

#[test]
fn an_isolated_network_is_told_once_and_not_as_two_wrong_masks() {
    let story = decisive(Code::ClientIsolation);

    assert_eq!(story.said(), [(Code::ClientIsolation, Confidence::Located)]);
}

#[test]
fn two_bridges_that_overlap_are_named_together() {
    let mut story = decisive(Code::OverlappingSubnet);
    let observation = on_link(Side::Viewer, NeighbourState::Silent, None);
    story.tell(DESK2, observation);

    let culprit = Culprit::new(
        CulpritKind::Host,
        vec![address(Side::Sharer).ip(), address(Side::Viewer).ip()],
    );
    let both = [Side::Sharer, Side::Viewer];
    assert_eq!(
        story.named(Code::OverlappingSubnet),
        Some((Confidence::Located, culprit.on(&both).stops(&both)))
    );
}

#[test]
fn a_loss_the_other_way_that_nobody_can_follow_is_told_once_the_counts_had_their_time() {
    let host = |waited_ms| {
        let mut story = Story::default();
        counted(story.candidates(), waited_ms).tell(DESK1, not_sent(Side::Sharer, 1));
        story
    };
    let circle = [
        [10, 102, 0, 1],
        [172, 16, 1, 1],
        [172, 16, 2, 1],
        [172, 16, 1, 1],
        [172, 16, 2, 1],
    ];
    let mut device = Story::default();
    counted(device.candidates(), 2500)
        .refusal(Side::Sharer, [172, 16, 1, 1], IcmpKind::TimeExceeded, 2)
        .tell(DESK1, trace(address(Side::Viewer), &circle));

    let only_host = [(Code::HostFirewallOut, Confidence::Proven)];
    assert_eq!(host(900).said(), only_host);
    for (story, main) in [
        (host(2500), Code::HostFirewallOut),
        (device, Code::RoutingLoop),
    ] {
        let codes: Vec<Code> = story.said().into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [main, Code::SilentDrop]);
        let (confidence, culprit) = story.named(Code::SilentDrop).unwrap();
        let told = (confidence, culprit.side, culprit.direction);
        let expected = (Confidence::SideOnly, None, Some(Direction::ViewerToSharer));
        assert_eq!(told, expected);
    }
}

#[test]
fn a_neighbour_who_is_silent_and_whose_packets_arrive_stands_elsewhere() {
    let silent = Observation::Route {
        destination: address(Side::Viewer).ip(),
        via: None,
        device: "eth0".to_owned(),
        device_kind: LinkKind::Ethernet,
        source: Some(address(Side::Sharer).ip()),
        neighbour: NeighbourState::Silent,
        neighbour_hardware: None,
    };
    let mask = Observation::Interface {
        address: address(Side::Sharer).ip(),
        prefix: 15,
        device: "eth0".to_owned(),
        kind: LinkKind::Ethernet,
        hardware: None,
    };
    let story = |arrived: u32| {
        let mut story = Story::default();
        story
            .candidates()
            .checks(Side::Sharer, 12, 0, arrived)
            .checks(Side::Viewer, 12, 0, 0)
            .tell(DESK1, mask.clone())
            .tell(DESK1, silent.clone());
        story
    };

    let told = story(12);
    assert_eq!(
        told.said(),
        [(Code::OverlappingSubnet, Confidence::Leading)]
    );
    assert_eq!(
        told.rivals(Code::OverlappingSubnet),
        [Code::ClientIsolation]
    );
    assert_eq!(story(0).verdict(Code::OverlappingSubnet), None);
}

/// Both ends asked for so long, and nothing arrived at either.
fn counted(story: &mut Story, waited_ms: u64) -> &mut Story {
    for side in [Side::Sharer, Side::Viewer] {
        let checks = Observation::Checks {
            pair: pair(side),
            sent: 12,
            answered: 0,
            received: 0,
            refused: 0,
            waited_ms,
        };
        story.tell(side.into(), checks);
    }
    story
}
