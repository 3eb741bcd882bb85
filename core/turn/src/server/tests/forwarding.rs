//! Data on its way.

use super::harness::*;
use crate::control::{Command, PeerTraffic, Reply, Traffic};
use crate::message::{AttributeKind, Message};
use crate::values::{Action, Counter, Delivery, Input, PeerError};
use hopsight_evidence::{Side, Transport};
use std::net::SocketAddr;

#[test]
fn data_goes_out_of_the_relayed_port_and_comes_back_as_an_indication() {
    let mut relay = Relay::new();
    let ((mut sharer, at_sharer), (viewer, _)) = relay.pair();
    let peer = viewer.at.client;
    relay.permit(&mut sharer, peer);
    relay.take();

    relay.indicate(&sharer, peer, b"there");
    assert_eq!(
        relay.take(),
        [
            Action::Count(Counter::Forwarded),
            Action::ToPeer {
                port: at_sharer.port(),
                peer,
                bytes: b"there".to_vec(),
                dont_fragment: false,
            }
        ]
    );

    relay.input(Input::FromPeer {
        port: at_sharer.port(),
        peer,
        bytes: b"back",
    });
    assert_eq!(sharer.received(&mut relay), [(peer, b"back".to_vec())]);
}

#[test]
fn a_channel_carries_data_both_ways_and_is_padded_on_a_stream() {
    for (transport, padding) in [
        (Transport::Udp, 0),
        (Transport::Tcp, 3),
        (Transport::Tls, 3),
    ] {
        let mut relay = Relay::new();
        let mut client = relay.grant(&session(1), Side::Sharer, at(transport, 1));
        let relayed = relay.allocate(&mut client);
        let peer = address("9.9.1.9:7000");
        relay.candidates_of(&session(1), Side::Viewer, &[[9, 9, 1, 9]]);
        assert_eq!(relay.bind(&mut client, 0x4ABC, peer), 0);
        relay.take();

        relay.send(client.at, &[0x4A, 0xBC, 0, 2, 7, 8, 0, 0]);
        assert_eq!(
            relay.take()[1],
            Action::ToPeer {
                port: relayed.port(),
                peer,
                bytes: vec![7, 8],
                dont_fragment: false,
            }
        );

        relay.input(Input::FromPeer {
            port: relayed.port(),
            peer,
            bytes: &[1, 2, 3, 4, 5],
        });
        let mut bytes = vec![0x4A, 0xBC, 0, 5, 1, 2, 3, 4, 5];
        bytes.extend(vec![0; padding]);
        assert_eq!(
            relay.take()[1],
            Action::ToClient {
                to: client.at,
                bytes,
                delivery: Delivery::Datagram,
            }
        );
    }
}

#[test]
fn relayed_addresses_of_one_session_reach_each_other_without_a_socket() {
    let mut relay = Relay::with(|settings| settings.advertised = [127, 0, 0, 1].into());
    let ((mut sharer, at_sharer), (mut viewer, at_viewer)) = relay.pair();
    assert_eq!(relay.permit(&mut sharer, at_viewer), 0);
    relay.take();

    relay.indicate(&sharer, at_viewer, b"too early");
    assert_eq!(
        relay.take(),
        [
            Action::Count(Counter::Forwarded),
            Action::Count(Counter::NoPermission)
        ]
    );

    assert_eq!(relay.bind(&mut viewer, 0x4000, at_sharer), 0);
    relay.take();
    relay.indicate(&sharer, at_viewer, b"hi");
    assert_eq!(
        relay.take(),
        [
            Action::Count(Counter::Forwarded),
            Action::Count(Counter::Returned),
            Action::ToClient {
                to: viewer.at,
                bytes: vec![0x40, 0, 0, 2, b'h', b'i'],
                delivery: Delivery::Datagram,
            }
        ]
    );
}

#[test]
fn relayed_addresses_of_other_sessions_and_own_services_are_out_of_reach() {
    let mut relay = Relay::new();
    let ((mut sharer, _), _) = relay.pair();
    let mut stranger = relay.grant(&session(2), Side::Sharer, udp(3));
    let at_stranger = relay.allocate(&mut stranger);
    relay.candidates(&session(1), &[ADVERTISED]);
    assert_eq!(relay.permit(&mut sharer, at_stranger), 0);
    assert_eq!(relay.bind(&mut sharer, 0x4000, at_stranger), 403);
    relay.take();

    for port in [at_stranger.port(), 3478, 53, 0] {
        relay.indicate(&sharer, (ADVERTISED, port).into(), b"data");
        assert_eq!(relay.take(), [Action::Count(Counter::Forbidden)], "{port}");
    }
}

#[test]
fn strangers_do_not_reach_a_client() {
    let mut relay = Relay::new();
    let ((mut sharer, at_sharer), (viewer, _)) = relay.pair();
    relay.permit(&mut sharer, viewer.at.client);
    relay.take();
    for (port, peer, counter) in [
        (at_sharer.port(), "8.8.8.8:53", Counter::NoPermission),
        (at_sharer.port(), "[2001:db8::1]:53", Counter::NoPermission),
        (40_000, "8.8.8.8:53", Counter::NoAllocation),
    ] {
        relay.input(Input::FromPeer {
            port,
            peer: address(peer),
            bytes: b"data",
        });
        assert_eq!(relay.take(), [Action::Count(counter)]);
    }
}

#[test]
fn an_icmp_error_of_a_permitted_peer_reaches_the_client() {
    let mut relay = Relay::new();
    let ((mut sharer, at_sharer), (viewer, _)) = relay.pair();
    let peer = viewer.at.client;
    let failed = |peer: SocketAddr| Input::PeerFailed {
        port: at_sharer.port(),
        peer,
        error: PeerError {
            icmp_type: 3,
            code: 4,
            data: 1400,
        },
    };
    relay.permit(&mut sharer, peer);
    relay.take();

    relay.input(failed(address("8.8.8.8:1")));
    assert_eq!(relay.take(), [Action::Count(Counter::NoPermission)]);

    relay.input(failed(peer));
    let actions = relay.take();
    let [Action::ToClient { bytes, .. }] = actions.as_slice() else {
        panic!("one indication: {actions:?}");
    };
    let message = Message::read(bytes).unwrap();
    assert_eq!(
        message.attribute(AttributeKind::Icmp),
        Some(&[0, 0, 3, 4, 0, 0, 5, 120][..])
    );
}

#[test]
fn what_passes_is_counted_per_side_and_peer_and_outlives_the_allocation() {
    let mut relay = Relay::new();
    let ((mut sharer, at_sharer), (mut viewer, at_viewer)) = relay.pair();
    relay.permit(&mut sharer, at_viewer);
    relay.permit(&mut viewer, at_sharer);
    relay.indicate(&sharer, at_viewer, b"four");
    relay.indicate(&sharer, at_viewer, b"six...");
    relay.refresh(&mut viewer, 0);

    let passed = Traffic {
        packets: 2,
        bytes: 10,
    };
    let entry = |side, client: &Client, relayed| PeerTraffic {
        side,
        client: client.at.client,
        transport: Transport::Udp,
        relayed,
        peer: ADVERTISED.into(),
        to_peer: Traffic::default(),
        from_peer: Traffic::default(),
    };
    assert_eq!(
        relay.command(Command::Counters {
            session: session(1)
        }),
        Reply::Counters(vec![
            PeerTraffic {
                to_peer: passed,
                ..entry(Side::Sharer, &sharer, at_sharer)
            },
            PeerTraffic {
                from_peer: passed,
                ..entry(Side::Viewer, &viewer, at_viewer)
            },
        ])
    );
}
