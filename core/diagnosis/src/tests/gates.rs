//! Ends behind NATs of their own and what else is wrong there, by example.

use super::facts::{CORE_B, DESK1, DESK2, ROUTER_A, ROUTER_B, outside, trace};
use super::story::{Story, address, relay, without_udp};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{
    CandidateKind, IcmpKind, LinkKind, NeighbourState, Observation, Pair, Side, TcpOutcome, Via,
};
use std::net::{IpAddr, SocketAddr};

#[test]
fn two_nats_that_keep_ports_are_not_to_blame_where_a_filter_stops_udp() {
    let mut story = between(kept, 0, 0);
    reached_over_tcp(&mut story, TcpOutcome::Refused)
        .tell(DESK1, trace(kept(Side::Viewer), &[ROUTER_A]))
        .tell(DESK2, trace(kept(Side::Sharer), &[ROUTER_B, CORE_B]));

    let edge = Culprit::new(CulpritKind::EdgeBetween, ips(&[ROUTER_A, CORE_B]));
    assert_eq!(
        story.named(Code::PortsFiltered),
        Some((Confidence::Located, edge.on(&BOTH).stops(&BOTH)))
    );
    assert_eq!(story.rivals(Code::PortsFiltered), [Code::SymmetricNatBoth]);
}

#[test]
fn a_nat_that_takes_another_port_may_well_take_more() {
    let mut story = between(outside, 0, 0);
    reached_over_tcp(&mut story, TcpOutcome::Refused)
        .tell(DESK1, trace(outside(Side::Viewer), &[ROUTER_A]))
        .tell(DESK2, trace(outside(Side::Sharer), &[ROUTER_B, CORE_B]));

    assert_eq!(
        story.said(),
        [(Code::SymmetricNatBoth, Confidence::Leading)]
    );
}

#[test]
fn where_tcp_does_not_reach_the_nats_either_everything_is_dropped() {
    let mut story = between(kept, 0, 0);
    reached_over_tcp(&mut story, TcpOutcome::Silent)
        .tell(DESK1, trace(kept(Side::Viewer), &[ROUTER_A]))
        .tell(DESK2, trace(kept(Side::Sharer), &[ROUTER_B, CORE_B]));

    assert_eq!(story.said(), [(Code::SilentDrop, Confidence::Located)]);
}

#[test]
fn udp_that_gets_to_an_open_nat_and_no_farther_dies_there_or_behind_it() {
    let mut story = between(kept, 5, 0);
    let nat: [u8; 4] = [203, 0, 113, 2];
    reached_over_tcp(&mut story, TcpOutcome::Refused)
        .tell(DESK1, trace(kept(Side::Viewer), &[ROUTER_A, CORE_B, nat]));

    let edge = vec![nat.into(), address(Side::Viewer).ip()];
    let edge = Culprit::new(CulpritKind::EdgeBetween, edge);
    assert_eq!(
        story.named(Code::PortsFiltered),
        Some((Confidence::Located, edge.stops(&[Side::Sharer])))
    );
    assert_eq!(story.rivals(Code::PortsFiltered), [Code::HostFirewallIn]);
}

#[test]
fn a_refusal_in_the_name_of_an_open_nat_may_be_of_the_pc_behind_it() {
    let mut story = between(kept, 5, 0);
    let nat = kept(Side::Viewer);
    story.refusal_about(Side::Sharer, nat, nat.ip(), IcmpKind::Prohibited, 40);

    let edge = vec![address(Side::Viewer).ip(), nat.ip()];
    let edge = Culprit::new(CulpritKind::EdgeBetween, edge);
    assert_eq!(
        story.named(Code::HostFirewallIn),
        Some((
            Confidence::Located,
            edge.on(&[Side::Viewer]).stops(&[Side::Sharer])
        ))
    );
    assert_eq!(story.rivals(Code::HostFirewallIn), [Code::AdminProhibited]);
}

#[test]
fn a_nat_out_of_which_nothing_came_refuses_for_itself() {
    let mut story = between(kept, 0, 0);
    let nat = kept(Side::Viewer);
    story.refusal_about(Side::Sharer, nat, nat.ip(), IcmpKind::Prohibited, 40);

    assert_eq!(story.verdict(Code::HostFirewallIn), None);
}

#[test]
fn a_pc_that_sends_nothing_out_leaves_its_nat_shut_and_that_is_no_second_fault() {
    let mut story = Story::default();
    let nat = kept(Side::Viewer);
    story
        .candidates()
        .networks()
        .candidate(Side::Viewer, true, CandidateKind::ServerReflexive, nat)
        .candidate(Side::Sharer, false, CandidateKind::ServerReflexive, nat)
        .tell(DESK1, checks(Side::Sharer, nat, 0))
        .tell(DESK2, checks(Side::Viewer, address(Side::Sharer), 0))
        .tell(DESK2, own_bridge())
        .tell(DESK1, trace(nat, &[ROUTER_A]));

    assert_eq!(
        story.said(),
        [(Code::OverlappingSubnet, Confidence::Located)]
    );
}

#[test]
fn a_pc_without_a_nat_that_sends_nothing_out_can_still_be_sent_to() {
    let mut story = Story::default();
    for side in BOTH {
        let observation = checks(side, address(side.other()), 0);
        story.tell(side.into(), observation);
    }
    story
        .candidates()
        .networks()
        .tell(DESK2, own_bridge())
        .tell(DESK1, trace(address(Side::Viewer), &[ROUTER_A]));

    assert_eq!(
        story.said(),
        [
            (Code::OverlappingSubnet, Confidence::Located),
            (Code::SilentDrop, Confidence::Located)
        ]
    );
}

#[test]
fn a_kernel_that_forbids_every_address_of_a_hidden_end_is_a_firewall() {
    let mut story = hidden();
    story
        .tell(DESK1, forbidden(address(Side::Viewer)))
        .tell(DESK1, forbidden(relayed()));

    assert_eq!(
        story.said(),
        [
            (Code::HostFirewallOut, Confidence::Proven),
            (Code::RelayUdpBlocked, Confidence::SideOnly)
        ]
    );
}

#[test]
fn a_kernel_that_forbids_a_private_address_alone_says_little_about_a_hidden_end() {
    let mut story = hidden();
    story.tell(DESK1, forbidden(address(Side::Viewer)));

    assert_eq!(story.verdict(Code::HostFirewallOut), None);
}

/// Both ends behind NATs that map to these, and so many checks heard by the sharer and
/// by the viewer.
fn between(mapped: fn(Side) -> SocketAddr, by_sharer: u32, by_viewer: u32) -> Story {
    let mut story = Story::default();
    story.candidates().networks();
    for (side, heard) in BOTH.into_iter().zip([by_sharer, by_viewer]) {
        let (own, peer) = (mapped(side), mapped(side.other()));
        story
            .candidate(side, true, CandidateKind::ServerReflexive, own)
            .candidate(side, false, CandidateKind::ServerReflexive, peer)
            .tell(side.into(), checks(side, peer, heard));
    }
    signed_in_outside(&mut story);
    story
}

/// The viewer's relay answers over TCP only, and nobody knows its NAT.
fn hidden() -> Story {
    let mut story = Story::default();
    let sharers = kept(Side::Sharer);
    story
        .candidates()
        .networks()
        .candidate(Side::Sharer, true, CandidateKind::ServerReflexive, sharers)
        .candidate(Side::Viewer, false, CandidateKind::ServerReflexive, sharers)
        .candidate(Side::Sharer, false, CandidateKind::Relayed, relayed())
        .tell(DESK1, checks(Side::Sharer, address(Side::Viewer), 0))
        .tell(DESK2, checks(Side::Viewer, sharers, 0));
    without_udp(&mut story, &[Side::Viewer]);
    signed_in_outside(&mut story);
    story
}

fn signed_in_outside(story: &mut Story) {
    for fact in &mut story.facts {
        if let Observation::SignedInFrom { side, address } = &mut fact.observation {
            *address = outside(*side);
        }
    }
}

fn reached_over_tcp(story: &mut Story, outcome: TcpOutcome) -> &mut Story {
    for side in BOTH {
        let destination = SocketAddr::new(outside(side.other()).ip(), 40_000);
        let observation = Observation::TcpConnect {
            destination,
            outcome,
            after_ms: 3,
        };
        story.tell(side.into(), observation);
    }
    story
}

fn checks(side: Side, remote: SocketAddr, received: u32) -> Observation {
    Observation::Checks {
        pair: Pair {
            local: address(side),
            remote,
            via: Via::Direct,
        },
        sent: 12,
        answered: 0,
        received,
        refused: 0,
        waited_ms: 2000,
    }
}

/// The viewer looks for the sharer on a bridge of its own.
fn own_bridge() -> Observation {
    Observation::Route {
        destination: address(Side::Sharer).ip(),
        via: None,
        device: "br-4f2a".to_owned(),
        device_kind: LinkKind::Bridge,
        source: None,
        neighbour: NeighbourState::Silent,
        neighbour_hardware: None,
    }
}

fn forbidden(destination: SocketAddr) -> Observation {
    Observation::SendError {
        destination,
        errno: 1,
        text: "Operation not permitted".to_owned(),
        after_ms: 0,
    }
}

/// The NAT's address with the port that the machine itself uses.
fn kept(side: Side) -> SocketAddr {
    SocketAddr::new(outside(side).ip(), address(side).port())
}

fn relayed() -> SocketAddr {
    SocketAddr::new(relay().ip(), 50_002)
}

fn ips(addresses: &[[u8; 4]]) -> Vec<IpAddr> {
    addresses.iter().map(|one| IpAddr::from(*one)).collect()
}

const BOTH: [Side; 2] = [Side::Sharer, Side::Viewer];
