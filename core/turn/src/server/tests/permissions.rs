//! CreatePermission and ChannelBind: which peers a session may have.

use super::harness::*;
use crate::message::{AttributeKind, Method};
use crate::values::{Action, Counter, Input};
use hopsight_evidence::{Observation, Side};
use std::net::{IpAddr, SocketAddr};

#[test]
fn candidates_and_the_sessions_own_clients_are_permitted_and_nobody_else() {
    let mut relay = Relay::new();
    let ((mut sharer, _), (viewer, at_viewer)) = relay.pair();
    relay.candidates(
        &session(1),
        &[[8, 8, 8, 8], [192, 168, 7, 7], [192, 168, 8, 8]],
    );

    let rows = [
        (address("8.8.8.8:5000"), 0),
        (address("192.168.7.7:5000"), 0),
        (address("192.168.8.8:5000"), 403),
        (address("8.8.4.4:5000"), 403),
        (viewer.at.client, 0),
        (at_viewer, 0),
        (address("[2001:4860::8888]:5000"), 443),
        (address("[::ffff:8.8.8.8]:5000"), 443),
        (address("[::ffff:127.0.0.1]:5000"), 403),
        (address("127.0.0.1:5000"), 403),
    ];
    for (row, (peer, code)) in rows.into_iter().enumerate() {
        assert_eq!(relay.permit(&mut sharer, peer), code, "{peer}");
        let number = 0x4000 + u16::try_from(row).unwrap();
        assert_eq!(relay.bind(&mut sharer, number, peer), code, "{peer}");
    }
}

#[test]
fn what_is_never_a_peer_stays_refused_though_a_candidate_names_it() {
    let mut relay = Relay::new();
    let ((mut sharer, _), _) = relay.pair();
    let denied = [
        [127, 0, 0, 1],
        [169, 254, 169, 254],
        [100, 100, 100, 200],
        [0, 0, 0, 0],
        [224, 0, 0, 1],
        [255, 255, 255, 255],
        [10, 0, 0, 1],
    ];
    relay.candidates(&session(1), &denied);

    for bytes in denied {
        assert_eq!(relay.permit(&mut sharer, (bytes, 5000).into()), 403);
        let request = relay
            .request(Method::ChannelBind)
            .attribute(AttributeKind::ChannelNumber, &[0x40, 1, 0, 0])
            .address(AttributeKind::XorPeerAddress, (bytes, 5000).into());
        assert_eq!(relay.ask(&mut sharer, request).code, 403);
        relay.take();
        relay.indicate(&sharer, (bytes, 5000).into(), b"data");
        assert_eq!(relay.take(), [Action::Count(Counter::NoPermission)]);
    }
}

#[test]
fn a_refusal_says_why_and_is_reported_once() {
    let mut relay = Relay::new();
    let ((mut sharer, _), _) = relay.pair();
    relay.take();
    let request = relay
        .request(Method::CreatePermission)
        .address(AttributeKind::XorPeerAddress, address("10.0.0.1:5000"));
    let answer = relay.ask(&mut sharer, request);
    relay.permit(&mut sharer, address("10.0.0.1:5000"));

    let reason = "it is a private address outside relay.peer_networks";
    let phrase = String::from_utf8(answer.value(AttributeKind::ErrorCode)[4..].to_vec());
    assert_eq!(phrase, Ok(format!("Forbidden: {reason}")));
    assert_eq!(
        relay.observations(),
        [Observation::RelayRefused {
            side: Side::Sharer,
            peer: IpAddr::from([10, 0, 0, 1]),
            because: reason.to_owned(),
        }]
    );
}

#[test]
fn of_several_peers_all_are_permitted_or_none() {
    let mut relay = Relay::new();
    let ((mut sharer, _), (viewer, _)) = relay.pair();
    let request = relay
        .request(Method::CreatePermission)
        .address(AttributeKind::XorPeerAddress, viewer.at.client)
        .address(AttributeKind::XorPeerAddress, address("127.0.0.1:1"));

    assert_eq!(relay.ask(&mut sharer, request).code, 403);
    relay.take();
    relay.indicate(&sharer, viewer.at.client, b"data");
    assert_eq!(relay.take(), [Action::Count(Counter::NoPermission)]);
}

#[test]
fn a_request_without_a_sound_peer_or_number_is_a_bad_request() {
    let mut relay = Relay::new();
    let ((mut sharer, _), (viewer, _)) = relay.pair();
    let none = relay.request(Method::CreatePermission);
    let broken = relay
        .request(Method::CreatePermission)
        .attribute(AttributeKind::XorPeerAddress, &[0, 1, 2]);

    assert_eq!(relay.ask(&mut sharer, none).code, 400);
    assert_eq!(relay.ask(&mut sharer, broken).code, 400);
    assert_eq!(relay.bind(&mut sharer, 0x3FFF, viewer.at.client), 400);
    assert_eq!(relay.bind(&mut sharer, 0x5000, viewer.at.client), 400);
}

#[test]
fn a_channel_stays_with_its_peer_and_a_peer_with_its_channel() {
    let mut relay = Relay::new();
    let ((mut sharer, _), (viewer, _)) = relay.pair();
    let one = viewer.at.client;
    let two = SocketAddr::new(one.ip(), 41_000);

    assert_eq!(relay.bind(&mut sharer, 0x4000, one), 0);
    assert_eq!(relay.bind(&mut sharer, 0x4000, one), 0);
    assert_eq!(relay.bind(&mut sharer, 0x4000, two), 400);
    assert_eq!(relay.bind(&mut sharer, 0x4001, one), 400);
    assert_eq!(relay.bind(&mut sharer, 0x4001, two), 0);
}

#[test]
fn a_permission_ends_after_five_minutes_not_before() {
    let mut relay = Relay::new();
    let ((mut sharer, at_sharer), (viewer, _)) = relay.pair();
    let peer = viewer.at.client;
    relay.permit(&mut sharer, peer);
    let inbound = Input::FromPeer {
        port: at_sharer.port(),
        peer,
        bytes: b"hello",
    };

    relay.take();
    relay.seconds = 299;
    relay.input(inbound);
    assert_eq!(sharer.received(&mut relay), [(peer, b"hello".to_vec())]);

    relay.seconds = 300;
    relay.input(inbound);
    relay.indicate(&sharer, peer, b"data");
    assert_eq!(
        relay.take(),
        [
            Action::Count(Counter::NoPermission),
            Action::Count(Counter::NoPermission)
        ]
    );
}

#[test]
fn a_channel_ends_after_ten_minutes_and_its_number_is_free_again() {
    let mut relay = Relay::new();
    let ((mut sharer, _), (viewer, _)) = relay.pair();
    let one = viewer.at.client;
    let two = SocketAddr::new(one.ip(), 41_000);
    relay.refresh(&mut sharer, 3600);
    relay.bind(&mut sharer, 0x4000, one);

    relay.seconds = 599;
    assert_eq!(relay.bind(&mut sharer, 0x4000, two), 400);
    relay.seconds = 600;
    sharer.nonce.clear();
    assert_eq!(relay.bind(&mut sharer, 0x4000, two), 0);
}

#[test]
fn nobody_reaches_by_the_relay_what_they_named_themselves() {
    let mut relay = Relay::new();
    let ((mut sharer, _), (mut viewer, _)) = relay.pair();
    let named = [8, 8, 8, 8];
    relay.candidates_of(&session(1), Side::Viewer, &[named]);

    assert_eq!(relay.permit(&mut viewer, (named, 53).into()), 403);
    assert_eq!(relay.permit(&mut sharer, (named, 53).into()), 0);
}

#[test]
fn an_allocation_holds_64_permissions() {
    let mut relay = Relay::new();
    let ((mut sharer, _), _) = relay.pair();
    let peers: Vec<[u8; 4]> = (0..65).map(|host| [8, 8, 8, host]).collect();
    relay.candidates(&session(1), &peers);
    let codes: Vec<u16> = peers
        .iter()
        .map(|peer| relay.permit(&mut sharer, (*peer, 1).into()))
        .collect();

    assert_eq!(codes[..64], [0; 64]);
    assert_eq!(codes[64], 508);
}
