//! The four transaction machines, minute by minute.

use hopsight_kit::Moment;
use hopsight_sip::transaction::{
    Client, Effect, InviteClient, InviteServer, Reliability, Server, Timers, cancel,
};
use hopsight_sip::{Builder, Message, Method};
use std::time::Duration;

use Reliability::{Reliable, Unreliable};

#[test]
fn an_unanswered_invite_is_repeated_at_doubling_pauses_for_32_seconds() {
    let (mut machine, sent) = InviteClient::start(invite(), Unreliable, timers(), at(0));

    assert_eq!(sent, [Effect::Send(invite().into_bytes())]);
    let (times, last) = run(|now| machine.wake(now), at(0));
    assert_eq!(times, [500, 1_500, 3_500, 7_500, 15_500, 31_500, 32_000]);
    assert_eq!(last, [Effect::TimedOut, Effect::Ended]);
    assert_eq!(machine.next_wake(), None);
}

#[test]
fn nothing_is_repeated_on_a_stream() {
    let (mut invite_client, _) = InviteClient::start(invite(), Reliable, timers(), at(0));
    let (mut client, _) = Client::start(Vec::new(), Reliable, timers(), at(0));

    assert_eq!(run(|now| invite_client.wake(now), at(0)).0, [32_000]);
    assert_eq!(run(|now| client.wake(now), at(0)).0, [32_000]);
}

#[test]
fn an_unanswered_request_is_repeated_at_pauses_up_to_4_seconds() {
    let (mut machine, _) = Client::start(b"x".to_vec(), Unreliable, timers(), at(0));
    let (times, last) = run(|now| machine.wake(now), at(0));

    assert_eq!(
        times,
        [
            500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500, 32_000
        ]
    );
    assert_eq!(last, [Effect::TimedOut, Effect::Ended]);
}

#[test]
fn a_provisional_answer_slows_a_request_down_and_a_final_one_ends_it() {
    let (mut machine, _) = Client::start(b"x".to_vec(), Unreliable, timers(), at(0));

    assert_eq!(
        machine.receive(answer(100), at(100)),
        [Effect::Deliver(answer(100))]
    );
    assert_eq!(machine.next_wake(), Some(at(4_100)));
    assert_eq!(
        machine.receive(answer(200), at(200)),
        [Effect::Deliver(answer(200))]
    );
    assert_eq!(machine.receive(answer(200), at(300)), []);
    assert_eq!(run(|now| machine.wake(now), at(300)).0, [5_200]);
}

#[test]
fn a_ringing_invite_waits_for_its_user_alone() {
    let (mut machine, _) = InviteClient::start(invite(), Unreliable, timers(), at(0));

    assert_eq!(
        machine.receive(answer(180), at(90)),
        [Effect::Deliver(answer(180))]
    );
    assert_eq!(
        (machine.next_wake(), machine.wake(at(600_000))),
        (None, vec![])
    );
    assert_eq!(machine.give_up(), [Effect::Ended]);
}

#[test]
fn a_refusal_is_acknowledged_as_often_as_it_comes() {
    let (mut machine, _) = InviteClient::start(invite(), Unreliable, timers(), at(0));
    let refusal = || answer(486);
    let ack = "ACK sip:bob@h SIP/2.0\r\n\
        Via: SIP/2.0/TLS a;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
        Route: <sip:p;lr>\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=9\r\n\
        Call-ID: x\r\nCSeq: 3 ACK\r\nContent-Length: 0\r\n\r\n";
    let send = || Effect::Send(ack.as_bytes().to_vec());

    assert_eq!(
        machine.receive(refusal(), at(90)),
        [send(), Effect::Deliver(refusal())]
    );
    assert_eq!(machine.receive(refusal(), at(590)), [send()]);
    assert_eq!(run(|now| machine.wake(now), at(600)).0, [32_090]);
    assert_eq!(machine.receive(refusal(), at(40_000)), []);
}

#[test]
fn every_2xx_of_a_fork_reaches_the_user_until_timer_m() {
    let (mut machine, _) = InviteClient::start(invite(), Reliable, timers(), at(0));

    for when in [90, 95, 30_000] {
        assert_eq!(
            machine.receive(answer(200), at(when)),
            [Effect::Deliver(answer(200))]
        );
    }
    assert_eq!(machine.receive(answer(486), at(30_010)), []);
    assert_eq!(run(|now| machine.wake(now), at(30_010)).0, [32_090]);
    assert_eq!(machine.receive(answer(200), at(32_091)), []);
}

#[test]
fn a_slow_user_is_covered_by_a_100_after_200_milliseconds() {
    let mut machine = InviteServer::start(&invite(), Reliable, timers(), at(0));
    let trying = || Effect::Send(answer_to_invite(100, "Trying").into_bytes());

    assert_eq!(machine.next_wake(), Some(at(200)));
    assert_eq!(machine.wake(at(199)), []);
    assert_eq!(machine.wake(at(200)), [trying()]);
    assert_eq!(machine.wake(at(60_000)), []);
    assert_eq!(machine.receive(), [trying()]);
}

#[test]
fn a_refusal_is_repeated_until_its_ack() {
    let mut machine = InviteServer::start(&invite(), Unreliable, timers(), at(0));
    let busy = || b"486".to_vec();

    assert_eq!(machine.respond(486, busy(), at(0)), [Effect::Send(busy())]);
    assert_eq!(machine.wake(at(500)), [Effect::Send(busy())]);
    assert_eq!(machine.receive(), [Effect::Send(busy())]);
    assert_eq!(machine.acknowledge(ack(), at(700)), []);
    assert_eq!(machine.receive(), []);
    assert_eq!(run(|now| machine.wake(now), at(700)).0, [5_700]);
}

#[test]
fn a_refusal_that_nobody_acknowledges_is_reported() {
    let mut machine = InviteServer::start(&invite(), Unreliable, timers(), at(0));
    machine.respond(486, Vec::new(), at(0));
    let (times, last) = run(|now| machine.wake(now), at(0));

    assert_eq!(
        times,
        [
            500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500, 32_000
        ]
    );
    assert_eq!(last, [Effect::TimedOut, Effect::Ended]);
}

#[test]
fn after_a_2xx_copies_of_the_invite_are_swallowed_and_acks_passed_on() {
    let mut machine = InviteServer::start(&invite(), Unreliable, timers(), at(0));
    let ok = || b"200".to_vec();

    assert_eq!(machine.respond(200, ok(), at(0)), [Effect::Send(ok())]);
    assert_eq!(machine.receive(), []);
    assert_eq!(machine.respond(200, ok(), at(500)), [Effect::Send(ok())]);
    assert_eq!(machine.respond(486, ok(), at(600)), []);
    assert_eq!(
        machine.acknowledge(ack(), at(700)),
        [Effect::Deliver(ack())]
    );
    assert_eq!(run(|now| machine.wake(now), at(700)).0, [32_000]);
}

#[test]
fn a_copy_of_a_request_gets_the_same_answer_again() {
    let mut machine = Server::start(Unreliable, timers(), at(0));
    let ok = || b"200".to_vec();

    assert_eq!(machine.receive(), []);
    assert_eq!(machine.respond(200, ok(), at(10)), [Effect::Send(ok())]);
    assert_eq!(machine.receive(), [Effect::Send(ok())]);
    assert_eq!(machine.respond(404, Vec::new(), at(20)), []);
    assert_eq!(run(|now| machine.wake(now), at(20)).0, [32_010]);
}

#[test]
fn a_request_that_is_never_answered_leaves_the_table_too() {
    let mut machine = Server::start(Reliable, timers(), at(0));

    assert_eq!(
        run(|now| machine.wake(now), at(0)),
        (vec![64_000], vec![Effect::Ended])
    );
}

#[test]
fn a_cancel_shares_branch_and_number_with_its_invite() {
    let cancel = cancel(&invite());

    assert_eq!(cancel.strict(), Ok(()));
    assert_eq!(cancel.cseq(), Some((3, Method::Cancel)));
    assert_eq!(cancel.via_top(), invite().via_top());
    assert_eq!(cancel.header("To"), invite().header("To"));
}

/// Wakes a machine every 10 ms until it ends: when it did something after
/// `from` (milliseconds since the start of the clock), and what it did last.
fn run(mut wake: impl FnMut(Moment) -> Vec<Effect>, from: Moment) -> (Vec<u64>, Vec<Effect>) {
    let mut times = Vec::new();
    let start = u64::try_from(from.since_start().as_millis()).unwrap();
    for now in (start..start + 100_000).step_by(10) {
        let effects = wake(at(now));
        if effects.is_empty() {
            continue;
        }
        times.push(now);
        if effects.contains(&Effect::Ended) {
            return (times, effects);
        }
    }
    (times, Vec::new())
}

fn at(millis: u64) -> Moment {
    Moment::after_start(Duration::from_millis(millis))
}

fn timers() -> Timers {
    Timers::default()
}

fn invite() -> Message {
    Message::read(
        b"INVITE sip:bob@h SIP/2.0\r\nVia: SIP/2.0/TLS a;branch=z9hG4bK1, SIP/2.0/TLS b\r\n\
          Max-Forwards: 9\r\nRoute: <sip:p;lr>\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n\
          Call-ID: x\r\nCSeq: 3 INVITE\r\n\r\n",
    )
    .unwrap()
}

fn ack() -> Message {
    Message::read(b"ACK sip:bob@h SIP/2.0\r\n\r\n").unwrap()
}

fn answer(status: u16) -> Message {
    Builder::response_to(&invite(), status, "")
        .to_tag("9")
        .finish()
}

fn answer_to_invite(status: u16, reason: &str) -> Message {
    Builder::response_to(&invite(), status, reason).finish()
}
