//! Who is let in, and how little the others are told.

use super::harness::*;
use crate::message::{AttributeKind, Method};
use crate::values::{Counter, FiveTuple};
use hopsight_evidence::{Side, Transport};
use hopsight_kit::Redacted;

#[test]
fn an_unsigned_request_gets_realm_and_nonce_and_nothing_else() {
    let mut relay = Relay::new();
    let request = relay.request(Method::Allocate).finish();
    let answer = relay.send(udp(1), &request).unwrap();

    assert_eq!((answer.code, answer.is_signed), (401, false));
    assert_eq!(answer.text(AttributeKind::Realm), REALM);
    assert_eq!(answer.text(AttributeKind::Nonce).len(), 24);
    assert_eq!(answer.value(AttributeKind::ErrorCode), [0, 0, 4, 1]);
    assert_eq!(answer.bytes.len(), 20 + 8 + 24 + 28);
}

#[test]
fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let mut relay = Relay::new();
    let mut known = relay.grant(&session(1), Side::Sharer, udp(1));
    known.password = Redacted::new("wrong".to_owned());
    let mut unknown = known.clone();
    unknown.username = "nobody".to_owned();

    for client in [&mut known, &mut unknown] {
        let request = relay.request(Method::Allocate);
        let answer = relay.ask(client, request);

        assert_eq!((answer.code, answer.is_signed), (401, false));
    }
}

#[test]
fn a_signed_request_without_a_name_realm_or_nonce_is_a_bad_request() {
    let mut relay = Relay::new();
    let client = relay.grant(&session(1), Side::Sharer, udp(1));
    let request = relay
        .request(Method::Allocate)
        .attribute(AttributeKind::Username, client.username.as_bytes())
        .sign(&client.key())
        .finish();

    assert_eq!(relay.send(client.at, &request).unwrap().code, 400);
}

#[test]
fn an_old_nonce_is_stale_and_the_new_one_serves() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.allocate(&mut client);
    relay.seconds = 599;
    assert_eq!(relay.refresh(&mut client, 600), 0);

    relay.seconds = 600;
    let request = relay.request(Method::Refresh);
    let answer = relay.ask(&mut client, request);
    assert_eq!(answer.code, 438);

    client.nonce = answer.text(AttributeKind::Nonce);
    assert_eq!(relay.refresh(&mut client, 600), 0);
}

#[test]
fn a_nonce_issued_to_another_source_is_stale() {
    let mut relay = Relay::new();
    let mut here = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.allocate(&mut here);
    let mut elsewhere = here.clone();
    elsewhere.at = udp(2);

    assert_eq!(relay.refresh(&mut elsewhere, 600), 438);
}

#[test]
fn a_stale_nonce_with_a_wrong_password_is_unauthorized() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.allocate(&mut client);
    relay.seconds = 601;
    client.password = Redacted::new("wrong".to_owned());

    assert_eq!(relay.refresh(&mut client, 600), 401);
}

#[test]
fn attributes_that_must_be_understood_are_named_in_the_answer() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    let request = relay
        .request(Method::Allocate)
        .raw(0x001E, &[0; 32])
        .raw(0x001D, &[0, 2, 0, 0])
        .raw(0x001E, &[0; 32])
        .raw(0x8FFF, &[]);
    let answer = relay.ask(&mut client, request);

    assert_eq!((answer.code, answer.is_signed), (420, true));
    assert_eq!(
        answer.value(AttributeKind::UnknownAttributes),
        [0x00, 0x1E, 0x00, 0x1D]
    );
}

#[test]
fn a_network_that_asks_too_often_over_udp_gets_no_more_answers() {
    let mut relay = Relay::new();
    let from = |port| FiveTuple {
        client: ([9, 9, 9, 9], port).into(),
        ..udp(1)
    };
    let request = relay.request(Method::Binding).finish();
    let answered = (0..1000).filter(|port| relay.send(from(*port), &request).is_some());

    assert_eq!(answered.count(), 60);
    assert_eq!(relay.counted(Counter::OverBudget), 940);
}

#[test]
fn a_client_with_an_allocation_and_a_stream_have_no_budget() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.allocate(&mut client);
    let request = relay.request(Method::Binding).finish();

    for from in [client.at, at(Transport::Tcp, 3)] {
        let answered = (0..100).filter(|_| relay.send(from, &request).is_some());
        assert_eq!(answered.count(), 100);
    }
}

#[test]
fn binding_tells_the_source_address() {
    let mut relay = Relay::new();
    let request = relay.request(Method::Binding).fingerprint().finish();
    let mut from = udp(1);
    from.client = address("[::ffff:9.9.1.9]:40000");
    let answer = relay.send(from, &request).unwrap();

    assert_eq!(
        answer.address(AttributeKind::XorMappedAddress),
        address("9.9.1.9:40000")
    );
    assert_eq!(answer.bytes.len(), 20 + 12 + 8);
}

#[test]
fn what_is_no_message_is_dropped_and_counted() {
    let mut relay = Relay::new();
    let success = crate::message::Writer::new(
        crate::message::Class::Success,
        Method::Binding,
        crate::message::TransactionId([0; 12]),
    )
    .finish();
    for bytes in [
        &b""[..],
        b"\0",
        b"GET / HTTP/1.1",
        &[0x40, 0, 0, 9, 1],
        &success,
    ] {
        assert_eq!(relay.send(udp(1), bytes), None);
    }

    assert_eq!(relay.counted(Counter::Malformed), 5);
    assert_eq!(relay.actions.len(), 5);
}
