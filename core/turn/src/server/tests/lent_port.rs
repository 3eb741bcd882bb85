//! Who is answered by a relayed port itself, and who never is.

use super::harness::*;
use crate::message::{AttributeKind, Class, Message, Method, TransactionId, Writer};
use crate::values::{Action, Counter, Input};
use hopsight_evidence::{Side, Transport};
use std::net::SocketAddr;

#[test]
fn the_port_answers_whoever_holds_it_from_any_port_of_their_address() {
    let mut relay = Relay::new();
    let mut holder = relay.grant(&session(1), Side::Sharer, udp(1));
    let port = relay.allocate(&mut holder).port();
    for peer in [udp(1).client, address("9.9.1.9:50123")] {
        let [
            Action::ToPeer {
                port: from,
                peer: to,
                bytes,
                dont_fragment: false,
            },
        ] = &answered(&mut relay, port, peer, &question())[..]
        else {
            panic!("one answer and nothing else");
        };

        let answer = Message::read(bytes).unwrap();
        assert_eq!((*from, *to), (port, peer));
        assert_eq!(answer.transaction(), TransactionId([7; 12]));
        assert_eq!(
            (answer.class(), answer.method()),
            (Class::Success, Method::Binding)
        );
    }
}

#[test]
fn nobody_can_have_the_port_send_anywhere_else_or_anything_else() {
    let to_holder = udp(1).client;
    let table: [(&str, SocketAddr, Vec<u8>); 9] = [
        ("another client", udp(2).client, question()),
        ("a stranger", address("203.0.113.80:53"), question()),
        ("the relay itself", (ADVERTISED, 3478).into(), question()),
        ("no port", address("9.9.1.9:0"), question()),
        ("another family", address("[2001:db8::9]:4000"), question()),
        (
            "an answer",
            to_holder,
            written(Class::Success, Method::Binding).finish(),
        ),
        (
            "another method",
            to_holder,
            written(Class::Request, Method::Allocate).finish(),
        ),
        (
            "a check of ICE",
            to_holder,
            written(Class::Request, Method::Binding)
                .attribute(AttributeKind::Username, b"one:other")
                .finish(),
        ),
        ("no STUN", to_holder, b"hello".to_vec()),
    ];
    for (what, peer, bytes) in table {
        let mut relay = Relay::new();
        let mut holder = relay.grant(&session(1), Side::Sharer, udp(1));
        let port = relay.allocate(&mut holder).port();
        let mut other = relay.grant(&session(1), Side::Viewer, udp(2));
        relay.allocate(&mut other);

        let left = answered(&mut relay, port, peer, &bytes);

        assert_eq!(left, [Action::Count(Counter::NoPermission)], "{what}");
    }
}

#[test]
fn a_holder_over_a_stream_or_of_an_allocation_that_ended_is_not_answered() {
    let mut relay = Relay::new();
    let mut stream = relay.grant(&session(1), Side::Sharer, at(Transport::Tcp, 1));
    let port = relay.allocate(&mut stream).port();
    let left = answered(&mut relay, port, udp(1).client, &question());
    assert_eq!(left, [Action::Count(Counter::NoPermission)]);

    let mut relay = Relay::new();
    let mut holder = relay.grant(&session(1), Side::Sharer, udp(1));
    let port = relay.allocate(&mut holder).port();
    relay.refresh(&mut holder, 0);
    let left = answered(&mut relay, port, udp(1).client, &question());
    assert_eq!(left, [Action::Count(Counter::NoAllocation)]);
}

#[test]
fn what_a_permitted_peer_at_the_same_address_sends_is_the_clients() {
    let mut relay = Relay::new();
    let mut holder = relay.grant(&session(1), Side::Sharer, udp(1));
    let port = relay.allocate(&mut holder).port();
    let peer = address("9.9.1.9:50123");
    relay.candidates_of(&session(1), Side::Viewer, &[[9, 9, 1, 9]]);
    assert_eq!(relay.permit(&mut holder, peer), 0);
    relay.take();

    let bytes = question();
    relay.input(Input::FromPeer {
        port,
        peer,
        bytes: &bytes,
    });

    assert_eq!(holder.received(&mut relay), [(peer, question())]);
}

#[test]
fn a_network_that_asks_too_often_is_left_without_an_answer() {
    let mut relay = Relay::with(|settings| settings.budget.burst = 2);
    let mut holder = relay.grant(&session(1), Side::Sharer, udp(1));
    let port = relay.allocate(&mut holder).port();

    let first = answered(&mut relay, port, udp(1).client, &question());
    let second = answered(&mut relay, port, udp(1).client, &question());

    assert!(matches!(first[..], [Action::ToPeer { .. }]));
    assert_eq!(second, [Action::Count(Counter::OverBudget)]);
}

fn answered(relay: &mut Relay, port: u16, peer: SocketAddr, bytes: &[u8]) -> Vec<Action> {
    relay.take();
    relay.input(Input::FromPeer { port, peer, bytes });
    relay.take()
}

fn question() -> Vec<u8> {
    written(Class::Request, Method::Binding).finish()
}

fn written(class: Class, method: Method) -> Writer {
    Writer::new(class, method, TransactionId([7; 12]))
}
