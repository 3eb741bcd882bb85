//! What is relayed.

use super::Scene;
use super::client::{Client, Told};
use hopsight_evidence::{Observation, Side, Transport};
use hopsight_turn::{Command, Reply};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn two_clients_over_udp_reach_each_other() {
    let scene = Scene::new().await;
    let (sharer, viewer) = (scene.udp(Side::Sharer).await, scene.udp(Side::Viewer).await);

    talk(sharer, viewer).await;
}

#[tokio::test]
async fn a_client_over_tcp_reaches_one_over_udp() {
    let scene = Scene::new().await;
    let (sharer, viewer) = (scene.tcp(Side::Sharer).await, scene.udp(Side::Viewer).await);

    talk(sharer, viewer).await;
}

#[tokio::test]
async fn two_clients_over_tcp_reach_each_other() {
    let scene = Scene::new().await;
    let (sharer, viewer) = (scene.tcp(Side::Sharer).await, scene.tcp(Side::Viewer).await);

    talk(sharer, viewer).await;
}

#[tokio::test]
async fn a_thousand_datagrams_of_all_sizes_pass_over_tcp_in_order() {
    let scene = Scene::new().await;
    let mut sharer = scene.tcp(Side::Sharer).await;
    let mut viewer = scene.tcp(Side::Viewer).await;
    let (at_sharer, at_viewer) = introduce(&mut sharer, &mut viewer).await;

    // By indication: this client does not pad ChannelData on a stream, as RFC
    // 8656, section 12.5 demands.
    for round in 0..100_usize {
        let sizes = (0..10).map(|step| round * 13 + step + 1);
        let sent: Vec<Vec<u8>> = sizes
            .map(|size| vec![size.to_le_bytes()[0]; size])
            .collect();
        for data in &sent {
            sharer.send(at_viewer, data).await;
        }
        for data in sent {
            assert_eq!(viewer.told().await, Told::Data(at_sharer, data));
        }
    }
}

#[tokio::test]
async fn the_relay_reports_whom_it_serves_and_counts_what_passed() {
    let mut scene = Scene::new().await;
    let mut sharer = scene.udp(Side::Sharer).await;
    let at_sharer = sharer.allocated().await;
    let Observation::RelayServes {
        side: Side::Sharer,
        transport: Transport::Udp,
        relayed,
        ..
    } = scene.observation().await
    else {
        panic!("the relay serves the sharer");
    };
    assert_eq!(relayed, at_sharer);

    let mut viewer = scene.udp(Side::Viewer).await;
    let at_viewer = viewer.allocated().await;
    sharer.permit(at_viewer.ip()).await;
    viewer.permit(at_sharer.ip()).await;
    sharer.send(at_viewer, b"twelve bytes").await;
    viewer.told().await;

    let session = scene.session.clone();
    let Reply::Counters(counters) = scene.relay.command(Command::Counters { session }) else {
        panic!("counters of the session");
    };
    let passed: Vec<_> = counters
        .iter()
        .map(|entry| (entry.side, entry.to_peer.bytes, entry.from_peer.bytes))
        .collect();
    assert_eq!(passed, [(Side::Sharer, 12, 0), (Side::Viewer, 0, 12)]);
    assert_eq!(scene.relay.counts()["forwarded"], 1);
    assert_eq!(scene.relay.counts()["returned"], 1);
}

/// By indication and by channel, both ways.
async fn talk(mut sharer: Client, mut viewer: Client) {
    let (at_sharer, at_viewer) = introduce(&mut sharer, &mut viewer).await;
    sharer.send(at_viewer, b"hello").await;
    assert_eq!(
        viewer.told().await,
        Told::Data(at_sharer, b"hello".to_vec())
    );
    assert_eq!(viewer.bind(at_sharer).await, Told::Bound(at_sharer));
    viewer.send(at_sharer, b"good day").await;
    assert_eq!(
        sharer.told().await,
        Told::Data(at_viewer, b"good day".to_vec())
    );
    sharer.send(at_viewer, b"").await;
    assert_eq!(viewer.told().await, Told::Data(at_sharer, Vec::new()));
}

async fn introduce(sharer: &mut Client, viewer: &mut Client) -> (SocketAddr, SocketAddr) {
    let (at_sharer, at_viewer) = (sharer.allocated().await, viewer.allocated().await);
    assert_eq!(sharer.permit(LOCALHOST).await, Told::Permitted(LOCALHOST));
    assert_eq!(viewer.permit(LOCALHOST).await, Told::Permitted(LOCALHOST));
    (at_sharer, at_viewer)
}
