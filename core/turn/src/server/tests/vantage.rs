//! What the relay knows of clients that do not hear it, and whom it looks at.

use super::harness::*;
use crate::control::{Command, Heard, Reply};
use crate::message::Method;
use crate::values::Action;
use hopsight_evidence::{Side, Transport};
use std::net::{IpAddr, SocketAddr};

#[test]
fn a_client_that_only_asks_was_heard_and_does_not_hear() {
    let mut relay = Relay::new();
    for _ in 0..3 {
        let ask = relay.request(Method::Allocate).finish();
        relay.send(udp(1), &ask);
    }
    let binding = relay.request(Method::Binding).finish();
    relay.send(udp(1), &binding);

    assert_eq!(
        heard(&mut relay, udp(1).client.ip()),
        (Some(udp(1).client), 4)
    );
}

#[test]
fn a_client_that_proves_itself_hears() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.allocate(&mut client);

    assert_eq!(heard(&mut relay, udp(1).client.ip()), (None, 0));
}

#[test]
fn what_was_heard_is_forgotten_after_a_minute() {
    let mut relay = Relay::new();
    let ask = relay.request(Method::Allocate).finish();
    relay.send(udp(1), &ask);
    relay.tick_at(60);

    assert_eq!(heard(&mut relay, udp(1).client.ip()), (None, 0));
}

#[test]
fn a_stream_is_not_remembered() {
    let mut relay = Relay::new();
    let ask = relay.request(Method::Allocate).finish();
    relay.send(at(Transport::Tcp, 1), &ask);

    assert_eq!(
        heard(&mut relay, at(Transport::Tcp, 1).client.ip()),
        (None, 0)
    );
}

#[test]
fn the_relay_looks_at_each_client_of_the_session_once_and_at_nobody_else() {
    let mut relay = Relay::new();
    let mut ours = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.allocate(&mut ours);
    let mut theirs = relay.grant(&session(2), Side::Sharer, udp(2));
    relay.allocate(&mut theirs);
    let ask = relay.request(Method::Allocate).finish();
    relay.send(udp(3), &ask);
    let stranger: SocketAddr = "203.0.113.80:53".parse().unwrap();
    let trace = Command::Trace {
        session: session(1),
        heard: vec![udp(3).client, udp(2).client, stranger],
    };
    relay.actions.clear();

    assert_eq!(relay.command(trace.clone()), Reply::Done);
    assert_eq!(relay.command(trace), Reply::Done);

    let traced: Vec<_> = relay
        .actions
        .iter()
        .filter_map(|action| {
            let Action::Trace { client, .. } = action else {
                return None;
            };
            Some(*client)
        })
        .collect();
    assert_eq!(traced, [udp(1), udp(3)]);
}

#[test]
fn a_session_that_nobody_granted_makes_the_relay_look_nowhere() {
    let mut relay = Relay::new();
    let trace = Command::Trace {
        session: session(9),
        heard: Vec::new(),
    };

    assert_eq!(relay.command(trace), Reply::UnknownSession);
}

fn heard(relay: &mut Relay, address: IpAddr) -> (Option<SocketAddr>, u32) {
    let addresses = vec![address];
    let Reply::Heard(heard) = relay.command(Command::Heard { addresses }) else {
        panic!("what was heard");
    };
    let [
        Heard {
            client, requests, ..
        },
    ] = heard[..]
    else {
        panic!("one address");
    };
    (client, requests)
}
