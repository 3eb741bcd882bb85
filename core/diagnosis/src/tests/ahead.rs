//! TCP that gets farther than UDP tells which router comes next; by example.

use super::facts::{
    CORE_A, DESK1, DESK2, RELAY, ROUTER_A, connected, followed, heard, next_hop, trace,
};
use super::story::{Story, address, relay, silent, without_udp};
use crate::{Code, Confidence, Evidence, Verdict};
use hopsight_evidence::{NeighbourState, Observation, Side, TcpOutcome, Transport};
use std::net::{IpAddr, SocketAddr};

#[test]
fn tcp_that_is_followed_names_the_router_that_udp_does_not_reach() {
    let mut story = one_way_filter();
    story.tell(DESK1, trace(address(Side::Viewer), &[ROUTER_A]));
    let far = address(Side::Viewer).ip();
    assert_eq!(places(&story), [IpAddr::from(ROUTER_A), far]);

    story.tell(DESK1, followed(address(Side::Viewer), &[ROUTER_A, CORE_A]));
    let verdict = story.verdict(Code::PortsFiltered).unwrap();
    assert_eq!(verdict.confidence, Confidence::Located);
    assert_eq!(places(&story), [ROUTER_A, CORE_A].map(IpAddr::from));
    assert!(says(&verdict).contains(
        &"TCP from desk1's PC to 10.103.0.50 gets to 172.16.1.1 next, where UDP does not"
    ));
}

#[test]
fn a_gateway_that_answers_tcp_alone_has_udp_end_before_it() {
    let mut story = one_way_filter();
    story
        .tell(
            DESK1,
            next_hop(Side::Sharer, ROUTER_A, NeighbourState::Answers),
        )
        .tell(DESK1, trace(address(Side::Viewer), &[]))
        .tell(DESK1, followed(address(Side::Viewer), &[ROUTER_A]));

    let own = address(Side::Sharer).ip();
    assert_eq!(places(&story), [own, ROUTER_A.into()]);
}

#[test]
fn tcp_that_took_another_way_tells_nothing_about_udp() {
    let mut story = one_way_filter();
    story
        .tell(DESK1, trace(address(Side::Viewer), &[ROUTER_A]))
        .tell(
            DESK1,
            followed(address(Side::Viewer), &[[10, 102, 0, 2], CORE_A]),
        );

    let far = address(Side::Viewer).ip();
    assert_eq!(places(&story), [IpAddr::from(ROUTER_A), far]);
}

#[test]
fn following_tcp_in_a_session_is_no_failed_sign_in() {
    let mut story = one_way_filter();
    story
        .tell(DESK1, followed(address(Side::Viewer), &[ROUTER_A]))
        .tell(DESK1, followed(stream(), &[ROUTER_A]));
    let served = Observation::RelayAllocated {
        server: stream(),
        transport: Transport::Tls,
        relayed: SocketAddr::new(relay().ip(), 50_002),
        mapped: None,
    };
    story.tell(DESK1, served);

    let codes: Vec<Code> = story.said().into_iter().map(|(code, _)| code).collect();
    assert!(!codes.contains(&Code::SigninPortBlocked), "{codes:?}");
    assert!(!codes.contains(&Code::ServerNotListening), "{codes:?}");
}

#[test]
fn a_relay_that_is_silent_over_udp_is_cut_off_where_tcp_gets_farther() {
    let mut story = silent(|one| without_udp(one, &[Side::Sharer]));
    story
        .tell(DESK2, connected(address(Side::Sharer), TcpOutcome::Silent))
        .tell(RELAY, heard(Side::Sharer, 0))
        .tell(DESK1, trace(relay(), &[ROUTER_A]))
        .tell(DESK1, followed(stream(), &[ROUTER_A, CORE_A]));

    let (confidence, culprit) = story.named(Code::RelayUdpBlocked).unwrap();
    assert_eq!(confidence, Confidence::Located);
    assert_eq!(culprit.addresses, [ROUTER_A, CORE_A].map(IpAddr::from));
}

/// UDP of the sharer does not arrive; the viewer's does, and TCP passes.
fn one_way_filter() -> Story {
    let mut story = Story::default();
    story
        .candidates()
        .checks(Side::Sharer, 12, 0, 3)
        .checks(Side::Viewer, 12, 0, 0)
        .tell(DESK1, connected(address(Side::Viewer), TcpOutcome::Refused));
    story
}

/// Where the relay answers over TLS.
fn stream() -> SocketAddr {
    SocketAddr::new(relay().ip(), 443)
}

fn places(story: &Story) -> Vec<IpAddr> {
    story.named(Code::PortsFiltered).unwrap().1.addresses
}

fn says(verdict: &Verdict) -> Vec<&str> {
    verdict.evidence.lines().map(Evidence::says).collect()
}
