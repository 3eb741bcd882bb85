//! Packets that vanish without a word, by example.

use super::story::{Story, address, relay};
use crate::{Code, Confidence, CulpritKind, CulpritSide, Direction, Evidence, Verdict};
use hopsight_evidence::{
    Hop, IcmpKind, NeighbourState, Observation, Observer, Side, TcpOutcome, Transport,
};
use hopsight_kit::Timestamp;
use std::net::{IpAddr, SocketAddr};

#[test]
fn two_traces_that_end_in_one_edge_locate_it() {
    let mut story = silent();
    story
        .tell(
            Side::Sharer.into(),
            trace(Side::Sharer, &[ROUTER_A, CORE_A]),
        )
        .tell(
            Side::Viewer.into(),
            trace(Side::Viewer, &[ROUTER_B, CORE_B]),
        );

    let verdict = main(&story);
    let culprit = verdict.culprit.unwrap();
    assert_eq!(
        (verdict.code, verdict.confidence),
        (Code::SilentDrop, Confidence::Located)
    );
    assert_eq!(culprit.kind, CulpritKind::EdgeBetween);
    assert_eq!(culprit.addresses, [CORE_A, CORE_B]);
    assert_eq!(culprit.direction, Some(Direction::Both));
}

#[test]
fn where_no_router_speaks_the_next_hops_that_answer_bound_the_edge() {
    let mut story = silent();
    story
        .tell(Side::Sharer.into(), route(Side::Sharer, ROUTER_A))
        .tell(Side::Viewer.into(), route(Side::Viewer, ROUTER_B));

    let verdict = main(&story);
    assert_eq!(verdict.confidence, Confidence::Located);
    assert_eq!(verdict.culprit.unwrap().addresses, [ROUTER_A, ROUTER_B]);
    assert!(
        verdict
            .cannot_tell_apart
            .iter()
            .any(|rival| rival.code == Code::NoRoute)
    );
}

#[test]
fn of_one_side_alone_only_the_side_is_known() {
    let mut story = silent();
    story.tell(Side::Sharer.into(), trace(Side::Sharer, &[ROUTER_A]));

    let verdict = main(&story);
    assert_eq!(
        (verdict.code, verdict.confidence),
        (Code::SilentDrop, Confidence::SideOnly)
    );
}

#[test]
fn a_trace_of_a_direction_that_delivers_says_nothing() {
    let mut story = Story::default();
    story
        .candidates()
        .checks(Side::Sharer, 12, 0, 0)
        .checks(Side::Viewer, 12, 0, 4);
    story.tell(Side::Sharer.into(), trace(Side::Sharer, &[ROUTER_A]));

    assert_eq!(lost(&main(&story)), WAY_BACK);
}

#[test]
fn probes_that_arrived_show_that_the_direction_delivers() {
    let mut story = silent();
    story.tell(Side::Sharer.into(), trace(Side::Sharer, &[ROUTER_A]));
    let arrived = Observation::ProbesArrived {
        source: address(Side::Sharer),
        lowest: 4,
        count: 9,
    };
    story.tell(Side::Viewer.into(), arrived);

    assert_eq!(lost(&main(&story)), WAY_BACK);
}

#[test]
fn an_earlier_session_names_the_router_beyond_the_last_one() {
    let mut story = Story::default();
    story.candidates();
    story
        .checks(Side::Sharer, 12, 0, 3)
        .checks(Side::Viewer, 12, 0, 0)
        .tell(Side::Sharer.into(), trace(Side::Sharer, &[ROUTER_A]))
        .tell(
            Observer::FrontEnd,
            Observation::EarlierPath {
                side: Side::Sharer,
                destination: address(Side::Viewer).ip(),
                hops: hops(&[ROUTER_A, CORE_A, CORE_B]),
                seen_at: Timestamp::default(),
            },
        );

    let verdict = main(&story);
    assert_eq!(verdict.culprit.unwrap().addresses, [ROUTER_A, CORE_A]);
    let lines: Vec<&str> = verdict.evidence.lines().map(Evidence::says).collect();
    assert!(lines.contains(&"in an earlier session 172.16.1.1 came next after 10.102.0.1"));
}

#[test]
fn a_router_that_said_a_moment_ago_that_it_has_no_route_is_named_though_it_is_silent_now() {
    let mut story = silent();
    story
        .tell(Side::Sharer.into(), trace(Side::Sharer, &[ROUTER_A]))
        .tell(Observer::FrontEnd, refused_before(ROUTER_A));

    let verdict = main(&story);
    assert_eq!(
        (verdict.code, verdict.confidence),
        (Code::NoRoute, Confidence::Located)
    );
    assert_eq!(verdict.culprit.unwrap().addresses, [ROUTER_A]);
    let rivals: Vec<Code> = verdict
        .cannot_tell_apart
        .iter()
        .map(|rival| rival.code)
        .collect();
    assert_eq!(rivals, [Code::SilentDrop]);
}

#[test]
fn what_a_router_said_a_moment_ago_counts_only_where_the_packets_vanish_there() {
    let mut farther = silent();
    farther
        .tell(
            Side::Sharer.into(),
            trace(Side::Sharer, &[ROUTER_A, CORE_A]),
        )
        .tell(Observer::FrontEnd, refused_before(ROUTER_A));
    assert_eq!(main(&farther).code, Code::SilentDrop);

    let mut passes = silent();
    passes
        .tell(Side::Sharer.into(), trace(Side::Sharer, &[ROUTER_A]))
        .tell(Side::Sharer.into(), tcp(TcpOutcome::Refused))
        .tell(Observer::FrontEnd, refused_before(ROUTER_A));
    assert_eq!(main(&passes).code, Code::PortsFiltered);
}

fn refused_before(router: IpAddr) -> Observation {
    Observation::EarlierRefusal {
        side: Side::Sharer,
        router,
        destination: address(Side::Viewer).ip(),
        kind: IcmpKind::NetworkUnreachable,
        after_ms: 2,
        seen_at: Timestamp::default(),
    }
}

#[test]
fn tcp_that_passes_between_the_same_addresses_makes_it_a_filter() {
    let mut story = silent();
    story
        .tell(
            Side::Sharer.into(),
            trace(Side::Sharer, &[ROUTER_A, CORE_A]),
        )
        .tell(
            Side::Viewer.into(),
            trace(Side::Viewer, &[ROUTER_B, CORE_B]),
        )
        .tell(Side::Sharer.into(), tcp(TcpOutcome::Refused));

    let verdict = main(&story);
    assert_eq!(
        (verdict.code, verdict.confidence),
        (Code::PortsFiltered, Confidence::Located)
    );
    let excluded: Vec<Code> = verdict.excluded.iter().map(|one| one.code).collect();
    assert!(excluded.contains(&Code::SilentDrop), "{excluded:?}");
}

#[test]
fn tcp_that_fails_as_well_leaves_no_filter_to_name() {
    let mut story = silent();
    story
        .tell(Side::Sharer.into(), trace(Side::Sharer, &[ROUTER_A]))
        .tell(Side::Viewer.into(), trace(Side::Viewer, &[ROUTER_B]))
        .tell(Side::Sharer.into(), tcp(TcpOutcome::Silent));

    let verdict = main(&story);
    let rivals: Vec<Code> = verdict
        .cannot_tell_apart
        .iter()
        .map(|rival| rival.code)
        .collect();
    assert_eq!(verdict.code, Code::SilentDrop);
    assert_eq!(rivals, [Code::NoRoute]);
}

#[test]
fn a_relay_that_serves_over_tcp_only_shows_that_no_udp_passes() {
    let mut story = silent();
    for side in [Side::Sharer, Side::Viewer] {
        story.relay_silent(side, &[Transport::Udp]);
        story.tell(side.into(), served_over_tcp(side));
    }

    let verdict = main(&story);
    assert_eq!(
        (verdict.code, verdict.confidence),
        (Code::UdpBlocked, Confidence::SideOnly)
    );
}

#[test]
fn who_gets_to_no_other_port_of_the_relay_either_is_behind_one_narrow_filter() {
    let story = without_tcp(TcpOutcome::Refused);

    let verdict = main(&story);
    assert_eq!(
        (verdict.code, verdict.confidence, verdict.also),
        (Code::UdpBlocked, Confidence::SideOnly, Vec::new())
    );
    let culprit = verdict.culprit.unwrap();
    assert_eq!(culprit.side, Some(CulpritSide::Viewer));
    assert_eq!(culprit.direction, Some(Direction::Both));
}

#[test]
fn a_port_of_the_relay_that_nobody_gets_to_tells_nothing_of_one_end() {
    let story = without_tcp(TcpOutcome::Silent);

    let verdict = main(&story);
    assert_eq!(
        (verdict.code, verdict.also),
        (Code::SilentDrop, vec![Code::RelayUdpBlocked])
    );
}

/// Nothing passes between the two PCs; the relay serves the viewer over TCP only, and
/// the port at which it is asked over UDP answers neither it nor, perhaps, the sharer.
fn without_tcp(by_sharer: TcpOutcome) -> Story {
    let mut story = silent();
    story
        .tell(Side::Sharer.into(), route(Side::Sharer, ROUTER_A))
        .tell(Side::Viewer.into(), route(Side::Viewer, ROUTER_B))
        .tell(Side::Sharer.into(), tcp(TcpOutcome::Silent))
        .relay_silent(Side::Viewer, &[Transport::Udp])
        .tell(Side::Viewer.into(), served_over_tcp(Side::Viewer));
    for (side, outcome) in [
        (Side::Sharer, by_sharer),
        (Side::Viewer, TcpOutcome::Silent),
    ] {
        let tried = Observation::TcpConnect {
            destination: relay(),
            outcome,
            after_ms: 1300,
        };
        story.tell(side.into(), tried);
    }
    story
}

/// Nothing is known of the viewer's packets but that they do not arrive.
const WAY_BACK: (Code, Confidence, Option<Direction>) = (
    Code::SilentDrop,
    Confidence::SideOnly,
    Some(Direction::ViewerToSharer),
);

fn lost(verdict: &Verdict) -> (Code, Confidence, Option<Direction>) {
    let direction = verdict.culprit.as_ref().and_then(|one| one.direction);
    (verdict.code, verdict.confidence, direction)
}

fn main(story: &Story) -> Verdict {
    story.verdicts().remove(0)
}

fn silent() -> Story {
    let mut story = Story::default();
    story.silence();
    story
}

fn trace(side: Side, routers: &[IpAddr]) -> Observation {
    Observation::Trace {
        destination: address(side.other()),
        highest: 12,
        hops: hops(routers),
    }
}

fn hops(routers: &[IpAddr]) -> Vec<Hop> {
    let hops = (1..).zip(routers);
    hops.map(|(ttl, address)| Hop {
        ttl,
        address: *address,
    })
    .collect()
}

fn route(side: Side, via: IpAddr) -> Observation {
    Observation::Route {
        destination: address(side.other()).ip(),
        via: Some(via),
        device: "eth0".to_owned(),
        source: Some(address(side).ip()),
        neighbour: NeighbourState::Answers,
        device_kind: hopsight_evidence::LinkKind::Ethernet,
        neighbour_hardware: None,
    }
}

fn tcp(outcome: TcpOutcome) -> Observation {
    Observation::TcpConnect {
        destination: address(Side::Viewer),
        outcome,
        after_ms: 4,
    }
}

fn served_over_tcp(side: Side) -> Observation {
    Observation::RelayAllocated {
        server: relay(),
        transport: Transport::Tcp,
        relayed: SocketAddr::new(relay().ip(), address(side).port()),
        mapped: None,
    }
}

const ROUTER_A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 102, 0, 1));
const ROUTER_B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 103, 0, 1));
const CORE_A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(172, 16, 1, 1));
const CORE_B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(172, 16, 2, 1));
