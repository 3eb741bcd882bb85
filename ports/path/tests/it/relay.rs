//! Two ends that reach each other only through a relay.

use crate::direct::show;
use crate::end::End;
use crate::relay_server::{Entrance, PASSWORD, RelayServer, access};
use hopsight_evidence::{PathEvent, Transport, TurnMethod, Via};
use hopsight_path::{ChosenPath, Media, PathKind, PathOutput};
use std::net::UdpSocket;

/// The viewer learns only the sharer's relayed addresses; the sharer learns an
/// address of the viewer's host at which nobody listens.
async fn negotiate_through_relay(sharer: &End, viewer: &End) {
    let offer = sharer.path.offer().await.unwrap();
    let answer = viewer.path.answer(&without_hosts(&offer)).await.unwrap();
    let closed = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let elsewhere = format!(
        "a=candidate:1 1 udp 2130706175 127.0.0.1 {} typ host\r\n",
        closed.port()
    );
    let answer = without_hosts(&answer) + &elsewhere;
    sharer.path.accept_answer(&answer).await.unwrap();
}

fn without_hosts(description: &str) -> String {
    description
        .split_inclusive("\r\n")
        .filter(|line| !line.contains("typ host"))
        .collect()
}

fn chosen(output: &PathOutput) -> Option<ChosenPath> {
    match output {
        PathOutput::Connected(path) | PathOutput::PathChanged(path) => Some(*path),
        _ => None,
    }
}

async fn a_relayed_session(entrance: Entrance, transport: Transport) {
    let relay = RelayServer::start(entrance).await;
    let mut sharer = End::open(Media::Send, Some(relay.access(PASSWORD))).await;
    let mut viewer = End::open(Media::Receive, None).await;
    negotiate_through_relay(&sharer, &viewer).await;

    let near = sharer.until("path", chosen).await;
    let far = viewer.until("path", chosen).await;
    assert_eq!((near.kind, near.transport), (PathKind::Relay, transport));
    assert_eq!(near.pair.via, Via::Relay(transport));
    assert_eq!((far.kind, far.pair.via), (PathKind::Relay, Via::Direct));
    assert_eq!(far.pair.remote, near.pair.local);
    show(&mut sharer, &mut viewer).await;

    relay.has(1).await;
    sharer.path.close().await;
    relay.has(0).await;
    for method in [
        TurnMethod::Allocate,
        TurnMethod::CreatePermission,
        TurnMethod::ChannelBind,
        TurnMethod::Refresh,
    ] {
        sharer
            .event("granted request", |event| {
                matches!(event, PathEvent::TurnAnswered { code: None, method: of, .. }
                    if *of == method)
                .then_some(())
            })
            .await;
    }
}

#[tokio::test]
async fn a_picture_goes_through_a_relay_over_udp() {
    a_relayed_session(Entrance::Udp, Transport::Udp).await;
}

#[tokio::test]
async fn a_picture_goes_through_a_relay_over_tcp() {
    a_relayed_session(Entrance::Tcp, Transport::Tcp).await;
}

#[tokio::test]
async fn a_picture_goes_through_a_relay_over_tls() {
    a_relayed_session(Entrance::Tls, Transport::Tls).await;
}

#[tokio::test]
async fn of_three_ways_to_a_relay_udp_is_taken() {
    let (udp, tcp, tls) = (
        RelayServer::start(Entrance::Udp).await,
        RelayServer::start(Entrance::Tcp).await,
        RelayServer::start(Entrance::Tls).await,
    );
    let urls = vec![tls.url.clone(), tcp.url.clone(), udp.url.clone()];
    let relays = access(urls, PASSWORD, &tls.tls);
    let mut sharer = End::open(Media::Send, Some(relays)).await;
    for relay in [&udp, &tcp, &tls] {
        relay.has(1).await;
    }
    let mut viewer = End::open(Media::Receive, None).await;
    negotiate_through_relay(&sharer, &viewer).await;
    while let Some(PathOutput::Trickle(body)) = sharer.trickle_or_path().await {
        viewer
            .path
            .add_candidates(&without_hosts(&body))
            .await
            .unwrap();
    }

    let over_udp =
        |output: &PathOutput| chosen(output).filter(|path| path.transport == Transport::Udp);
    assert_eq!(
        sharer.until("path over udp", over_udp).await.kind,
        PathKind::Relay
    );
    assert_eq!(viewer.until("path", chosen).await.kind, PathKind::Relay);
    show(&mut sharer, &mut viewer).await;
}

#[tokio::test]
async fn dropping_the_handle_gives_the_relays_address_back() {
    let relay = RelayServer::start(Entrance::Udp).await;
    let end = End::open(Media::Send, Some(relay.access(PASSWORD))).await;
    relay.has(1).await;

    drop(end);

    relay.has(0).await;
}
