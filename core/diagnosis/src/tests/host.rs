//! Faults of a machine itself, by example.

use super::catalogue::decisive;
use super::facts::{DESK1, DESK2, OWN, STRANGER, interface, next_hop, on_link, trace};
use super::story::{Story, address, in_one_network, pair, silent};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{
    CandidateKind, HardwareAddress, IcmpKind, LinkKind, NeighbourState, Observation, Side,
};
use std::net::{IpAddr, SocketAddr};

#[test]
fn a_way_to_the_peer_by_a_tunnel_and_to_the_server_by_the_lan_is_the_vpns() {
    assert_eq!(
        decisive(Code::VpnCapturesMedia).named(Code::VpnCapturesMedia),
        Some((Confidence::Located, host(Side::Sharer)))
    );
}

#[test]
fn a_tunnel_that_takes_everything_is_nothing_strange() {
    let story = decisive(Code::VpnCapturesMedia)
        .without(|one| matches!(one, Observation::Route { device, .. } if device == "eth0"));

    assert_eq!(story.verdict(Code::VpnCapturesMedia), None);
}

#[test]
fn a_fault_of_a_machine_falls_when_its_packets_arrive() {
    for code in [
        Code::VpnCapturesMedia,
        Code::DuplicateAddress,
        Code::OverlappingSubnet,
        Code::WrongGateway,
        Code::PeerSocketClosed,
        Code::PeerHostGone,
        Code::HostFirewallIn,
        Code::HostFirewallOut,
        Code::NoRouteOnHost,
        Code::ClientIsolation,
        Code::RoutingLoop,
    ] {
        let mut story = decisive(code);
        let arrived = Observation::ProbesArrived {
            source: address(Side::Sharer),
            lowest: 4,
            count: 2,
        };
        story.tell(DESK2, arrived);
        assert_eq!(story.verdict(code), None, "{code}");
    }
}

#[test]
fn another_link_address_than_the_peers_own_is_a_second_machine() {
    let culprit = Culprit::new(CulpritKind::Host, vec![address(Side::Viewer).ip()]);
    assert_eq!(
        decisive(Code::DuplicateAddress).named(Code::DuplicateAddress),
        Some((
            Confidence::Located,
            culprit.on(&[Side::Viewer]).stops(&[Side::Sharer])
        ))
    );
}

#[test]
fn the_peers_own_link_address_is_the_peer_however_it_is_written() {
    for same in [OWN, "02-00-00-00-00-01", "0200.0000.0001"] {
        let story = neighbour(same);
        assert_eq!(story.verdict(Code::DuplicateAddress), None, "{same}");
    }
    assert!(
        neighbour(STRANGER)
            .verdict(Code::DuplicateAddress)
            .is_some()
    );
}

#[test]
fn behind_a_gateway_link_addresses_mean_nothing() {
    let story = silent(|one| {
        in_one_network(one).tell(
            DESK1,
            Observation::Route {
                destination: address(Side::Viewer).ip(),
                via: Some([10, 102, 0, 1].into()),
                device: "eth0".to_owned(),
                device_kind: LinkKind::Ethernet,
                source: None,
                neighbour: NeighbourState::Answers,
                neighbour_hardware: Some(HardwareAddress(STRANGER.to_owned())),
            },
        )
    });

    assert_eq!(story.verdict(Code::DuplicateAddress), None);
}

#[test]
fn a_peer_that_says_nothing_of_its_link_address_is_not_duplicated() {
    let mut story = silent(|one| one);
    story.networks().tell(
        DESK1,
        on_link(Side::Sharer, NeighbourState::Answers, Some(STRANGER)),
    );

    assert_eq!(story.verdict(Code::DuplicateAddress), None);
}

#[test]
fn a_container_bridge_in_the_peers_network_is_the_fault_of_its_pc() {
    assert_eq!(
        decisive(Code::OverlappingSubnet).named(Code::OverlappingSubnet),
        Some((Confidence::Located, host(Side::Sharer)))
    );
}

#[test]
fn a_peer_that_stands_elsewhere_and_is_looked_for_on_the_link_is_a_wrong_mask() {
    let mut story = silent(|one| one);
    story
        .tell(DESK1, interface(address(Side::Sharer).ip(), 8, None))
        .tell(DESK2, interface(address(Side::Viewer).ip(), 24, None))
        .tell(DESK1, on_link(Side::Sharer, NeighbourState::Silent, None));

    assert_eq!(
        story.named(Code::OverlappingSubnet),
        Some((Confidence::Located, host(Side::Sharer)))
    );
    assert_eq!(story.verdict(Code::ClientIsolation), None);
}

#[test]
fn a_peer_whose_network_nobody_told_may_share_it_all_the_same() {
    let mut story = silent(|one| one);
    story
        .tell(DESK1, interface(address(Side::Sharer).ip(), 8, None))
        .tell(DESK1, on_link(Side::Sharer, NeighbourState::Silent, None));
    assert_eq!(
        story.said(),
        [(Code::ClientIsolation, Confidence::Leading)],
        "the server sees it there"
    );

    let story = story.without(|one| matches!(one, Observation::SignedInFrom { .. }));
    assert_eq!(
        story
            .verdict(Code::OverlappingSubnet)
            .map(|one| one.confidence),
        Some(Confidence::Leading)
    );
    assert_eq!(
        story.rivals(Code::OverlappingSubnet),
        [Code::ClientIsolation]
    );
}

#[test]
fn a_neighbour_that_answers_is_where_it_should_be() {
    let mut story = silent(|one| one);
    story
        .networks()
        .tell(DESK1, on_link(Side::Sharer, NeighbourState::Answers, None));

    assert_eq!(story.verdict(Code::OverlappingSubnet), None);
}

#[test]
fn a_next_hop_that_nobody_is_and_the_own_kernels_word_prove_a_wrong_gateway() {
    assert_eq!(
        decisive(Code::WrongGateway).named(Code::WrongGateway),
        Some((Confidence::Proven, host(Side::Sharer)))
    );
}

#[test]
fn the_neighbour_table_alone_locates_a_wrong_gateway() {
    let story = silent_gateway();

    assert_eq!(
        story.named(Code::WrongGateway),
        Some((Confidence::Located, host(Side::Sharer)))
    );
}

#[test]
fn a_gateway_behind_which_routers_answer_is_there() {
    let mut story = silent_gateway();
    let hops = [[10, 102, 0, 1], [172, 16, 1, 1]];
    story.tell(DESK1, trace(address(Side::Viewer), &hops));

    assert_eq!(story.verdict(Code::WrongGateway), None);
}

#[test]
fn a_gateway_that_answers_is_not_wrong() {
    let mut story = silent(|one| one);
    story.networks().tell(
        DESK1,
        next_hop(Side::Sharer, [10, 102, 0, 1], NeighbourState::Answers),
    );

    assert_eq!(story.verdict(Code::WrongGateway), None);
}

#[test]
fn a_closed_port_that_the_peer_does_not_tell_of_is_a_program_that_is_gone() {
    assert_eq!(
        decisive(Code::PeerSocketClosed).named(Code::PeerSocketClosed),
        Some((Confidence::Located, far()))
    );
}

#[test]
fn a_closed_port_that_the_peer_has_open_is_its_firewall() {
    let mut story = silent(|one| one);
    story.refusal(Side::Sharer, [10, 103, 0, 50], IcmpKind::PortUnreachable, 2);

    assert_eq!(story.verdict(Code::PeerSocketClosed), None);
    assert_eq!(
        story.named(Code::HostFirewallIn),
        Some((Confidence::Located, far()))
    );
}

#[test]
fn a_peer_that_tells_of_no_socket_leaves_both_open() {
    let mut story = alone();
    story.refusal(Side::Sharer, [10, 103, 0, 50], IcmpKind::PortUnreachable, 2);
    story.tell(DESK2, interface(address(Side::Viewer).ip(), 24, None));

    assert_eq!(
        story
            .verdict(Code::PeerSocketClosed)
            .map(|one| one.confidence),
        Some(Confidence::Leading)
    );
    assert_eq!(story.rivals(Code::PeerSocketClosed), [Code::HostFirewallIn]);
}

#[test]
fn a_closed_port_that_somebody_else_speaks_of_is_not_the_peers() {
    let gone = SocketAddr::new(address(Side::Viewer).ip(), 41000);
    let mut story = alone();
    story.refusal_about(
        Side::Sharer,
        gone,
        [172, 16, 1, 1].into(),
        IcmpKind::PortUnreachable,
        2,
    );

    assert_eq!(story.verdict(Code::PeerSocketClosed), None);
}

#[test]
fn a_router_that_waited_in_vain_for_a_peer_that_tells_nothing_locates_it() {
    assert_eq!(
        decisive(Code::PeerHostGone).named(Code::PeerHostGone),
        Some((Confidence::Located, far()))
    );
}

#[test]
fn a_peer_that_has_another_address_now_by_its_own_word_is_proven_gone_from_the_old() {
    let mut story = decisive(Code::PeerHostGone);
    story
        .candidate(
            Side::Viewer,
            true,
            CandidateKind::Host,
            address(Side::Viewer),
        )
        .tell(DESK2, interface([10, 103, 0, 77].into(), 24, None));

    assert_eq!(
        story.named(Code::PeerHostGone),
        Some((Confidence::Proven, far()))
    );
}

#[test]
fn an_address_that_the_peer_never_had_proves_nothing_about_it() {
    let mut story = decisive(Code::PeerHostGone);
    story.tell(DESK2, interface([10, 103, 0, 77].into(), 24, None));

    assert_eq!(
        story.verdict(Code::PeerHostGone).map(|one| one.confidence),
        Some(Confidence::Located)
    );
}

#[test]
fn a_peer_that_still_has_the_address_is_not_gone() {
    let mut story = decisive(Code::PeerHostGone);
    story.tell(DESK2, interface(address(Side::Viewer).ip(), 24, None));

    assert_eq!(story.verdict(Code::PeerHostGone), None);
}

#[test]
fn a_browser_that_goes_on_sending_from_the_address_is_not_gone_from_it() {
    let story = |waited_ms| {
        let mut story = decisive(Code::PeerHostGone);
        story.checks(Side::Sharer, 5, 0, 5).tell(
            DESK2,
            Observation::Checks {
                pair: pair(Side::Viewer),
                sent: 5,
                answered: 0,
                received: 0,
                refused: 0,
                waited_ms,
            },
        );
        story
    };

    assert_eq!(story(3700).verdict(Code::PeerHostGone), None);
    assert_eq!(
        story(800)
            .verdict(Code::PeerHostGone)
            .map(|one| one.confidence),
        Some(Confidence::Leading)
    );
}

#[test]
fn the_address_of_a_nat_is_not_the_address_of_a_machine() {
    let outside: SocketAddr = ([203, 0, 113, 2], 5000).into();
    let mut story = alone();
    story
        .candidate(Side::Sharer, false, CandidateKind::ServerReflexive, outside)
        .refusal_about(
            Side::Sharer,
            outside,
            [203, 0, 113, 254].into(),
            IcmpKind::HostUnreachable,
            3065,
        )
        .refusal(
            Side::Sharer,
            [10, 103, 0, 1],
            IcmpKind::HostUnreachable,
            3065,
        );

    assert_eq!(story.verdict(Code::PeerHostGone), None);
}

#[test]
fn host_unreachable_at_once_is_not_a_machine_that_is_off() {
    let mut story = alone();
    story.refusal(Side::Sharer, [10, 103, 0, 1], IcmpKind::HostUnreachable, 3);

    assert_eq!(story.verdict(Code::PeerHostGone), None);
}

/// The sharer checks; the viewer tells nothing.
fn alone() -> Story {
    let mut story = Story::default();
    story
        .candidate(
            Side::Sharer,
            false,
            CandidateKind::Host,
            address(Side::Viewer),
        )
        .checks(Side::Sharer, 12, 0, 0);
    story
}

fn neighbour(hardware: &str) -> Story {
    silent(|one| {
        in_one_network(one).tell(
            DESK1,
            on_link(Side::Sharer, NeighbourState::Answers, Some(hardware)),
        )
    })
}

fn silent_gateway() -> Story {
    decisive(Code::WrongGateway).without(|one| matches!(one, Observation::IcmpError { .. }))
}

/// The machine at `side`, whose own packets do not get out.
fn host(side: Side) -> Culprit {
    let addresses: Vec<IpAddr> = vec![address(side).ip()];
    Culprit::new(CulpritKind::Host, addresses)
        .on(&[side])
        .stops(&[side])
}

/// The viewer's machine, at which the sharer's packets do not arrive.
fn far() -> Culprit {
    Culprit::new(CulpritKind::Host, vec![address(Side::Viewer).ip()])
        .on(&[Side::Viewer])
        .stops(&[Side::Sharer])
}
