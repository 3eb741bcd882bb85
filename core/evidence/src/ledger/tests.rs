//! The ledger by example: what events amount to.

use super::*;
use crate::{Hop, Pace, TurnMethod, Via};

#[test]
fn the_checks_of_a_pair_are_counted_and_timed() {
    let mut ledger = Ledger::default();
    ledger.record(at(0), check(1));
    ledger.record(at(50), check(2));
    ledger.record(
        at(60),
        PathEvent::CheckReceived {
            pair: pair(),
            transaction: [9; 12],
            accepted: true,
        },
    );

    assert_eq!(
        ledger.claims(),
        [Claim {
            at: at(60),
            observation: Observation::Checks {
                pair: pair(),
                sent: 2,
                answered: 0,
                received: 1,
                refused: 0,
                waited_ms: 60,
            }
        }]
    );
}

#[test]
fn a_check_with_a_wrong_password_does_not_show_that_the_way_is_open() {
    let mut ledger = Ledger::default();
    ledger.record(
        at(0),
        PathEvent::CheckReceived {
            pair: pair(),
            transaction: [9; 12],
            accepted: false,
        },
    );

    assert_eq!(ledger.claims(), []);
}

#[test]
fn an_icmp_error_is_timed_from_the_first_check_to_that_address_and_matched() {
    let mut ledger = Ledger::default();
    ledger.record(at(0), check(1));
    ledger.record(at(3), icmp(peer(40000), Some([1; 12])));

    assert_eq!(icmp_claims(&ledger), [(peer(40000), true, 3)]);
}

#[test]
fn a_second_port_of_a_silent_address_does_not_make_its_error_look_early() {
    let mut ledger = Ledger::default();
    ledger.record(at(0), check(1));
    ledger.record(at(3065), icmp(peer(50000), None));

    assert_eq!(icmp_claims(&ledger), [(peer(50000), false, 3065)]);
}

#[test]
fn of_equal_icmp_errors_the_first_is_kept() {
    let mut ledger = Ledger::default();
    ledger.record(at(0), check(1));
    ledger.record(at(3), icmp(peer(40000), None));
    ledger.record(at(21), icmp(peer(40000), Some([1; 12])));

    assert_eq!(icmp_claims(&ledger), [(peer(40000), true, 3)]);
}

#[test]
fn an_allocation_ends_what_was_said_about_the_relays_silence() {
    let mut ledger = Ledger::default();
    ledger.record(
        at(0),
        PathEvent::TurnSilent {
            server: relay(),
            transport: Transport::Udp,
            waited: Duration::from_millis(1500),
        },
    );
    ledger.record(
        at(1600),
        PathEvent::Allocated {
            server: relay(),
            transport: Transport::Udp,
            relayed: relay(),
            mapped: None,
        },
    );

    assert_eq!(
        ledger.claims(),
        [Claim {
            at: at(1600),
            observation: Observation::RelayAllocated {
                server: relay(),
                transport: Transport::Udp,
                relayed: relay(),
                mapped: None,
            }
        }]
    );
}

#[test]
fn the_newest_answer_of_the_relay_counts() {
    let mut ledger = Ledger::default();
    for (sent, answered, id, code) in [(0, 4, 1, Some(401)), (5, 8, 2, None)] {
        let transaction = [id; 12];
        ledger.record(
            at(sent),
            PathEvent::TurnSent {
                server: relay(),
                transport: Transport::Udp,
                method: TurnMethod::Allocate,
                transaction,
            },
        );
        ledger.record(
            at(answered),
            PathEvent::TurnAnswered {
                server: relay(),
                transport: Transport::Udp,
                method: TurnMethod::Allocate,
                transaction,
                code,
                reason: String::new(),
            },
        );
    }

    assert_eq!(
        ledger.claims(),
        [Claim {
            at: at(8),
            observation: Observation::TurnResult {
                server: relay(),
                transport: Transport::Udp,
                method: TurnMethod::Allocate,
                code: None,
                reason: String::new(),
                rtt_ms: 3,
                challenge: false,
            }
        }]
    );
}

#[test]
fn the_first_frame_counts_from_the_answer() {
    let mut ledger = Ledger::default();
    ledger.record(at(0), check(1));
    ledger.answered(at(100));
    ledger.record(at(900), PathEvent::FirstFrame);

    let told = ledger.claims().pop();
    assert_eq!(
        told,
        Some(Claim {
            at: at(900),
            observation: Observation::FirstFrame { after_ms: 800 }
        })
    );
}

#[test]
fn a_flood_of_pairs_is_counted_and_not_kept() {
    let mut ledger = Ledger::default();
    for port in 0..5000 {
        let event = PathEvent::CheckReceived {
            pair: Pair {
                remote: peer(port),
                ..pair()
            },
            transaction: [0; 12],
            accepted: true,
        };
        ledger.record(at(0), event);
    }

    let claims = ledger.claims();
    assert_eq!(claims.len(), 129);
    assert_eq!(
        claims.last().map(|claim| claim.observation.clone()),
        Some(Observation::Omitted { count: 4872 })
    );
}

#[test]
fn asking_twice_gives_the_same_claims_and_they_survive_json() {
    let mut ledger = Ledger::default();
    ledger.record(at(0), check(1));
    ledger.record(at(3), icmp(peer(40000), None));

    let claims = ledger.claims();
    assert_eq!(ledger.claims(), claims);
    let text = serde_json::to_string(&claims).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Claim>>(&text).unwrap(), claims);
}

fn icmp_claims(ledger: &Ledger) -> Vec<(SocketAddr, bool, u64)> {
    ledger
        .claims()
        .into_iter()
        .filter_map(|claim| {
            let Observation::IcmpError {
                destination,
                matched,
                after_ms,
                ..
            } = claim.observation
            else {
                return None;
            };
            Some((destination, matched, after_ms))
        })
        .collect()
}

fn check(attempt: u8) -> PathEvent {
    PathEvent::CheckSent {
        pair: pair(),
        transaction: [attempt; 12],
        attempt: attempt.into(),
        nominating: false,
    }
}

fn icmp(destination: SocketAddr, transaction: Option<[u8; 12]>) -> PathEvent {
    PathEvent::IcmpError {
        destination,
        offender: [10, 102, 0, 1].into(),
        kind: IcmpKind::NetworkUnreachable,
        mtu: None,
        transaction,
    }
}

fn pair() -> Pair {
    Pair {
        local: ([10, 102, 0, 139], 30000).into(),
        remote: peer(40000),
        via: Via::Direct,
    }
}

fn peer(port: u16) -> SocketAddr {
    ([10, 103, 0, 50], port).into()
}

fn relay() -> SocketAddr {
    ([10, 21, 151, 10], 3478).into()
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_unix_micros(millis * 1000)
}

#[test]
fn sizes_and_runs_are_told_as_they_left_and_arrived_and_every_datagram_is_counted() {
    let mut ledger = Ledger::default();
    let size = |size| PathEvent::SizeSent {
        pair: pair(),
        transaction: [3; 12],
        size,
    };
    let run = PathEvent::RunArrived {
        pair: pair(),
        pace: Pace::Burst,
    };
    for (millis, event) in [(0, size(1500)), (1, size(1280)), (2, size(1500))] {
        ledger.record(at(millis), event);
    }
    ledger.record(at(5), run.clone());
    ledger.record(at(6), run);

    let expected = [
        Claim {
            at: at(0),
            observation: Observation::SizesSent {
                destination: pair().remote,
                sizes: vec![1280, 1500],
            },
        },
        Claim {
            at: at(5),
            observation: Observation::RunArrived {
                source: pair().remote,
                pace: Pace::Burst,
                count: 2,
            },
        },
        Claim {
            at: at(2),
            observation: Observation::ProbesSent { count: 3 },
        },
    ];
    assert_eq!(ledger.claims(), expected);
}

#[test]
fn a_trace_after_the_flow_stopped_stands_for_itself() {
    let mut ledger = Ledger::default();
    let probe = |number: u8, ttl| PathEvent::ProbeSent {
        pair: pair(),
        transaction: [number; 12],
        ttl,
    };
    let expired = |number: u8| PathEvent::IcmpError {
        destination: pair().remote,
        offender: [10, 102, 0, number].into(),
        kind: IcmpKind::TimeExceeded,
        mtu: None,
        transaction: Some([number; 12]),
    };
    let stopped = PathEvent::FlowStopped {
        pair: pair(),
        lived: Duration::from_millis(5),
        silent: Duration::from_millis(1500),
    };
    let events = [probe(1, 1), expired(1), probe(2, 2), expired(2), stopped];
    for (millis, event) in (0..).zip(events) {
        ledger.record(at(millis), event);
    }
    ledger.record(at(10), probe(3, 1));
    ledger.record(at(11), expired(3));

    let traces = ledger.claims().into_iter();
    let traces: Vec<Claim> = traces
        .filter(|claim| matches!(claim.observation, Observation::Trace { .. }))
        .collect();
    let expected = Observation::Trace {
        destination: pair().remote,
        highest: 1,
        hops: vec![Hop {
            ttl: 1,
            address: [10, 102, 0, 3].into(),
        }],
    };
    assert_eq!(
        traces,
        [Claim {
            at: at(10),
            observation: expected,
        }]
    );
}
