//! Decides how messages travel to a relay: in datagrams of a media socket, or
//! in a TCP or TLS stream.

use super::framing::{Framing, padded};
use super::{RelayUrl, Shared};
use crate::error_queue::QueueEntry;
use crate::socket::MediaSocket;
use hopsight_evidence::Transport;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Bytes that may wait in front of a slow stream: the picture must not be late
/// by more than a moment, losing a datagram is the lesser evil.
const MOST_QUEUED: usize = 96 * 1024;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A way to a relay.
pub(crate) enum Link {
    Datagrams {
        socket: Arc<MediaSocket>,
        server: SocketAddr,
    },
    Stream(Box<StreamLink>),
}

/// A stream to a relay with what waits in front of it.
pub(crate) struct StreamLink {
    local: SocketAddr,
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    framing: Framing,
    queue: VecDeque<Vec<u8>>,
    queued: usize,
    written: usize,
}

/// What came of handing over a message.
#[derive(Debug, Default)]
pub(crate) struct Handed {
    pub(crate) told: Vec<QueueEntry>,
    pub(crate) failed: Option<(i32, String)>,
}

/// Opens the way to `server`.
pub(crate) async fn open(url: &RelayUrl, server: SocketAddr, shared: &Shared) -> io::Result<Link> {
    match url.transport {
        Transport::Udp => {
            let socket = socket_towards(server, &shared.sockets)?;
            Ok(Link::Datagrams { socket, server })
        }
        Transport::Tcp => {
            let stream = connect(server).await?;
            let local = stream.local_addr()?;
            Ok(Link::stream(local, Box::new(stream)))
        }
        Transport::Tls => {
            let stream = connect(server).await?;
            let local = stream.local_addr()?;
            let name = url
                .server_name()
                .ok_or_else(|| io::Error::other("the relay's name fits no certificate"))?;
            let connector = TlsConnector::from(Arc::clone(&shared.access.tls));
            let stream = connector.connect(name, stream).await?;
            Ok(Link::stream(local, Box::new(stream)))
        }
    }
}

async fn connect(server: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The media socket whose address the system would send from. Its allocation
/// then also tells how that socket looks from outside.
fn socket_towards(
    server: SocketAddr,
    sockets: &[Arc<MediaSocket>],
) -> io::Result<Arc<MediaSocket>> {
    let probe = UdpSocket::bind(SocketAddr::new(any(server.ip()), 0))?;
    probe.connect(server)?;
    let from = probe.local_addr()?.ip();
    let same_family = |socket: &&Arc<MediaSocket>| socket.local().is_ipv4() == server.is_ipv4();
    sockets
        .iter()
        .find(|socket| socket.local().ip() == from)
        .or_else(|| sockets.iter().find(same_family))
        .cloned()
        .ok_or_else(|| io::Error::other("no media socket of the relay's address family"))
}

const fn any(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
    }
}

impl Link {
    fn stream(local: SocketAddr, stream: Box<dyn Stream>) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self::Stream(Box::new(StreamLink {
            local,
            reader,
            writer,
            framing: Framing::default(),
            queue: VecDeque::new(),
            queued: 0,
            written: 0,
        }))
    }

    pub(crate) fn local(&self) -> SocketAddr {
        match self {
            Self::Datagrams { socket, .. } => socket.local(),
            Self::Stream(stream) => stream.local,
        }
    }

    /// Hands a message over; `must` for what the protocol needs.
    pub(crate) fn send(&mut self, message: Vec<u8>, must: bool) -> Handed {
        match self {
            Self::Datagrams { socket, server } => {
                let sent = socket.send(*server, &message);
                Handed {
                    told: sent.told,
                    failed: sent.failed,
                }
            }
            Self::Stream(stream) => {
                if must || stream.queued < MOST_QUEUED {
                    let message = padded(message);
                    stream.queued += message.len();
                    stream.queue.push_back(message);
                }
                Handed::default()
            }
        }
    }

    /// Forgets what waits and has not begun to leave; false if a message is
    /// half gone, after which the stream is good for nothing.
    pub(crate) fn discard(&mut self) -> bool {
        match self {
            Self::Datagrams { .. } => true,
            Self::Stream(stream) => {
                stream.queue.clear();
                stream.queued = 0;
                stream.written == 0
            }
        }
    }

    /// Moves bytes both ways until a message arrived. Datagrams arrive on the
    /// media socket, not here: for them this never returns.
    pub(crate) async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Datagrams { .. } => std::future::pending().await,
            Self::Stream(stream) => stream.receive().await,
        }
    }
}

impl StreamLink {
    /// May be cancelled at any await: everything half done stands in `self`.
    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 4096];
        loop {
            let next = self.framing.next();
            if let Some(message) = next.map_err(|_| io::Error::other("the relay speaks no TURN"))? {
                return Ok(message);
            }
            let front = self.queue.front();
            let rest = front.and_then(|message| message.get(self.written..));
            tokio::select! {
                read = self.reader.read(&mut buffer) => {
                    let length = read?;
                    if length == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    self.framing.push(buffer.get(..length).unwrap_or_default());
                }
                written = self.writer.write(rest.unwrap_or_default()), if rest.is_some() => {
                    self.wrote(written?);
                    if self.queue.is_empty() {
                        self.writer.flush().await?;
                    }
                }
            }
        }
    }

    fn wrote(&mut self, length: usize) {
        self.written += length;
        let whole = self.queue.front().map_or(0, Vec::len);
        if self.written >= whole {
            self.queue.pop_front();
            self.written = 0;
            self.queued = self.queued.saturating_sub(whole);
        }
    }
}
