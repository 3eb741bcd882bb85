//! What the relay sees of the way to its clients.

use super::Scene;
use hopsight_evidence::{Observation, Side, Transport};
use hopsight_turn::{Command, Reply};
use tokio::net::UdpSocket;

#[tokio::test]
async fn the_way_to_a_client_is_looked_at_from_the_port_that_it_asked() {
    let mut scene = Scene::new().await;
    let mut sharer = scene.udp(Side::Sharer).await;
    sharer.allocated().await;
    let Observation::RelayServes {
        client, transport, ..
    } = scene.observation().await
    else {
        panic!("an allocation is told first");
    };
    assert_eq!(transport, Transport::Udp);
    let session = scene.session.clone();
    let heard = Vec::new();

    let begun = scene.relay.command(Command::Trace { session, heard });

    assert_eq!(begun, Reply::Done);
    let expected = Observation::Trace {
        destination: client,
        highest: 10,
        hops: Vec::new(),
    };
    assert_eq!(scene.observation().await, expected);
}

#[tokio::test]
async fn a_client_whose_port_closed_costs_the_next_one_no_datagram() {
    let scene = Scene::new().await;
    let relay = scene.relay.listeners()[0];
    let binding = [
        0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ];
    for _ in 0..20 {
        let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        gone.send_to(&binding, relay).await.unwrap();
        drop(gone);
        let stays = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        stays.send_to(&binding, relay).await.unwrap();
        let mut answer = [0; 128];
        stays.recv_from(&mut answer).await.unwrap();
    }
}
