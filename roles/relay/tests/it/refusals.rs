//! What is refused, and how streams that are no TURN end.

use super::Scene;
use super::client::Told;
use hopsight_evidence::{Observation, Side, Transport};
use hopsight_turn::Command;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;

#[tokio::test]
async fn a_private_peer_is_forbidden_and_reported() {
    let mut scene = Scene::new().await;
    let mut sharer = scene.udp(Side::Sharer).await;
    sharer.allocated().await;
    scene.observation().await;
    let peer = IpAddr::from([10, 0, 0, 1]);
    let _done = scene.relay.command(Command::Candidates {
        session: scene.session.clone(),
        side: Side::Viewer,
        addresses: vec![peer],
    });

    assert_eq!(sharer.permit(peer).await, Told::Forbidden(peer));
    assert_eq!(
        scene.observation().await,
        Observation::RelayRefused {
            side: Side::Sharer,
            peer,
            because: "it is a private address outside relay.peer_networks".to_owned(),
        }
    );
}

#[tokio::test]
async fn nothing_reaches_a_service_on_the_relays_own_loopback() {
    let scene = Scene::new().await;
    let canary = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let service = canary.local_addr().unwrap();
    let _done = scene.relay.command(Command::Candidates {
        session: scene.session.clone(),
        side: Side::Viewer,
        addresses: vec![service.ip()],
    });
    let mut sharer = scene.udp(Side::Sharer).await;
    let at_sharer = sharer.allocated().await;
    // The address is that of the session's own relayed address, so the
    // permission is given; the port is not one of the session's.
    assert_eq!(
        sharer.permit(service.ip()).await,
        Told::Permitted(service.ip())
    );
    sharer.send(service, b"let me in").await;
    sharer.send(at_sharer, b"to myself").await;
    assert_eq!(
        sharer.told().await,
        Told::Data(at_sharer, b"to myself".to_vec())
    );

    assert_eq!(scene.relay.counts()["forbidden"], 1);
    assert_eq!(
        canary.try_recv(&mut [0; 16]).unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
}

#[tokio::test]
async fn a_stranger_on_the_wire_does_not_reach_the_client() {
    let scene = Scene::new().await;
    let mut sharer = scene.udp(Side::Sharer).await;
    let at_sharer = sharer.allocated().await;
    let stranger = UdpSocket::bind("127.0.0.2:0").await.unwrap();
    stranger.send_to(b"hello", at_sharer).await.unwrap();
    sharer.permit(at_sharer.ip()).await;
    sharer.send(at_sharer, b"mine").await;

    assert_eq!(sharer.told().await, Told::Data(at_sharer, b"mine".to_vec()));
}

#[tokio::test]
async fn a_stream_of_something_else_is_closed() {
    let scene = Scene::new().await;
    let (mut client, server) = tokio::io::duplex(1024);
    scene
        .relay
        .serve_stream(server, address(1), address(2), Transport::Tls);
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();

    assert_eq!(answer, Vec::<u8>::new());
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_without_an_allocation_is_closed() {
    let scene = Scene::new().await;
    let (mut client, server) = tokio::io::duplex(1024);
    scene
        .relay
        .serve_stream(server, address(1), address(2), Transport::Tcp);
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();

    assert_eq!(answer, Vec::<u8>::new());
}

fn address(host: u8) -> SocketAddr {
    ([192, 0, 2, host], 443).into()
}
