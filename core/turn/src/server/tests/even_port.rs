//! EVEN-PORT and RESERVATION-TOKEN (RFC 8656, sections 7.2, 18.7 and 18.10).

use super::harness::*;
use crate::families::Family;
use crate::message::{AttributeKind, Method, Writer};
use crate::values::Action;
use hopsight_evidence::Side;
use std::net::SocketAddr;

#[test]
fn an_even_port_is_even_and_its_neighbour_waits_for_the_token() {
    let mut relay = Relay::new();
    let (mut lower, mut upper) = two_clients(&mut relay);
    let (first, token) = relay.reserve(&mut lower);
    let second = relay.redeem(&mut upper, &token);

    assert!(first.port().is_multiple_of(2));
    assert_eq!(second.code, 0, "{second:?}");
    assert_eq!(
        second.address(AttributeKind::XorRelayedAddress),
        SocketAddr::new(first.ip(), first.port() + 1)
    );
    assert!(second.value(AttributeKind::ReservationToken).is_empty());
}

#[test]
fn a_repeated_request_gets_the_same_token() {
    let mut relay = Relay::new();
    let (mut client, _) = two_clients(&mut relay);
    let request = relay
        .allocation()
        .attribute(AttributeKind::EvenPort, &[0x80]);
    let first = relay.ask(&mut client, request.clone());

    assert_eq!(relay.ask(&mut client, request), first);
    assert_eq!(first.value(AttributeKind::ReservationToken).len(), 8);
}

#[test]
fn without_the_r_bit_nothing_is_held_in_reserve() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    let request = relay
        .allocation()
        .attribute(AttributeKind::EvenPort, &[0x7F]);
    let answer = relay.ask(&mut client, request);

    let relayed = answer.address(AttributeKind::XorRelayedAddress);
    assert!(relayed.port().is_multiple_of(2));
    assert!(answer.value(AttributeKind::ReservationToken).is_empty());
}

#[test]
fn a_token_serves_once_its_holder_only_and_for_thirty_seconds() {
    let mut relay = Relay::new();
    let (mut lower, mut upper) = two_clients(&mut relay);
    let mut stranger = relay.grant(&session(2), Side::Sharer, udp(3));
    let (first, token) = relay.reserve(&mut lower);

    assert_eq!(relay.redeem(&mut stranger, &token).code, 508);
    assert_eq!(relay.redeem(&mut upper, &[9; 8]).code, 508);
    relay.take();
    relay.tick_at(29);
    assert_eq!(relay.take(), []);
    relay.tick_at(30);
    let port = first.port() + 1;
    let family = Family::Ipv4;
    assert_eq!(relay.take(), [Action::ClosePort { port, family }]);
    assert_eq!(relay.redeem(&mut upper, &token).code, 508);

    let mut again = lower.clone();
    relay.refresh(&mut lower, 0);
    let (_, token) = relay.reserve(&mut again);
    assert_eq!(relay.redeem(&mut upper, &token).code, 0);
    upper.at = udp(4);
    upper.nonce.clear();
    assert_eq!(relay.redeem(&mut upper, &token).code, 508);
}

#[test]
fn what_is_held_in_reserve_counts_and_goes_with_its_session() {
    let mut relay = Relay::with(|settings| settings.allocations_per_grant = 2);
    let (mut lower, mut upper) = two_clients(&mut relay);
    let (first, _) = relay.reserve(&mut lower);
    let request = relay.allocation();
    assert_eq!(relay.ask(&mut upper, request).code, 486);
    relay.take();

    relay.command(crate::Command::Revoke {
        session: session(1),
    });
    let closed = |port| Action::ClosePort {
        port,
        family: Family::Ipv4,
    };
    let actions = relay.take();
    for port in [first.port(), first.port() + 1] {
        assert!(actions.contains(&closed(port)), "{actions:?}");
    }
}

#[test]
fn when_no_pair_is_left_the_capacity_is_insufficient() {
    let mut relay = Relay::with(|settings| settings.policy.relayed_ports = 49_153..=49_154);
    let (mut lower, mut upper) = two_clients(&mut relay);
    let request = relay
        .allocation()
        .attribute(AttributeKind::EvenPort, &[0x80]);
    assert_eq!(relay.ask(&mut lower, request).code, 508);

    let request = relay.allocation().attribute(AttributeKind::EvenPort, &[0]);
    let answer = relay.ask(&mut lower, request);
    assert_eq!(
        answer.address(AttributeKind::XorRelayedAddress).port(),
        49_154
    );
    let request = relay.allocation().attribute(AttributeKind::EvenPort, &[0]);
    assert_eq!(relay.ask(&mut upper, request).code, 508);
}

#[test]
fn wishes_that_contradict_each_other_are_bad_requests() {
    let token = (AttributeKind::ReservationToken, &[1; 8][..]);
    let pair = (AttributeKind::EvenPort, &[0x80][..]);
    let requested = (AttributeKind::RequestedAddressFamily, &[1, 0, 0, 0][..]);
    let additional = (AttributeKind::AdditionalAddressFamily, &[2, 0, 0, 0][..]);
    for wishes in [
        [token, pair],
        [token, requested],
        [token, additional],
        [pair, additional],
        [requested, additional],
    ] {
        let mut relay = Relay::new();
        let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
        let add = |request: Writer, (kind, value)| request.attribute(kind, value);
        let request = wishes.into_iter().fold(relay.allocation(), add);

        assert_eq!(relay.ask(&mut client, request).code, 400, "{wishes:?}");
    }
}

/// Two clients with the same grant.
fn two_clients(relay: &mut Relay) -> (Client, Client) {
    let one = relay.grant(&session(1), Side::Sharer, udp(1));
    let other = Client {
        at: udp(2),
        ..one.clone()
    };
    (one, other)
}

impl Relay {
    fn allocation(&mut self) -> Writer {
        self.request(Method::Allocate)
            .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0])
    }

    fn reserve(&mut self, client: &mut Client) -> (SocketAddr, Vec<u8>) {
        let request = self
            .allocation()
            .attribute(AttributeKind::EvenPort, &[0x80]);
        let answer = self.ask(client, request);

        assert_eq!(answer.code, 0, "{answer:?}");
        let token = answer.value(AttributeKind::ReservationToken);
        (answer.address(AttributeKind::XorRelayedAddress), token)
    }

    fn redeem(&mut self, client: &mut Client, token: &[u8]) -> Answer {
        let request = self
            .allocation()
            .attribute(AttributeKind::ReservationToken, token);
        self.ask(client, request)
    }
}
