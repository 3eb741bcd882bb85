//! Allocate and Refresh.

use super::harness::*;
use crate::families::Family;
use crate::message::{AttributeKind, Method};
use crate::values::{Action, Counter, Input};
use hopsight_evidence::{Observation, Side, Transport};
use std::collections::BTreeSet;

#[test]
fn an_allocation_tells_its_addresses_and_is_reported() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Viewer, at(Transport::Tls, 1));
    let request = relay
        .request(Method::Allocate)
        .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0])
        .attribute(AttributeKind::RequestedAddressFamily, &[1, 0, 0, 0])
        .attribute(AttributeKind::Lifetime, &1800_u32.to_be_bytes());
    let answer = relay.ask(&mut client, request);
    let relayed = answer.address(AttributeKind::XorRelayedAddress);

    assert_eq!((answer.code, answer.is_signed), (0, true));
    assert_eq!(relayed.ip(), std::net::IpAddr::from(ADVERTISED));
    assert!((49_152..=49_159).contains(&relayed.port()));
    assert_eq!(
        answer.address(AttributeKind::XorMappedAddress),
        client.at.client
    );
    assert_eq!(
        answer.value(AttributeKind::Lifetime),
        1800_u32.to_be_bytes()
    );
    assert_eq!(
        relay.observations(),
        [Observation::RelayServes {
            side: Side::Viewer,
            transport: Transport::Tls,
            client: client.at.client,
            relayed,
        }]
    );
}

#[test]
fn a_repeated_allocate_gets_the_same_answer_and_another_one_a_mismatch() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    let request = relay
        .request(Method::Allocate)
        .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);
    let first = relay.ask(&mut client, request.clone());
    let again = relay.ask(&mut client, request);
    let other = relay
        .request(Method::Allocate)
        .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);

    assert_eq!(first, again);
    assert_eq!(relay.ask(&mut client, other).code, 437);
}

#[test]
fn transports_and_families_that_are_not_served_are_refused() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    let plain = relay.request(Method::Allocate);
    let tcp = relay
        .request(Method::Allocate)
        .attribute(AttributeKind::RequestedTransport, &[6, 0, 0, 0]);
    let ipv6 = relay
        .request(Method::Allocate)
        .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0])
        .attribute(AttributeKind::RequestedAddressFamily, &[2, 0, 0, 0]);

    assert_eq!(relay.ask(&mut client, plain).code, 400);
    assert_eq!(relay.ask(&mut client, tcp).code, 442);
    assert_eq!(relay.ask(&mut client, ipv6).code, 440);
}

#[test]
fn the_fifth_allocation_of_a_grant_is_over_its_quota() {
    let mut relay = Relay::new();
    let first = relay.grant(&session(1), Side::Sharer, udp(1));
    let codes: Vec<u16> = (1..=5)
        .map(|host| {
            let mut client = first.clone();
            client.at = udp(host);
            let request = relay
                .request(Method::Allocate)
                .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);
            relay.ask(&mut client, request).code
        })
        .collect();

    assert_eq!(codes, [0, 0, 0, 0, 486]);
}

#[test]
fn all_ports_are_used_before_the_relay_is_full() {
    let mut relay = Relay::new();
    let codes: Vec<(u16, Option<u16>)> = (1..=9)
        .map(|host| {
            let mut client = relay.grant(&session(u64::from(host)), Side::Sharer, udp(host));
            let request = relay
                .request(Method::Allocate)
                .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);
            let answer = relay.ask(&mut client, request);
            let port =
                (answer.code == 0).then(|| answer.address(AttributeKind::XorRelayedAddress).port());
            (answer.code, port)
        })
        .collect();
    let ports: BTreeSet<u16> = codes.iter().filter_map(|(_, port)| *port).collect();

    assert_eq!(ports, (49_152..=49_159).collect());
    assert_eq!(codes.last(), Some(&(508, None)));
}

#[test]
fn ports_that_do_not_open_end_in_insufficient_capacity() {
    let mut relay = Relay::new();
    relay.ports_fail = true;
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    let request = relay
        .request(Method::Allocate)
        .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);

    assert_eq!(relay.ask(&mut client, request).code, 508);
    assert!(!relay.server.holds(&client.at));

    relay.ports_fail = false;
    relay.allocate(&mut client);
}

#[test]
fn an_allocation_ends_at_its_expiry_not_before() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    let relayed = relay.allocate(&mut client);
    relay.take();

    relay.tick_at(599);
    assert_eq!(relay.take(), []);

    relay.tick_at(600);
    assert_eq!(
        relay.take(),
        [
            Action::Count(Counter::AllocationClosed),
            Action::ClosePort {
                port: relayed.port(),
                family: Family::Ipv4,
            },
            Action::CloseClient { client: client.at },
        ]
    );
}

#[test]
fn an_expired_allocation_serves_nobody_even_before_the_tick() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.command(crate::Command::Answered {
        session: session(1),
    });
    relay.allocate(&mut client);
    relay.seconds = 600;
    client.nonce.clear();

    assert_eq!(relay.refresh(&mut client, 600), 437);
    relay.allocate(&mut client);
}

#[test]
fn refresh_lengthens_and_zero_ends() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    let relayed = relay.allocate(&mut client);
    let request = relay
        .request(Method::Refresh)
        .attribute(AttributeKind::Lifetime, &99_999_u32.to_be_bytes());
    let answer = relay.ask(&mut client, request);
    assert_eq!(
        answer.value(AttributeKind::Lifetime),
        3600_u32.to_be_bytes()
    );

    relay.take();
    assert_eq!(relay.refresh(&mut client, 0), 0);
    assert!(relay.actions.contains(&Action::ClosePort {
        port: relayed.port(),
        family: Family::Ipv4,
    }));
    assert_eq!(relay.refresh(&mut client, 600), 437);
}

#[test]
fn a_stream_that_ends_takes_its_allocation_along() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, at(Transport::Tcp, 1));
    let relayed = relay.allocate(&mut client);
    relay.take();
    relay.input(Input::ClientGone { client: client.at });

    assert!(relay.actions.contains(&Action::ClosePort {
        port: relayed.port(),
        family: Family::Ipv4,
    }));
    assert!(!relay.server.holds(&client.at));
}

#[test]
fn somebody_elses_allocation_is_not_for_other_credentials() {
    let mut relay = Relay::new();
    let mut owner = relay.grant(&session(1), Side::Sharer, udp(1));
    let mut other = relay.grant(&session(2), Side::Sharer, udp(1));
    relay.allocate(&mut owner);

    assert_eq!(relay.refresh(&mut other, 0), 441);
    assert_eq!(relay.permit(&mut other, address("9.9.1.9:1")), 441);
    assert_eq!(relay.bind(&mut other, 0x4000, address("9.9.1.9:1")), 441);
}

#[test]
fn requests_without_an_allocation_are_a_mismatch() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));

    assert_eq!(relay.refresh(&mut client, 600), 437);
    assert_eq!(relay.permit(&mut client, address("9.9.1.9:1")), 437);
    assert_eq!(relay.bind(&mut client, 0x4000, address("9.9.1.9:1")), 437);
}
