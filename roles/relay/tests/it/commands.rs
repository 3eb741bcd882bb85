//! What the front end can do to a running relay.

use super::Scene;
use super::client::Told;
use hopsight_evidence::Side;
use hopsight_turn::{Command, Reply};
use tokio::net::UdpSocket;

#[tokio::test]
async fn revoking_a_session_closes_its_streams_and_ports() {
    let scene = Scene::new().await;
    let mut sharer = scene.tcp(Side::Sharer).await;
    let relayed = sharer.allocated().await;
    assert!(UdpSocket::bind(relayed).await.is_err());
    let session = scene.session.clone();

    assert_eq!(
        scene.relay.command(Command::Revoke { session }),
        Reply::Done
    );
    assert_eq!(sharer.told().await, Told::Closed);
    assert_eq!(scene.relay.counts()["allocation-closed"], 1);
    assert!(UdpSocket::bind(relayed).await.is_ok());
}

#[tokio::test]
async fn a_stopped_relay_leaves_no_port_open() {
    let scene = Scene::new().await;
    let mut sharer = scene.udp(Side::Sharer).await;
    let relayed = sharer.allocated().await;
    let listener = scene.relay.listeners()[0];
    scene.relay.stop().await;

    assert!(UdpSocket::bind(relayed).await.is_ok());
    drop(scene);
    assert!(UdpSocket::bind(listener).await.is_ok());
}
