//! A relay for tests: turn-server-proto's state machine with sockets around it.

use hopsight_path::RelayAccess;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use turn_server_proto::api::{
    DelayedMessageOrChannelSend, Transmit, TurnServerApi, TurnServerPollRet,
};
use turn_server_proto::server::TurnServer;
use turn_types::prelude::DelayedTransmitBuild;
use turn_types::{Instant as ProtocolInstant, TransportType};

pub(crate) const PASSWORD: &str = "open sesame";
const USER: &str = "alice";

/// How clients reach the relay.
#[derive(Clone, Copy)]
pub(crate) enum Entrance {
    Udp,
    Tcp,
    Tls,
}

/// A running relay.
pub(crate) struct RelayServer {
    pub(crate) url: String,
    pub(crate) tls: Arc<ClientConfig>,
    allocations: watch::Receiver<usize>,
}

enum Received {
    FromClient(SocketAddr, Vec<u8>),
    FromPeer(SocketAddr, SocketAddr, Vec<u8>),
    Connected(SocketAddr, mpsc::UnboundedSender<Vec<u8>>),
}

impl RelayServer {
    pub(crate) async fn start(entrance: Entrance) -> Self {
        let (received, inbox) = mpsc::unbounded_channel();
        let (told, allocations) = watch::channel(0);
        let (tls, acceptor) = trust();
        let (listen, kind, udp) = match entrance {
            Entrance::Udp => {
                let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
                tokio::spawn(read_datagrams(
                    Arc::clone(&socket),
                    received.clone(),
                    Received::FromClient,
                ));
                (
                    socket.local_addr().unwrap(),
                    TransportType::Udp,
                    Some(socket),
                )
            }
            Entrance::Tcp | Entrance::Tls => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let listen = listener.local_addr().unwrap();
                let acceptor = matches!(entrance, Entrance::Tls).then_some(acceptor);
                tokio::spawn(accept(listener, acceptor, received.clone()));
                (listen, TransportType::Tcp, None)
            }
        };
        let mut protocol = TurnServer::new(kind, listen, "hopsight.internal".to_owned());
        protocol.add_user(USER.to_owned(), PASSWORD.to_owned());
        let relay = Relay {
            protocol,
            started: Instant::now(),
            kind,
            listen,
            udp,
            streams: BTreeMap::new(),
            relayed: BTreeMap::new(),
            received,
            told,
        };
        tokio::spawn(relay.run(inbox));
        let url = match entrance {
            Entrance::Udp => format!("turn:{listen}?transport=udp"),
            Entrance::Tcp => format!("turn:{listen}?transport=tcp"),
            Entrance::Tls => format!("turns:{listen}?transport=tcp"),
        };
        Self {
            url,
            tls,
            allocations,
        }
    }

    pub(crate) fn access(&self, password: &str) -> RelayAccess {
        access(vec![self.url.clone()], password, &self.tls)
    }

    /// Waits until so many allocations live.
    pub(crate) async fn has(&self, count: usize) {
        let mut allocations = self.allocations.clone();
        let wait = timeout(
            Duration::from_secs(20),
            allocations.wait_for(|now| *now == count),
        );
        wait.await
            .expect("the allocations come to that count")
            .unwrap();
    }
}

pub(crate) fn access(urls: Vec<String>, password: &str, tls: &Arc<ClientConfig>) -> RelayAccess {
    RelayAccess {
        urls,
        username: USER.to_owned(),
        password: password.to_owned().into(),
        tls: Arc::clone(tls),
    }
}

/// A certificate for loopback and a client that trusts it.
pub(crate) fn trust() -> (Arc<ClientConfig>, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    (Arc::new(client), TlsAcceptor::from(Arc::new(server)))
}

struct Relay {
    protocol: TurnServer,
    started: Instant,
    kind: TransportType,
    listen: SocketAddr,
    udp: Option<Arc<UdpSocket>>,
    streams: BTreeMap<SocketAddr, mpsc::UnboundedSender<Vec<u8>>>,
    relayed: BTreeMap<SocketAddr, Arc<UdpSocket>>,
    received: mpsc::UnboundedSender<Received>,
    told: watch::Sender<usize>,
}

impl Relay {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Received>) {
        loop {
            let wake = self.advance().await;
            tokio::select! {
                received = inbox.recv() => match received {
                    Some(received) => self.take(received).await,
                    None => return,
                },
                () = sleep_until(wake.into()) => {}
            }
        }
    }

    fn now(&self) -> ProtocolInstant {
        ProtocolInstant::from_std(self.started)
    }

    async fn advance(&mut self) -> Instant {
        loop {
            let next = self.protocol.poll(self.now());
            while let Some(transmit) = self.protocol.poll_transmit(self.now()) {
                self.send(transmit.from, transmit.to, transmit.data).await;
            }
            match next {
                TurnServerPollRet::WaitUntil(until) => return until.to_std(self.started),
                TurnServerPollRet::AllocateSocket {
                    transport,
                    listen_addr,
                    client_addr,
                    allocation_transport,
                    family,
                } => {
                    let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
                    let address = socket.local_addr().unwrap();
                    let wrap = move |from, bytes| Received::FromPeer(address, from, bytes);
                    let reader = read_datagrams(Arc::clone(&socket), self.received.clone(), wrap);
                    tokio::spawn(reader);
                    self.relayed.insert(address, socket);
                    let now = self.now();
                    self.protocol.allocated_socket(
                        transport,
                        listen_addr,
                        client_addr,
                        allocation_transport,
                        family,
                        Ok(address),
                        now,
                    );
                    self.told.send_replace(self.relayed.len());
                }
                TurnServerPollRet::SocketClose { listen_addr, .. } => {
                    self.relayed.remove(&listen_addr);
                    self.told.send_replace(self.relayed.len());
                }
                TurnServerPollRet::TcpConnect { .. } | TurnServerPollRet::TcpClose { .. } => {}
            }
        }
    }

    async fn take(&mut self, received: Received) {
        let transmit = match received {
            Received::FromClient(from, bytes) => Transmit::new(bytes, self.kind, from, self.listen),
            Received::FromPeer(relayed, from, bytes) => {
                Transmit::new(bytes, TransportType::Udp, from, relayed)
            }
            Received::Connected(from, stream) => {
                self.streams.insert(from, stream);
                return;
            }
        };
        let now = self.now();
        if let Some(answer) = self.protocol.recv(transmit, now) {
            let (from, to) = (answer.from, answer.to);
            let data: DelayedMessageOrChannelSend<Vec<u8>> = answer.data;
            self.send(from, to, data.build()).await;
        }
    }

    async fn send(&self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        if let Some(socket) = self.relayed.get(&from) {
            // The peer may be gone already.
            drop(socket.send_to(&bytes, to).await);
        } else if let Some(socket) = &self.udp {
            drop(socket.send_to(&bytes, to).await);
        } else if let Some(stream) = self.streams.get(&to) {
            drop(stream.send(bytes));
        }
    }
}

async fn read_datagrams(
    socket: Arc<UdpSocket>,
    received: mpsc::UnboundedSender<Received>,
    wrap: impl Fn(SocketAddr, Vec<u8>) -> Received,
) {
    let mut buffer = [0; 2048];
    loop {
        if let Ok((length, from)) = socket.recv_from(&mut buffer).await
            && received
                .send(wrap(from, buffer[..length].to_vec()))
                .is_err()
        {
            return;
        }
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    received: mpsc::UnboundedSender<Received>,
) {
    while let Ok((stream, from)) = listener.accept().await {
        match &acceptor {
            None => {
                tokio::spawn(serve(stream, from, received.clone()));
            }
            Some(acceptor) => {
                let (accepting, received) = (acceptor.accept(stream), received.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = accepting.await {
                        serve(stream, from, received).await;
                    }
                });
            }
        }
    }
}

/// Messages on a stream are padded to four bytes (RFC 8656, section 12.5).
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    from: SocketAddr,
    received: mpsc::UnboundedSender<Received>,
) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (answers, mut outbox) = mpsc::unbounded_channel::<Vec<u8>>();
    drop(received.send(Received::Connected(from, answers)));
    tokio::spawn(async move {
        while let Some(mut message) = outbox.recv().await {
            message.resize(message.len().next_multiple_of(4), 0);
            if writer.write_all(&message).await.is_err() || writer.flush().await.is_err() {
                return;
            }
        }
    });
    let mut header = [0; 4];
    while reader.read_exact(&mut header).await.is_ok() {
        let told = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let length = told + if header[0] < 4 { 20 } else { 4 };
        let mut message = header.to_vec();
        message.resize(length.next_multiple_of(4), 0);
        if reader.read_exact(&mut message[4..]).await.is_err() {
            return;
        }
        message.truncate(length);
        drop(received.send(Received::FromClient(from, message)));
    }
}
