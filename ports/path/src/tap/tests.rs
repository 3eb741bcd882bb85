//! The tap by example: what each datagram in and out is told as.

use super::*;
use hopsight_evidence::Via;
use std::time::Duration;
use stun_types::attribute::ErrorCode;
use stun_types::message::{IntegrityAlgorithm, MessageType, MessageWriteVec, TransactionId};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

fn pair() -> Pair {
    Pair {
        local: "10.0.0.1:4000".parse().unwrap(),
        remote: "10.0.0.2:5000".parse().unwrap(),
        via: Via::Direct,
    }
}

fn credentials(name: &str) -> Credentials {
    Credentials {
        ufrag: name.to_owned(),
        password: format!("password-of-{name}"),
    }
}

fn tap() -> Tap {
    let mut tap = Tap::new(credentials("near"));
    tap.negotiated(credentials("near"), Some(credentials("far")));
    tap
}

fn check(id: u128, to: &str, by: &str, password_of: &str, controlling: bool) -> Vec<u8> {
    let kind = MessageType::from_class_method(MessageClass::Request, BINDING);
    let id = TransactionId::from(id);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    let user = Username::new(&format!("{to}:{by}")).unwrap();
    message.add_attribute(&user).unwrap();
    if controlling {
        message.add_attribute(&IceControlling::new(1)).unwrap();
    } else {
        message.add_attribute(&IceControlled::new(1)).unwrap();
    }
    finished(message, password_of)
}

fn finished(mut message: MessageWriteVec, password_of: &str) -> Vec<u8> {
    let credentials = ShortTermCredentials::new(credentials(password_of).password);
    message
        .add_message_integrity(&credentials.into(), IntegrityAlgorithm::Sha1)
        .unwrap();
    message.finish()
}

fn id(bytes: &[u8]) -> [u8; 12] {
    transaction(bytes).unwrap()
}

#[test]
fn retries_are_attempts_of_one_pair_under_new_transactions() {
    let mut tap = tap();
    let now = Instant::now();
    let first = check(1, "far", "near", "far", true);
    let second = check(2, "far", "near", "far", true);

    let mut events = tap.sent(pair(), &first, now);
    events.extend(tap.sent(pair(), &second, now));

    let sent = |transaction, attempt| PathEvent::CheckSent {
        pair: pair(),
        transaction,
        attempt,
        nominating: false,
    };
    assert_eq!(events, [sent(id(&first), 1), sent(id(&second), 2)]);
}

#[test]
fn an_answer_is_matched_by_its_transaction_and_timed() {
    let mut tap = tap();
    let now = Instant::now();
    let request = check(1, "far", "near", "far", true);
    tap.sent(pair(), &request, now);
    let parsed = Message::from_bytes(&request).unwrap();
    let seen_as = "192.0.2.9:4000".parse().unwrap();
    let mut answer = Message::builder_success(&parsed, MessageWriteVec::new());
    answer
        .add_attribute(&XorMappedAddress::new(seen_as, parsed.transaction_id()))
        .unwrap();
    let answer = finished(answer, "far");

    let events = tap.received(pair(), &answer, now + Duration::from_millis(7));

    let answered = PathEvent::CheckAnswered {
        pair: pair(),
        transaction: id(&request),
        rtt: Duration::from_millis(7),
        mapped: Some(seen_as),
    };
    assert_eq!(events, [answered]);
}

#[test]
fn a_refusal_tells_its_code() {
    let mut tap = tap();
    let now = Instant::now();
    let request = check(1, "far", "near", "far", true);
    tap.sent(pair(), &request, now);
    let parsed = Message::from_bytes(&request).unwrap();
    let mut answer = Message::builder_error(&parsed, MessageWriteVec::new());
    let conflict = ErrorCode::new(487, "Role Conflict").unwrap();
    answer.add_attribute(&conflict).unwrap();

    let events = tap.received(pair(), &answer.finish(), now);

    let refused = PathEvent::CheckRefused {
        pair: pair(),
        transaction: id(&request),
        code: 487,
        reason: "Role Conflict".to_owned(),
    };
    assert_eq!(events, [refused]);
}

#[test]
fn a_check_with_a_wrong_password_arrived_and_is_not_accepted() {
    let mut tap = tap();
    let now = Instant::now();
    let right = check(1, "near", "far", "near", true);
    let wrong = check(2, "near", "far", "somebody", true);

    let mut events = tap.received(pair(), &right, now);
    events.extend(tap.received(pair(), &wrong, now));

    let received = |transaction, accepted| PathEvent::CheckReceived {
        pair: pair(),
        transaction,
        accepted,
    };
    assert_eq!(
        events,
        [received(id(&right), true), received(id(&wrong), false)]
    );
}

#[test]
fn a_changed_role_is_told_before_the_check_that_shows_it() {
    let mut tap = tap();
    let now = Instant::now();
    tap.sent(pair(), &check(1, "far", "near", "far", true), now);

    let events = tap.sent(pair(), &check(2, "far", "near", "far", false), now);

    assert_eq!(
        events.first(),
        Some(&PathEvent::RoleSwitched { controlling: false })
    );
}

#[test]
fn only_the_first_dtls_flight_is_an_event() {
    let mut tap = tap();
    let now = Instant::now();

    let mut events = tap.sent(pair(), &[22, 254, 253, 0], now);
    events.extend(tap.received(pair(), &[22, 254, 253, 0], now));

    assert_eq!(
        events,
        [PathEvent::Dtls {
            step: DtlsStep::Started
        }]
    );
}

#[test]
fn what_is_no_stun_message_is_no_event_and_no_panic() {
    let mut tap = tap();
    let now = Instant::now();

    for length in 0..40 {
        assert_eq!(tap.received(pair(), &vec![0; length], now), []);
        assert_eq!(tap.received(pair(), &vec![3; length], now), []);
    }
}
