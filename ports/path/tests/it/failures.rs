//! Ends that do not reach each other, and what they tell about it.

use crate::end::{End, negotiate};
use crate::relay_server::{Entrance, PASSWORD, RelayServer, access, trust};
use hopsight_evidence::{IcmpKind, PathEvent, Transport, TurnMethod};
use hopsight_path::{Media, PathOutput};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

/// Lets `end` believe that the other end is at `address`.
async fn point_to(end: &End, address: SocketAddr) {
    let other = End::open(Media::Receive, None).await;
    let offer = end.path.offer().await.unwrap();
    let answer = other.path.answer(&offer).await.unwrap();
    let is_candidate = |line: &&str| line.starts_with("a=candidate:");
    let mut lines: Vec<&str> = answer.lines().filter(|line| !is_candidate(line)).collect();
    let candidate = format!(
        "a=candidate:1 1 udp 2130706175 {} {} typ host",
        address.ip(),
        address.port()
    );
    lines.push(&candidate);
    end.path.accept_answer(&lines.join("\r\n")).await.unwrap();
}

fn closed_udp_port() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

#[tokio::test]
async fn a_closed_port_is_told_with_its_offender_and_the_check_that_met_it() {
    let mut end = End::open(Media::Send, None).await;
    let closed = closed_udp_port();
    point_to(&end, closed).await;

    let (offender, kind, transaction) = end
        .event("ICMP error", |event| match event {
            PathEvent::IcmpError {
                destination,
                offender,
                kind,
                transaction: Some(transaction),
                ..
            } if *destination == closed => Some((*offender, *kind, *transaction)),
            _ => None,
        })
        .await;

    assert_eq!(offender, IpAddr::from([127, 0, 0, 1]));
    assert_eq!(kind, IcmpKind::PortUnreachable);
    let is_check = |event: &PathEvent| {
        matches!(event, PathEvent::CheckSent { transaction: sent, pair, .. }
            if *sent == transaction && pair.remote == closed)
    };
    assert!(end.has_event(is_check));
}

#[tokio::test]
async fn a_send_that_the_system_refuses_is_told_with_its_errno() {
    let mut end = End::open(Media::Send, None).await;
    // The broadcast address of the loopback network: not allowed, never sent.
    let refused = SocketAddr::from(([127, 255, 255, 255], 9));
    point_to(&end, refused).await;

    let errno = end
        .event("refused send", |event| match event {
            PathEvent::SendFailed {
                destination, errno, ..
            } if *destination == refused => Some(*errno),
            _ => None,
        })
        .await;

    assert_eq!(errno, nix::libc::EACCES);
}

#[tokio::test]
async fn a_wrong_password_for_the_relay_ends_the_attempt_at_the_second_401() {
    for entrance in [Entrance::Udp, Entrance::Tcp, Entrance::Tls] {
        let relay = RelayServer::start(entrance).await;
        let mut end = End::open(Media::Send, Some(relay.access("guessed"))).await;

        let offer = end.path.offer().await.unwrap();

        assert!(offer.contains("a=end-of-candidates"), "{offer}");
        let is_401 = |event: &PathEvent| {
            let method = TurnMethod::Allocate;
            matches!(event, PathEvent::TurnAnswered { method: of, code: Some(401), .. }
                if *of == method)
        };
        end.event("401", |event| is_401(event).then_some(())).await;
        end.path.close().await;
        end.until("end", |output| {
            matches!(output, PathOutput::Closed { .. }).then_some(())
        })
        .await;
        assert_eq!(end.count_events(is_401), 2);
    }
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_told_for_each_transport() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (tls, _) = trust();
    let urls = ["turn:{}?transport=udp", "turn:{}?transport=tcp", "turns:{}"]
        .map(|url| url.replace("{}", &closed.to_string()));
    let mut end = End::open(Media::Send, Some(access(urls.to_vec(), PASSWORD, &tls))).await;

    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        let server = end
            .event("unreachable relay", |event| match event {
                PathEvent::TurnUnreachable {
                    server,
                    transport: by,
                    ..
                } if *by == transport => Some(*server),
                _ => None,
            })
            .await;
        assert_eq!(server, closed);
    }
}

#[tokio::test]
async fn a_relay_with_an_unknown_certificate_is_not_used() {
    let relay = RelayServer::start(Entrance::Tls).await;
    let (somebody_else, _) = trust();
    let relays = access(vec![relay.url.clone()], PASSWORD, &somebody_else);
    let mut end = End::open(Media::Send, Some(relays)).await;

    let text = end
        .event("unreachable relay", |event| match event {
            PathEvent::TurnUnreachable { text, .. } => Some(text.clone()),
            _ => None,
        })
        .await;

    assert!(text.contains("certificate"), "{text}");
}

#[tokio::test]
async fn a_silent_relay_is_given_up_after_five_seconds_and_does_not_hold_the_offer_back() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = silent.local_addr().unwrap();
    let (tls, _) = trust();
    let urls = vec![format!("turn:{server}?transport=udp")];
    let mut end = End::open(Media::Send, Some(access(urls, PASSWORD, &tls))).await;
    let mut viewer = End::open(Media::Receive, None).await;

    negotiate(&end, &viewer).await;
    viewer
        .until("connection", |output| {
            matches!(output, PathOutput::Connected(_)).then_some(())
        })
        .await;

    let waited = end
        .event("silence", |event| match event {
            PathEvent::TurnSilent { waited, .. } => Some(*waited),
            _ => None,
        })
        .await;
    assert_eq!(waited, Duration::from_secs(5));
    end.until("last candidates", |output| match output {
        PathOutput::Trickle(body) => body.contains("a=end-of-candidates").then_some(()),
        _ => None,
    })
    .await;
}
