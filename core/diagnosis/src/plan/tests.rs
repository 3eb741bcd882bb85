//! The plan by example: what leaves when, where to, and how much.

mod beside;
mod carried;

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

fn other_port() -> Probe {
    Probe::OtherPort {
        local: pair().local,
        remote: pair().remote,
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
