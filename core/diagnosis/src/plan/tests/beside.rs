//! What is found out beside the checks: TCP where it passes, and the ways to relays.

use super::*;

#[test]
fn where_tcp_passes_and_udp_does_not_tcp_is_followed_a_step_farther() {
    let mut plan = ProbePlan::default();
    plan.note(&check(1), at(100));
    plan.due(at(400));
    plan.note(&probe(2), at(401));
    plan.note(&expired(2), at(402));
    plan.connected(([192, 0, 2, 66], 53).into());
    plan.connected(pair().remote);
    plan.due(at(1300));

    let followed = Probe::TcpTrace {
        destination: pair().remote,
        highest: 4,
    };
    assert_eq!(plan.due(at(1400)), [followed]);
    assert_eq!(plan.due(at(2000)), []);
}

#[test]
fn the_way_to_a_relay_that_is_silent_over_udp_is_followed_after_the_other_ends() {
    let mut plan = silent_relay();
    plan.note(&check(1), at(100));
    plan.due(at(1100));

    let round = |hop_limits: std::ops::RangeInclusive<u8>| Probe::RelayTrace {
        server: relay(),
        hop_limits: hop_limits.collect(),
    };
    assert_eq!(plan.due(at(1299)), []);
    assert_eq!(plan.due(at(1300)), [other_port(), round(1..=5)]);
    let sent = PathEvent::ProbeSent {
        pair: Pair {
            remote: relay(),
            ..pair()
        },
        transaction: [41; 12],
        ttl: 1,
    };
    plan.note(&sent, at(1301));
    plan.note(&expired(41), at(1302));
    assert_eq!(plan.due(at(1800)), [round(2..=5)]);
    let followed = Probe::TcpTrace {
        destination: SocketAddr::new(relay().ip(), 443),
        highest: 3,
    };
    assert_eq!(plan.due(at(1900)), [followed]);
}

#[test]
fn a_relay_that_answers_or_is_not_needed_is_not_followed() {
    let mut answering = silent_relay();
    answering.note(&turn_answer(relay(), Transport::Udp), at(900));
    answering.note(&check(1), at(100));
    let mut needless = silent_relay();
    needless.note(&check(1), at(100));
    needless.note(&answer(1), at(120));

    for mut plan in [answering, needless] {
        let due = (0..100).flat_map(|step| plan.due(at(step * 50)));
        let to_relay = due.filter(|probe| matches!(probe, Probe::RelayTrace { .. }));
        assert_eq!(to_relay.count(), 0);
    }
}

/// A relay that answers over TLS only.
fn silent_relay() -> ProbePlan {
    let mut plan = ProbePlan::default();
    let stream = SocketAddr::new(relay().ip(), 443);
    for (server, transport) in [(stream, Transport::Tls), (relay(), Transport::Udp)] {
        plan.note(&PathEvent::RelayAsked { server, transport }, at(0));
    }
    plan.note(&turn_answer(stream, Transport::Tls), at(20));
    plan
}

fn turn_answer(server: SocketAddr, transport: Transport) -> PathEvent {
    PathEvent::TurnAnswered {
        server,
        transport,
        method: TurnMethod::Allocate,
        transaction: [0; 12],
        code: None,
        reason: String::new(),
    }
}

fn relay() -> SocketAddr {
    ([10, 21, 151, 10], 3478).into()
}

#[test]
fn the_way_to_the_relay_is_looked_up_with_the_way_to_the_other_end() {
    let relay: SocketAddr = ([10, 21, 151, 10], 3478).into();
    let asked = PathEvent::RelayAsked {
        server: relay,
        transport: Transport::Udp,
    };
    let silent = PathEvent::TurnSilent {
        server: relay,
        transport: Transport::Udp,
        waited: Duration::from_secs(5),
    };
    let mut plan = ProbePlan::default();
    plan.note(&asked, at(0));
    plan.note(&check(1), at(100));

    let expected = [route(pair().remote), trace(1..=12), route(relay)];
    assert_eq!(plan.due(at(400)), expected);
    plan.note(&silent, at(450));
    assert_eq!(plan.due(at(450)), [route(relay)]);
}

#[test]
fn the_port_at_which_the_relay_is_asked_over_udp_is_tried_over_tcp_once() {
    let relay: SocketAddr = ([10, 21, 151, 10], 3478).into();
    let mut plan = ProbePlan::default();
    for (port, transport) in [(443, Transport::Tls), (3478, Transport::Udp)] {
        let server = SocketAddr::new(relay.ip(), port);
        plan.note(&PathEvent::RelayAsked { server, transport }, at(0));
    }
    let other = Pair {
        remote: ([203, 0, 113, 2], 5000).into(),
        ..pair()
    };
    plan.note(&check(1), at(100));
    plan.note(&check_of(other, 2), at(150));
    plan.due(at(400));
    plan.due(at(450));

    let connect = |destination| Probe::Connect { destination };
    assert_eq!(plan.due(at(600)), [connect(pair().remote), connect(relay)]);
    assert_eq!(plan.due(at(650)), [connect(other.remote)]);
}
