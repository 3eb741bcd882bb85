//! Several faults at the same time: none hides another, none is told twice.

use super::catalogue::{DESK1, DESK2, decisive, not_sent, on_link, silent, trace};
use super::story::address;
use crate::{Code, Confidence, Culprit, CulpritKind, Direction};
use hopsight_evidence::{IcmpKind, NeighbourState, Observation, Side, TcpOutcome};

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
