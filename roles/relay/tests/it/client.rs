//! turn-client-proto on a real socket.

use hopsight_evidence::Transport;
use hopsight_relay::RelayHandle;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use stun_proto::Instant;
use stun_proto::agent::Transmit;
use stun_proto::types::TransportType;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use turn_client_proto::api::{TurnConfig, TurnEvent, TurnPollRet, TurnRecvRet};
use turn_client_proto::client::TurnClient;
use turn_client_proto::prelude::{DelayedTransmitBuild, TurnClientApi};
use turn_client_proto::tcp::TurnClientTcp;
use turn_client_proto::types::TurnCredentials;
use turn_client_proto::udp::TurnClientUdp;

/// Somebody who allocates.
pub(crate) struct Client {
    turn: TurnClient,
    wire: Wire,
    start: std::time::Instant,
}

enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

/// What a client is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Allocated(SocketAddr),
    Permitted(IpAddr),
    Forbidden(IpAddr),
    Bound(SocketAddr),
    Data(SocketAddr, Vec<u8>),
    Closed,
}

impl Client {
    pub(crate) async fn udp(relay: SocketAddr, username: &str, password: &str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(relay).await.unwrap();
        let local = socket.local_addr().unwrap();
        let config = TurnConfig::new(TurnCredentials::new(username, password));
        Self {
            turn: TurnClientUdp::allocate(local, relay, config).into(),
            wire: Wire::Udp(socket),
            start: std::time::Instant::now(),
        }
    }

    pub(crate) async fn tcp(relay: &RelayHandle, username: &str, password: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        let (stream, accepted) = tokio::join!(TcpStream::connect(server), listener.accept());
        let (stream, (accepted, client)) = (stream.unwrap(), accepted.unwrap());
        relay.serve_stream(accepted, server, client, Transport::Tcp);
        let config = TurnConfig::new(TurnCredentials::new(username, password));
        Self {
            turn: TurnClientTcp::allocate(client, server, config).into(),
            wire: Wire::Tcp(stream),
            start: std::time::Instant::now(),
        }
    }

    pub(crate) async fn allocated(&mut self) -> SocketAddr {
        let told = self.told().await;
        let Told::Allocated(relayed) = told else {
            panic!("an allocation, not {told:?}");
        };
        relayed
    }

    /// Asks for a permission and tells whether it was given.
    pub(crate) async fn permit(&mut self, peer: IpAddr) -> Told {
        let now = self.now();
        let asked = self.turn.create_permission(TransportType::Udp, peer, now);

        assert!(asked.is_ok(), "{asked:?}");
        self.told().await
    }

    pub(crate) async fn bind(&mut self, peer: SocketAddr) -> Told {
        let now = self.now();
        let asked = self.turn.bind_channel(TransportType::Udp, peer, now);

        assert!(asked.is_ok(), "{asked:?}");
        self.told().await
    }

    pub(crate) async fn send(&mut self, peer: SocketAddr, data: &[u8]) {
        let now = self.now();
        let sent = self.turn.send_to(TransportType::Udp, peer, data, now);
        if let Some(transmit) = sent.unwrap() {
            self.wire.write(&transmit.data.build()).await;
        }
    }

    /// What the client is told next; whatever it wants to send meanwhile is
    /// sent.
    pub(crate) async fn told(&mut self) -> Told {
        loop {
            if let Some(event) = self.turn.poll_event() {
                return told_of(&event);
            }
            let now = self.now();
            if let Some(data) = self.turn.poll_recv(now) {
                return Told::Data(data.peer, data.data().to_vec());
            }
            let polled = self.turn.poll(now);
            if let Some(transmit) = self.turn.poll_transmit(now) {
                self.wire.write(&transmit.data).await;
                continue;
            }
            let wait = match polled {
                TurnPollRet::WaitUntil(then) => then.saturating_duration_since(now),
                other => panic!("something to wait for, not {other:?}"),
            };
            if let Some(told) = self.receive(wait).await {
                return told;
            }
        }
    }

    async fn receive(&mut self, wait: Duration) -> Option<Told> {
        let read = tokio::time::timeout(wait, self.wire.read()).await;
        let Ok(bytes) = read else {
            return None;
        };
        let Some(bytes) = bytes else {
            return Some(Told::Closed);
        };
        let transmit = Transmit {
            data: bytes,
            transport: self.turn.transport(),
            from: self.turn.remote_addr(),
            to: self.turn.local_addr(),
        };
        let now = self.now();
        match self.turn.recv(transmit, now) {
            TurnRecvRet::PeerData(data) => Some(Told::Data(data.peer, data.data().to_vec())),
            TurnRecvRet::Handled => None,
            other => panic!("something for the client, not {other:?}"),
        }
    }

    fn now(&self) -> Instant {
        let nanos = self.start.elapsed().as_nanos();
        Instant::from_nanos(i64::try_from(nanos).unwrap())
    }
}

impl Wire {
    async fn write(&mut self, bytes: &[u8]) {
        match self {
            Self::Udp(socket) => assert_eq!(socket.send(bytes).await.unwrap(), bytes.len()),
            Self::Tcp(stream) => stream.write_all(bytes).await.unwrap(),
        }
    }

    /// Nothing when the stream has ended.
    async fn read(&mut self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 65_536];
        let length = match self {
            Self::Udp(socket) => socket.recv(&mut buffer).await.unwrap(),
            Self::Tcp(stream) => stream.read(&mut buffer).await.unwrap(),
        };
        buffer.truncate(length);
        (length > 0).then_some(buffer)
    }
}

fn told_of(event: &TurnEvent) -> Told {
    match event {
        TurnEvent::AllocationCreated(_, relayed) => Told::Allocated(*relayed),
        TurnEvent::PermissionCreated(_, peer) => Told::Permitted(*peer),
        TurnEvent::PermissionCreateFailed(_, peer) => Told::Forbidden(*peer),
        TurnEvent::ChannelCreated(_, peer) => Told::Bound(*peer),
        other => panic!("something expected, not {other:?}"),
    }
}
