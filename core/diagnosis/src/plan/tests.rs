//! The plan by example: what leaves when, where to, and how much.

use super::*;
use hopsight_evidence::{DtlsStep, Transport, TurnMethod};
use std::time::Duration;

#[test]
fn a_silent_way_is_stepped_through_and_only_silent_hops_once_more() {
    let mut plan = ProbePlan::default();
    plan.note(&check(1), at(100));

    assert_eq!(plan.next_wake(), Some(at(400)));
    assert_eq!(plan.due(at(399)), []);
    assert_eq!(plan.due(at(400)), [route(pair().remote), trace(1..=12)]);
    plan.note(&probe(1), at(401));
    plan.note(&expired(1), at(402));
    let connect = Probe::Connect {
        destination: pair().remote,
    };
    assert_eq!(plan.due(at(600)), [connect]);
    assert_eq!(plan.due(at(1100)), [trace(2..=7)]);
    assert_eq!(plan.due(at(1300)), [other_port()]);
    assert_eq!(plan.due(at(1400)), []);
    assert_eq!(plan.due(at(3300)), [route(pair().remote)]);
    assert_eq!(plan.next_wake(), None);
}

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

fn other_port() -> Probe {
    Probe::OtherPort {
        local: pair().local,
        remote: pair().remote,
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

#[test]
fn a_way_that_answers_is_left_alone() {
    let mut plan = ProbePlan::default();
    plan.note(&check(1), at(100));
    plan.note(&answer(1), at(120));

    assert_eq!(plan.next_wake(), None);
    assert_eq!(plan.due(at(900)), []);
}

#[test]
fn beside_a_way_that_answers_another_one_is_only_looked_up() {
    let mut plan = ProbePlan::default();
    let other = Pair {
        remote: "[fd00:103::50]:5000".parse().unwrap(),
        local: "[fd00:102::139]:4000".parse().unwrap(),
        via: Via::Direct,
    };
    plan.note(&check(1), at(100));
    plan.note(&check_of(other, 2), at(100));
    plan.note(&answer(1), at(120));

    assert_eq!(plan.due(at(5000)), [route(other.remote)]);
}

#[test]
fn a_path_that_works_is_traced_once_with_eight_datagrams() {
    let mut plan = working();
    plan.note(&PathEvent::FirstFrame, at(200));

    assert_eq!(plan.next_wake(), Some(at(1200)));
    assert_eq!(plan.due(at(1199)), []);
    assert_eq!(plan.due(at(1200)), [trace(1..=8)]);
    assert_eq!(plan.next_wake(), None);
    assert_eq!(plan.due(at(60_000)), []);
}

#[test]
fn a_flow_that_stops_is_traced_again_and_its_end_is_looked_for_a_second_later() {
    let mut plan = working();
    plan.note(&PathEvent::FirstFrame, at(200));
    plan.due(at(1200));
    let stopped = PathEvent::FlowStopped {
        pair: pair(),
        lived: Duration::from_secs(5),
        silent: Duration::from_secs(2),
    };
    plan.note(&stopped, at(7000));
    plan.note(&PathEvent::PairLeft { pair: pair() }, at(7000));

    assert_eq!(plan.due(at(7000)), [trace(1..=8)]);
    for millis in [8000, 8250, 8450] {
        assert_eq!(plan.next_wake(), Some(at(millis)));
        assert_eq!(plan.due(at(millis)), [trace(8..=8)]);
    }
    plan.note(&stopped, at(20_000));
    assert_eq!(plan.due(at(60_000)), []);
}

#[test]
fn a_pair_that_answers_but_shows_no_picture_is_measured_with_sizes_once() {
    let mut plan = working();

    let due = plan.due(at(850));

    let sizes = due.iter().flat_map(|probe| match probe {
        Probe::Sizes { sizes, .. } => sizes.clone(),
        Probe::Route { .. }
        | Probe::Trace { .. }
        | Probe::SizedTrace { .. }
        | Probe::OtherPort { .. }
        | Probe::RelayTrace { .. }
        | Probe::TcpTrace { .. }
        | Probe::Connect { .. }
        | Probe::Run { .. } => Vec::new(),
    });
    let sizes: Vec<u16> = sizes.collect();
    assert_eq!(
        (sizes.len(), sizes.first(), sizes.last()),
        (10, Some(&1500), Some(&1228))
    );
    assert_eq!(plan.due(at(3000)), []);
}

#[test]
fn whoever_sends_a_picture_learns_from_repeated_requests_that_none_arrives() {
    let mut plan = working();
    plan.note(&PathEvent::FirstFrame, at(200));
    plan.note(&PathEvent::PictureMissed, at(550));
    assert_eq!(plan.due(at(550)), []);
    plan.note(&PathEvent::PictureMissed, at(950));

    assert!(matches!(
        plan.due(at(950)).as_slice(),
        [Probe::Sizes { .. }, Probe::SizedTrace { .. }]
    ));
}

#[test]
fn a_pair_that_loses_packets_and_keeps_the_picture_is_measured_slowly_then_fast() {
    let mut plan = working();
    plan.note(&PathEvent::FirstFrame, at(200));
    plan.note(&PathEvent::PacketsLost { permille: 100 }, at(250));
    for (number, millis) in [(7, 300), (8, 600)] {
        plan.note(&check(number), at(millis));
    }
    assert_eq!(plan.due(at(1100)), []);
    assert_eq!(plan.due(at(1200)), [trace(1..=8)]);
    assert_eq!(plan.next_wake(), Some(at(2150)));

    let slow = [route(pair().remote), run(Pace::Slow, 18)];
    assert_eq!(plan.due(at(2150)), slow);
    assert_eq!(plan.next_wake(), Some(at(3100)));
    assert_eq!(plan.due(at(3100)), [run(Pace::Burst, 28)]);
    assert_eq!(plan.next_wake(), None);
}

#[test]
fn a_pair_on_which_the_picture_is_still_asked_for_is_measured_when_it_has_been_given_up() {
    let mut plan = working();
    plan.note(&PathEvent::PacketsLost { permille: 400 }, at(1000));
    assert_eq!(plan.run_at(), Some(at(3720)), "no picture has come");
    plan.note(&PathEvent::FirstFrame, at(1100));
    assert_eq!(plan.run_at(), Some(at(2150)));

    plan.note(&PathEvent::PictureMissed, at(1800));
    assert_eq!(plan.run_at(), Some(at(2500)));
    plan.note(&PathEvent::PictureMissed, at(3400));
    assert_eq!(plan.run_at(), Some(at(3720)), "it has been given up");
}

#[test]
fn a_pair_that_was_given_up_is_measured_once_no_picture_passes_on_it() {
    let relayed = Pair {
        remote: ([10, 21, 151, 10], 50_001).into(),
        ..pair()
    };
    let told = PathEvent::CandidateTold {
        kind: CandidateKind::Relayed,
        transport: Transport::Udp,
        address: relayed.remote,
    };
    let mut plan = working();
    plan.note(&told, at(150));
    plan.note(&check_of(relayed, 30), at(160));
    assert_eq!(plan.due(at(850)).len(), 2);
    plan.note(&PathEvent::PairLeft { pair: pair() }, at(2650));
    plan.note(&PathEvent::Nominated { pair: relayed }, at(2660));

    assert_eq!(plan.next_wake(), Some(at(2800)));
    plan.note(&PathEvent::PairStillUsed { pair: pair() }, at(2650));
    plan.note(&PathEvent::PairStillUsed { pair: pair() }, at(2700));
    assert_eq!(plan.due(at(2849)), []);
    let slow = [route(pair().remote), run(Pace::Slow, 10)];
    assert_eq!(plan.due(at(2850)), slow);
    let to_relay = Probe::Trace {
        local: relayed.local,
        remote: relayed.remote,
        hop_limits: (1..=4).collect(),
    };
    assert_eq!(plan.due(at(3800)), [to_relay, run(Pace::Burst, 28)]);
    assert_eq!(plan.due(at(60_000)), []);
}

#[test]
fn whoever_is_measured_measures_its_own_direction_too() {
    let arrived = |pair| PathEvent::RunArrived {
        pair,
        pace: Pace::Slow,
    };
    let stranger = Pair {
        remote: ([192, 0, 2, 66], 53).into(),
        ..pair()
    };
    let mut plan = working();
    plan.note(&PathEvent::FirstFrame, at(200));
    plan.due(at(1200));
    plan.note(&arrived(stranger), at(2000));
    assert_eq!(plan.due(at(2800)), []);
    plan.note(&arrived(pair()), at(2840));

    let slow = [route(pair().remote), run(Pace::Slow, 18)];
    assert_eq!(plan.due(at(2840)), slow);
    assert_eq!(plan.due(at(3790)), [run(Pace::Burst, 28)]);
    plan.note(&arrived(pair()), at(4000));
    assert_eq!(plan.due(at(9000)), []);
}

#[test]
fn a_relay_that_was_given_up_is_not_measured() {
    let relayed = Pair {
        via: Via::Relay(Transport::Udp),
        ..pair()
    };
    let mut plan = working();
    plan.note(&PathEvent::FirstFrame, at(200));
    plan.note(&PathEvent::PacketsLost { permille: 400 }, at(1000));
    plan.note(&PathEvent::Nominated { pair: relayed }, at(1500));
    plan.note(&PathEvent::PairLeft { pair: relayed }, at(2650));

    assert_eq!(plan.due(at(9000)), []);
}

#[test]
fn loss_that_nobody_notices_costs_no_datagram() {
    let mut plan = working();
    plan.note(&PathEvent::FirstFrame, at(200));
    for number in 2..42 {
        let millis = u64::from(number) * 200;
        plan.note(&check(number), at(millis));
        if number % 8 != 0 {
            plan.note(&answer(number), at(millis + 10));
        }
        plan.note(&PathEvent::PacketsLost { permille: 80 }, at(millis));
        plan.due(at(millis + 20));
    }

    assert_eq!(plan.spent, 8);
}

#[test]
fn whoever_asks_for_a_picture_after_the_first_one_has_lost_packets() {
    let mut plan = working();
    plan.note(&PathEvent::FirstFrame, at(200));
    plan.note(&PathEvent::PacketsLost { permille: 100 }, at(250));
    plan.note(&PathEvent::PictureMissed, at(2000));
    plan.note(&PathEvent::PictureMissed, at(2400));

    for millis in [2400, 3100, 4050] {
        plan.due(at(millis));
    }
    assert_eq!(plan.spent, 18 + 28 + 8);
    assert_eq!(plan.due(at(9000)), []);
}

#[test]
fn a_relay_is_not_probed_in_the_other_ends_place() {
    let mut plan = ProbePlan::default();
    let told = PathEvent::CandidateTold {
        kind: CandidateKind::Relayed,
        transport: Transport::Udp,
        address: pair().remote,
    };
    plan.note(&check(1), at(100));
    plan.note(&told, at(110));
    plan.note(&check(2), at(120));

    assert_eq!(plan.due(at(900)), []);
}

#[test]
fn whatever_goes_wrong_at_once_no_end_spends_more_than_its_budget() {
    let mut plan = ProbePlan::default();
    let other = Pair {
        remote: ([10, 103, 0, 51], 5000).into(),
        ..pair()
    };
    let mut spent = 0;
    for step in 0..600_u32 {
        let now = at(u64::from(step) * 20);
        if step % 10 == 0 {
            plan.note(&check(step), now);
            plan.note(&check_of(other, step + 1), now);
        }
        for event in troubles(step) {
            plan.note(&event, now);
        }
        spent += plan.due(now).iter().map(Probe::datagrams).sum::<usize>();
    }

    assert!((40..=MOST_DATAGRAMS).contains(&spent), "{spent}");
}

#[test]
fn probes_go_to_checked_candidates_and_the_relay_whatever_the_other_end_claims() {
    let relay: SocketAddr = ([10, 21, 151, 10], 3478).into();
    let stranger: SocketAddr = ([192, 0, 2, 66], 53).into();
    let claimed = Pair {
        remote: stranger,
        ..pair()
    };
    let mut plan = ProbePlan::default();
    let events = [
        PathEvent::RelayAsked {
            server: relay,
            transport: Transport::Udp,
        },
        PathEvent::CandidateTold {
            kind: CandidateKind::Host,
            transport: Transport::Udp,
            address: stranger,
        },
        PathEvent::CheckReceived {
            pair: claimed,
            transaction: [5; 12],
            accepted: false,
        },
        PathEvent::ProbeArrived {
            pair: claimed,
            ttl: 1,
        },
        PathEvent::SizeArrived {
            pair: claimed,
            size: 1500,
        },
        PathEvent::RunArrived {
            pair: claimed,
            pace: Pace::Burst,
        },
        PathEvent::IcmpError {
            destination: stranger,
            offender: stranger.ip(),
            kind: IcmpKind::TimeExceeded,
            mtu: None,
            transaction: Some([9; 12]),
        },
        check(1),
    ];
    for event in &events {
        plan.note(event, at(0));
    }

    let mut reached = BTreeSet::new();
    for step in 0..100 {
        for probe in plan.due(at(step * 50)) {
            reached.insert(match probe {
                Probe::Route { destination } => destination,
                Probe::Connect { destination } | Probe::TcpTrace { destination, .. } => {
                    destination.ip()
                }
                Probe::RelayTrace { server, .. } => server.ip(),
                Probe::Trace { remote, .. }
                | Probe::Sizes { remote, .. }
                | Probe::SizedTrace { remote, .. }
                | Probe::OtherPort { remote, .. }
                | Probe::Run { remote, .. } => remote.ip(),
            });
        }
    }
    assert_eq!(reached, BTreeSet::from([pair().remote.ip(), relay.ip()]));
}

/// A session in which everything that triggers a probe happens.
fn troubles(step: u32) -> Vec<PathEvent> {
    match step {
        60 => vec![answer(590)],
        61 => vec![PathEvent::Nominated { pair: pair() }],
        62 => vec![PathEvent::PacketsLost { permille: 400 }],
        150 => vec![PathEvent::Dtls {
            step: DtlsStep::Connected,
        }],
        160 => vec![PathEvent::FirstFrame],
        170 | 180 => vec![PathEvent::PictureMissed],
        _ => Vec::new(),
    }
}

fn working() -> ProbePlan {
    let mut plan = ProbePlan::default();
    plan.note(&check(1), at(100));
    plan.note(&answer(1), at(110));
    plan.note(&PathEvent::Nominated { pair: pair() }, at(120));
    plan.note(
        &PathEvent::Dtls {
            step: DtlsStep::Connected,
        },
        at(150),
    );
    plan
}

impl ProbePlan {
    fn run_at(&self) -> Option<Moment> {
        self.carried.run_at()
    }
}

fn check(number: u32) -> PathEvent {
    check_of(pair(), number)
}

fn check_of(pair: Pair, number: u32) -> PathEvent {
    PathEvent::CheckSent {
        pair,
        transaction: transaction(number),
        attempt: number,
        nominating: false,
    }
}

fn answer(number: u32) -> PathEvent {
    PathEvent::CheckAnswered {
        pair: pair(),
        transaction: transaction(number),
        rtt: Duration::from_millis(1),
        mapped: None,
    }
}

fn transaction(number: u32) -> [u8; 12] {
    let [a, b, c, d] = number.to_be_bytes();
    [0xFF, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]
}

fn probe(ttl: u8) -> PathEvent {
    PathEvent::ProbeSent {
        pair: pair(),
        transaction: [ttl; 12],
        ttl,
    }
}

fn expired(ttl: u8) -> PathEvent {
    PathEvent::IcmpError {
        destination: pair().remote,
        offender: IpAddr::from([10, 0, 0, 1]),
        kind: IcmpKind::TimeExceeded,
        mtu: None,
        transaction: Some([ttl; 12]),
    }
}

fn route(destination: SocketAddr) -> Probe {
    Probe::Route {
        destination: destination.ip(),
    }
}

fn run(pace: Pace, count: u8) -> Probe {
    let Pair { local, remote, .. } = pair();
    Probe::Run {
        local,
        remote,
        pace,
        count,
    }
}

fn trace(hop_limits: std::ops::RangeInclusive<u8>) -> Probe {
    Probe::Trace {
        local: pair().local,
        remote: pair().remote,
        hop_limits: hop_limits.collect(),
    }
}

fn pair() -> Pair {
    Pair {
        local: ([10, 102, 0, 139], 4000).into(),
        remote: ([10, 103, 0, 50], 5000).into(),
        via: Via::Direct,
    }
}

fn at(millis: u64) -> Moment {
    Moment::after_start(Duration::from_millis(millis))
}
