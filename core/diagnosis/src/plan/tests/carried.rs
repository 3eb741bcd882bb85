//! What is found out about a pair that answers: when it works, loses packets, brings
//! no picture or stops.

use super::*;

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
    plan.note(&PathEvent::PairStillUsed { pair: relayed }, at(2800));
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
