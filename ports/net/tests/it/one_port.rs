//! What arrives on the one port is what it is, by announcement or by its first
//! bytes, and nothing of it is lost.

use crate::house::House;
use hopsight_evidence::Transport;
use hopsight_net::tls::client_config;
use hopsight_net::{AcceptLimits, AcceptedKind, Alpn, Counts, OnePortSettings};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HTTP: &[u8] = b"GET /about HTTP/1.1\r\nHost: localhost\r\n\r\n";
const SIP: &[u8] = b"\r\n\r\nOPTIONS sip:localhost SIP/2.0\r\nContent-Length: 0\r\n\r\n";
const STUN: &[u8] = b"\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl";

#[tokio::test]
async fn what_comes_inside_tls_is_sorted_with_and_without_an_announcement() {
    let mut house = House::open(OnePortSettings::default());
    let tls = AcceptedKind::Turn(Transport::Tls);
    let table = [
        (Some(Alpn::Http), HTTP, AcceptedKind::Http),
        (Some(Alpn::Sip), SIP, AcceptedKind::Sip),
        (Some(Alpn::Turn), STUN, tls),
        (None, HTTP, AcceptedKind::Http),
        (None, SIP, AcceptedKind::Sip),
        (None, STUN, tls),
    ];
    for (protocol, first_bytes, expected) in table {
        let config = client_config(&house.trust(), protocol).unwrap();
        let mut client = house.connect(config).await;
        client.write_all(first_bytes).await.unwrap();

        let mut accepted = house.accept().await;

        let mut got = vec![0; first_bytes.len()];
        accepted.stream.read_exact(&mut got).await.unwrap();
        let sorted = (accepted.kind, got.as_slice());
        assert_eq!(sorted, (expected, first_bytes), "{protocol:?}");
        let ends = (accepted.local, accepted.remote);
        let client_end = client.get_ref().0.local_addr().unwrap();
        assert_eq!(ends, (house.address, client_end));
        accepted.stream.write_all(b"answer").await.unwrap();
        accepted.stream.flush().await.unwrap();
        let mut answer = [0; 6];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"answer");
    }
    let counts = Counts {
        http: 2,
        sip: 2,
        turn: 2,
        ..Counts::default()
    };
    assert_eq!(house.port.counts(), counts);
}

#[tokio::test]
async fn plain_stun_over_tcp_needs_no_tls() {
    let mut house = House::open(OnePortSettings::default());
    let mut client = TcpStream::connect(house.address).await.unwrap();
    client.write_all(STUN).await.unwrap();

    let mut accepted = house.accept().await;

    let mut got = vec![0; STUN.len()];
    accepted.stream.read_exact(&mut got).await.unwrap();
    let expected = AcceptedKind::Turn(Transport::Tcp);
    assert_eq!((accepted.kind, got.as_slice()), (expected, STUN));
}

#[tokio::test]
async fn garbage_is_closed_and_counted_in_the_open_and_inside_tls() {
    let house = House::open(OnePortSettings::default());
    let mut open = TcpStream::connect(house.address).await.unwrap();
    open.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").await.unwrap();
    assert_eq!(until_closed(&mut open).await, b"");

    let config = client_config(&house.trust(), None).unwrap();
    let mut inside = house.connect(config).await;
    inside.write_all(b"EHLO mail.example\r\n").await.unwrap();
    assert_eq!(until_closed(&mut inside).await, b"");

    let counts = Counts {
        unknown: 2,
        ..Counts::default()
    };
    assert_eq!(house.port.counts(), counts);
}

#[tokio::test]
async fn a_broken_handshake_and_a_client_that_leaves_are_counted() {
    let house = House::open(OnePortSettings::default());
    let mut broken = TcpStream::connect(house.address).await.unwrap();
    broken.write_all(&[0x16; 64]).await.unwrap();
    until_closed(&mut broken).await;
    let mut gone = TcpStream::connect(house.address).await.unwrap();
    gone.shutdown().await.unwrap();
    until_closed(&mut gone).await;

    let counts = Counts {
        gone: 1,
        handshake_failed: 1,
        ..Counts::default()
    };
    assert_eq!(house.port.counts(), counts);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_closed_after_10_s() {
    let house = House::open(OnePortSettings::default());
    let start = tokio::time::Instant::now();
    let mut silent = TcpStream::connect(house.address).await.unwrap();

    until_closed(&mut silent).await;

    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(house.port.counts().too_slow, 1);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_go_on_is_closed_after_5_s() {
    let house = House::open(OnePortSettings::default());
    let mut slow = TcpStream::connect(house.address).await.unwrap();
    slow.write_all(&[0x16, 0x03, 0x01]).await.unwrap();
    let start = tokio::time::Instant::now();

    until_closed(&mut slow).await;

    assert_eq!(start.elapsed().as_secs(), 5);
    assert_eq!(house.port.counts().too_slow, 1);
}

#[tokio::test]
async fn one_address_too_many_is_refused_until_a_place_is_free() {
    let limits = AcceptLimits {
        total: 10,
        per_address: 1,
    };
    let mut house = House::open(OnePortSettings {
        limits,
        ..OnePortSettings::default()
    });
    let mut first = TcpStream::connect(house.address).await.unwrap();
    first.write_all(STUN).await.unwrap();
    let accepted = house.accept().await;

    let mut second = TcpStream::connect(house.address).await.unwrap();
    until_closed(&mut second).await;
    assert_eq!(house.port.counts().refused_for_address, 1);

    drop(accepted);
    let mut third = TcpStream::connect(house.address).await.unwrap();
    third.write_all(STUN).await.unwrap();
    house.accept().await;
}

#[tokio::test]
async fn a_stop_closes_what_is_not_sorted_and_ends_the_port() {
    let mut house = House::open(OnePortSettings {
        first_bytes: Duration::from_secs(3600),
        ..OnePortSettings::default()
    });
    let mut waiting = TcpStream::connect(house.address).await.unwrap();

    house.stopper.stop();

    assert!(house.port.accept().await.is_none());
    house.stopper.stopped().await;
    until_closed(&mut waiting).await;
    TcpStream::connect(house.address).await.unwrap_err();
}

/// Reads to the end; a reset is an end too.
async fn until_closed(stream: &mut (impl AsyncReadExt + Unpin)) -> Vec<u8> {
    let mut got = Vec::new();
    let _reset = stream.read_to_end(&mut got).await;
    got
}
