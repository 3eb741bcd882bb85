//! IPv6 and dual allocations (RFC 8656, sections 7.2, 8.2 and 18.11).

use super::harness::*;
use crate::families::Family;
use crate::message::{AttributeKind, Message, Method, Writer, read_xor_address};
use crate::values::{Action, Counter, Input, PeerError};
use crate::{Command, FiveTuple};
use hopsight_evidence::Side;
use std::net::{IpAddr, SocketAddr};

#[test]
fn an_ipv6_allocation_reaches_ipv6_peers_and_no_others() {
    let mut relay = relay();
    let mut client = client(&mut relay);
    let answer = relay.ask_for(&mut client, AttributeKind::RequestedAddressFamily, 2);
    let relayed = answer.address(AttributeKind::XorRelayedAddress);

    assert_eq!(relayed.ip(), address(RELAYED).ip());
    assert_eq!(relay.permit(&mut client, address(PEER)), 0);
    assert_eq!(relay.permit(&mut client, address("8.8.8.8:5000")), 443);
    assert_eq!(
        relay.permit(&mut client, address("[::ffff:8.8.8.8]:5000")),
        443
    );
    assert_eq!(
        relay.permit(&mut client, address("[2001:4860::1]:5000")),
        403
    );
    assert_eq!(relay.permit(&mut client, address("[::1]:5000")), 403);
    assert_eq!(relay.bind(&mut client, 0x4000, address(PEER)), 0);
    relay.take();

    relay.indicate(&client, address(PEER), b"data");
    let sent = Action::ToPeer {
        port: relayed.port(),
        peer: address(PEER),
        bytes: b"data".to_vec(),
        dont_fragment: false,
    };
    assert_eq!(relay.take(), [Action::Count(Counter::Forwarded), sent]);
}

#[test]
fn a_dual_allocation_has_both_addresses_on_one_port() {
    let mut relay = relay();
    let mut client = client(&mut relay);
    let answer = relay.ask_for(&mut client, AttributeKind::AdditionalAddressFamily, 2);
    let relayed = addresses(&answer);

    let ips: Vec<IpAddr> = relayed.iter().map(SocketAddr::ip).collect();
    assert_eq!(ips, [IpAddr::from(ADVERTISED), address(RELAYED).ip()]);
    assert_eq!(relayed[0].port(), relayed[1].port());
    assert_eq!(relay.permit(&mut client, address(PEER)), 0);
    assert_eq!(relay.permit(&mut client, address("8.8.8.8:5000")), 0);
}

#[test]
fn each_address_of_a_dual_allocation_ends_by_itself() {
    let mut relay = relay();
    let mut client = client(&mut relay);
    let answer = relay.ask_for(&mut client, AttributeKind::AdditionalAddressFamily, 2);
    let port = addresses(&answer)[0].port();
    relay.permit(&mut client, address(PEER));
    relay.permit(&mut client, address("8.8.8.8:5000"));
    let ends_ipv6 = relay
        .request(Method::Refresh)
        .attribute(AttributeKind::Lifetime, &[0; 4])
        .attribute(AttributeKind::RequestedAddressFamily, &[2, 0, 0, 0]);
    relay.take();

    assert_eq!(relay.ask(&mut client, ends_ipv6.clone()).code, 0);
    let family = Family::Ipv6;
    assert_eq!(relay.take()[0], Action::ClosePort { port, family });
    assert_eq!(relay.ask(&mut client, ends_ipv6).code, 443);
    assert_eq!(relay.permit(&mut client, address(PEER)), 443);
    relay.take();
    relay.indicate(&client, address(PEER), b"data");
    assert_eq!(relay.take(), [Action::Count(Counter::NoPermission)]);
    relay.indicate(&client, address("8.8.8.8:5000"), b"data");
    assert_eq!(relay.take()[0], Action::Count(Counter::Forwarded));
}

#[test]
fn a_relay_without_ipv6_says_so_and_still_gives_the_ipv4_address() {
    let mut relay = Relay::new();
    let mut client = client(&mut relay);
    let answer = relay.ask_for(&mut client, AttributeKind::AdditionalAddressFamily, 2);

    assert_eq!(answer.code, 0);
    assert_eq!(addresses(&answer).len(), 1);
    assert_eq!(answer.value(AttributeKind::AddressErrorCode), [2, 0, 4, 40]);
}

#[test]
fn families_that_do_not_exist_and_an_additional_ipv4_are_refused() {
    for (kind, number, code) in [
        (AttributeKind::RequestedAddressFamily, 3, 440),
        (AttributeKind::AdditionalAddressFamily, 1, 400),
        (AttributeKind::AdditionalAddressFamily, 3, 400),
    ] {
        let mut relay = relay();
        let mut client = client(&mut relay);

        assert_eq!(relay.ask_for(&mut client, kind, number).code, code);
    }
}

#[test]
fn relayed_ipv6_addresses_of_one_session_reach_each_other_without_a_socket() {
    let mut relay = relay();
    let mut one = client(&mut relay);
    let mut two = relay.grant(&session(1), Side::Viewer, udp(2));
    relay.ask_for(&mut one, AttributeKind::RequestedAddressFamily, 2);
    let answer = relay.ask_for(&mut two, AttributeKind::AdditionalAddressFamily, 2);
    let at_two = addresses(&answer)[1];
    assert_eq!(relay.permit(&mut one, at_two), 0);
    assert_eq!(relay.permit(&mut two, address(RELAYED)), 0);
    relay.take();

    relay.indicate(&one, at_two, b"hi");

    let received = two.received(&mut relay);
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].0.ip(), address(RELAYED).ip());
    assert_eq!(received[0].1, b"hi");
}

#[test]
fn icmp_errors_that_mean_something_to_a_client_are_handed_on_and_others_are_not() {
    let rows = [
        ("8.8.8.8:5000", [3, 3, 0], true),
        ("8.8.8.8:5000", [11, 0, 0], true),
        ("8.8.8.8:5000", [12, 0, 0], true),
        ("8.8.8.8:5000", [5, 1, 0], false),
        (PEER, [1, 4, 0], true),
        (PEER, [2, 0, 1280], true),
        (PEER, [3, 0, 0], true),
        (PEER, [4, 1, 0], true),
        (PEER, [137, 0, 0], false),
        ("8.8.4.4:5000", [3, 3, 0], false),
    ];
    for (peer, [icmp_type, code, data], is_told) in rows {
        let mut relay = relay();
        let mut client = client(&mut relay);
        let answer = relay.ask_for(&mut client, AttributeKind::AdditionalAddressFamily, 2);
        relay.permit(&mut client, address(PEER));
        relay.permit(&mut client, address("8.8.8.8:5000"));
        relay.take();

        relay.input(Input::PeerFailed {
            port: addresses(&answer)[0].port(),
            peer: address(peer),
            error: PeerError {
                icmp_type: u8::try_from(icmp_type).unwrap(),
                code: u8::try_from(code).unwrap(),
                data,
            },
        });

        let told = relay
            .take()
            .iter()
            .find_map(|action| told(action, client.at));
        let [_, _, high, low] = data.to_be_bytes();
        let [icmp_type, code] = [icmp_type, code].map(|number| number.to_be_bytes()[3]);
        let value = vec![0, 0, icmp_type, code, 0, 0, high, low];
        assert_eq!(told, is_told.then(|| (address(peer), value)), "{peer}");
    }
}

/// Peer and value of an ICMP attribute.
fn told(action: &Action, client: FiveTuple) -> Option<(SocketAddr, Vec<u8>)> {
    let Action::ToClient { to, bytes, .. } = action else {
        return None;
    };
    let message = Message::read(bytes).unwrap();
    let peer = message.attribute(AttributeKind::XorPeerAddress)?;
    let peer = read_xor_address(peer, message.transaction())?;
    let value = message.attribute(AttributeKind::Icmp)?.to_vec();
    (*to == client && message.attribute(AttributeKind::Data).is_none()).then_some((peer, value))
}

fn addresses(answer: &Answer) -> Vec<SocketAddr> {
    let message = Message::read(&answer.bytes).unwrap();
    message
        .values(AttributeKind::XorRelayedAddress)
        .map(|value| read_xor_address(value, message.transaction()).unwrap())
        .collect()
}

fn relay() -> Relay {
    let IpAddr::V6(relayed) = address(RELAYED).ip() else {
        panic!("an IPv6 address");
    };
    Relay::with(|settings| settings.advertised_ipv6 = Some(relayed))
}

fn client(relay: &mut Relay) -> Client {
    let addresses = vec![address(PEER).ip(), address("8.8.8.8:5000").ip()];
    relay.command(Command::Candidates {
        session: session(1),
        side: Side::Viewer,
        addresses,
    });
    relay.grant(&session(1), Side::Sharer, udp(1))
}

impl Relay {
    fn ask_for(&mut self, client: &mut Client, kind: AttributeKind, family: u8) -> Answer {
        let request: Writer = self
            .request(Method::Allocate)
            .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0])
            .attribute(kind, &[family, 0, 0, 0]);
        self.ask(client, request)
    }
}

const RELAYED: &str = "[2a00:1450::1]:0";
const PEER: &str = "[2a00:1450::8]:5000";
