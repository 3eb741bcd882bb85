//! Decides what a connection on the one port is: HTTP, SIP or TURN.
//!
//! The first byte tells TLS from plain STUN. Inside TLS the protocol that the
//! client announced decides (ALPN), and where it announced none, the first
//! bytes. What says nothing recognisable in time is closed and counted. What
//! the connection then carries is left to the roles.

mod limits;

use crate::first_bytes::{Kind, Sorted, classify};
use crate::listen::{ListenError, listen};
use crate::tls::{Alpn, ServerConfig};
use crate::{ByteStream, Shutdown};
use bytes::BytesMut;
use hopsight_evidence::Transport;
pub use limits::{AcceptLimits, Counts};
use limits::{Crowd, Permit, Refusal, Tally};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Sorted connections that may wait to be taken over.
const WAITING: usize = 64;
/// How long accepting rests when the operating system has no more to give.
const REST: Duration = Duration::from_millis(100);
const CLOSING: Duration = Duration::from_secs(1);

/// The one port: listens, sorts, and gives out what came.
#[derive(Debug)]
pub struct OnePort {
    accepted: mpsc::Receiver<Accepted>,
    addresses: Vec<SocketAddr>,
    tally: Arc<Tally>,
}

/// How many may connect, and how long they may take to say what they want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnePortSettings {
    /// How many connections there may be.
    pub limits: AcceptLimits,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long the first bytes may take: those that tell TLS from STUN, and
    /// those that tell what a TLS connection without ALPN carries.
    pub first_bytes: Duration,
}

impl Default for OnePortSettings {
    fn default() -> Self {
        Self {
            limits: AcceptLimits::default(),
            handshake: Duration::from_secs(5),
            first_bytes: Duration::from_secs(10),
        }
    }
}

/// A connection that was sorted.
#[derive(Debug)]
pub struct Accepted {
    /// What it carries.
    pub kind: AcceptedKind,
    /// Its bytes, from the first on.
    pub stream: ByteStream,
    /// The address it came to.
    pub local: SocketAddr,
    /// The address it came from.
    pub remote: SocketAddr,
}

/// What a connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AcceptedKind {
    /// HTTP/1.1 inside TLS.
    Http,
    /// SIP inside TLS.
    Sip,
    /// STUN and TURN, over TCP or inside TLS.
    Turn(Transport),
}

impl OnePort {
    /// Starts to listen. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When one of the addresses cannot be had; then none is listened on.
    pub fn open(
        addresses: &[SocketAddr],
        tls: Arc<ServerConfig>,
        settings: OnePortSettings,
        shutdown: &Shutdown,
    ) -> Result<Self, ListenError> {
        let listeners = addresses
            .iter()
            .map(|address| listen(*address))
            .collect::<Result<Vec<_>, _>>()?;
        let addresses = listeners
            .iter()
            .zip(addresses)
            .map(|(listener, asked)| listener.local_addr().unwrap_or(*asked))
            .collect();
        let (sender, accepted) = mpsc::channel(WAITING);
        let tally = Arc::new(Tally::default());
        let sorter = Arc::new(Sorter {
            tls: TlsAcceptor::from(tls),
            settings,
            crowd: Arc::new(Crowd::new(settings.limits)),
            tally: Arc::clone(&tally),
            sender,
        });
        for listener in listeners {
            tokio::spawn(run(listener, Arc::clone(&sorter), shutdown.clone()));
        }
        Ok(Self {
            accepted,
            addresses,
            tally,
        })
    }

    /// The next connection; none after a stop was asked for.
    pub async fn accept(&mut self) -> Option<Accepted> {
        self.accepted.recv().await
    }

    /// The addresses that are listened on, with the ports really used.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What has come so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.tally.counts()
    }

    /// A handle that tells the counts after the port itself is lent out.
    pub fn counter(&self) -> impl Fn() -> Counts + Send + Sync + 'static + use<> {
        let tally = Arc::clone(&self.tally);
        move || tally.counts()
    }
}

struct Sorter {
    tls: TlsAcceptor,
    settings: OnePortSettings,
    crowd: Arc<Crowd>,
    tally: Arc<Tally>,
    sender: mpsc::Sender<Accepted>,
}

/// Accepts until a stop is asked for; what is not sorted by then is closed.
async fn run(listener: TcpListener, sorter: Arc<Sorter>, mut shutdown: Shutdown) {
    let mut unsorted = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.requested() => return,
            Some(_) = unsorted.join_next(), if !unsorted.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, remote)) => {
                    if let Some(permit) = sorter.admit(remote) {
                        let sorter = Arc::clone(&sorter);
                        unsorted.spawn(async move { sorter.sort(stream, remote, permit).await });
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(REST).await;
                }
            },
        }
    }
}

impl Sorter {
    fn admit(&self, remote: SocketAddr) -> Option<Permit> {
        let counter = match self.crowd.admit(remote.ip()) {
            Ok(permit) => return Some(permit),
            Err(Refusal::Address) => &self.tally.refused_for_address,
            Err(Refusal::Total) => &self.tally.refused_for_total,
        };
        counter.fetch_add(1, Relaxed);
        tracing::debug!(%remote, "refused a connection: too many are open");
        None
    }

    async fn sort(&self, stream: TcpStream, remote: SocketAddr, permit: Permit) {
        let Ok(local) = stream.local_addr() else {
            return;
        };
        // Small messages must not wait for each other; failing only costs time.
        let _slower = stream.set_nodelay(true);
        let (kind, stream) = match self.recognise(stream).await {
            Ok(recognised) => recognised,
            Err(reason) => {
                reason.counter(&self.tally).fetch_add(1, Relaxed);
                tracing::debug!(%remote, %reason, "closed a connection");
                return;
            }
        };
        kind_counter(&self.tally, kind).fetch_add(1, Relaxed);
        let accepted = Accepted {
            kind,
            stream: stream.guarded(permit),
            local,
            remote,
        };
        // Fails only when nobody takes connections any more.
        let _stopped = self.sender.send(accepted).await;
    }

    async fn recognise(&self, stream: TcpStream) -> Result<(AcceptedKind, ByteStream), Reason> {
        let mut first = [0];
        let length = timeout(self.settings.first_bytes, stream.peek(&mut first)).await??;
        match first {
            _ if length == 0 => Err(Reason::Gone),
            [0x00 | 0x01] => {
                let kind = AcceptedKind::Turn(Transport::Tcp);
                Ok((kind, ByteStream::plain(stream)))
            }
            [0x16] => self.recognise_in_tls(stream).await,
            _ => Err(Reason::Unknown),
        }
    }

    async fn recognise_in_tls(
        &self,
        stream: TcpStream,
    ) -> Result<(AcceptedKind, ByteStream), Reason> {
        let handshake = timeout(self.settings.handshake, self.tls.accept(stream)).await?;
        let mut tls = handshake.map_err(Reason::Handshake)?;
        let announced = tls.get_ref().1.alpn_protocol();
        if let Some(protocol) = announced.and_then(Alpn::from_wire_name) {
            return Ok((kind_of(protocol), ByteStream::tls(tls, bytes::Bytes::new())));
        }
        match read_until_sorted(&mut tls, self.settings.first_bytes).await {
            Ok((kind, peeked)) => Ok((kind_in_tls(kind), ByteStream::tls(tls, peeked.freeze()))),
            Err(reason) => {
                // A polite end; a client that does not take it is dropped.
                let _impolite = timeout(CLOSING, tls.shutdown()).await;
                Err(reason)
            }
        }
    }
}

/// Reads until the bytes tell what they are, at most for `limit`.
async fn read_until_sorted(
    stream: &mut (impl AsyncRead + Unpin),
    limit: Duration,
) -> Result<(Kind, BytesMut), Reason> {
    let sorted = timeout(limit, async {
        let mut peeked = BytesMut::with_capacity(512);
        loop {
            if stream.read_buf(&mut peeked).await? == 0 {
                return Err(Reason::Gone);
            }
            match classify(&peeked) {
                Sorted::Is(kind) => return Ok((kind, peeked)),
                Sorted::NeedsMore => {}
                Sorted::Unknown => return Err(Reason::Unknown),
            }
        }
    });
    sorted.await?
}

/// Why a connection was closed before anybody took it over.
#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("the client left before it said anything")]
    Gone,
    #[error("the TLS handshake failed: {0}")]
    Handshake(io::Error),
    #[error("reading failed: {0}")]
    Read(#[from] io::Error),
    #[error("the client was too slow")]
    Slow(#[from] tokio::time::error::Elapsed),
    #[error("the first bytes are neither TLS, STUN, HTTP nor SIP")]
    Unknown,
}

impl Reason {
    const fn counter<'a>(&self, tally: &'a Tally) -> &'a std::sync::atomic::AtomicU64 {
        match self {
            Self::Gone | Self::Read(_) => &tally.gone,
            Self::Handshake(_) => &tally.handshake_failed,
            Self::Slow(_) => &tally.too_slow,
            Self::Unknown => &tally.unknown,
        }
    }
}

const fn kind_of(protocol: Alpn) -> AcceptedKind {
    match protocol {
        Alpn::Http => AcceptedKind::Http,
        Alpn::Sip => AcceptedKind::Sip,
        Alpn::Turn => AcceptedKind::Turn(Transport::Tls),
    }
}

const fn kind_in_tls(kind: Kind) -> AcceptedKind {
    match kind {
        Kind::Http => AcceptedKind::Http,
        Kind::Sip => AcceptedKind::Sip,
        Kind::Stun => AcceptedKind::Turn(Transport::Tls),
    }
}

const fn kind_counter(tally: &Tally, kind: AcceptedKind) -> &std::sync::atomic::AtomicU64 {
    match kind {
        AcceptedKind::Http => &tally.http,
        AcceptedKind::Sip => &tally.sip,
        AcceptedKind::Turn(_) => &tally.turn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_half_a_line_is_given_up_at_the_limit() {
        let (mut client, mut server) = tokio::io::duplex(64);
        client.write_all(b"\r\nOPTIONS sip:a").await.unwrap();
        let start = tokio::time::Instant::now();

        let sorted = read_until_sorted(&mut server, Duration::from_secs(10)).await;

        assert!(matches!(sorted, Err(Reason::Slow(_))));
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_drips_bytes_does_not_lengthen_its_time() {
        let (mut client, mut server) = tokio::io::duplex(64);
        let dripping = tokio::spawn(async move {
            while client.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let start = tokio::time::Instant::now();

        let sorted = read_until_sorted(&mut server, Duration::from_secs(10)).await;
        drop(server);

        assert!(matches!(sorted, Err(Reason::Slow(_))));
        assert_eq!(start.elapsed(), Duration::from_secs(10));
        dripping.await.unwrap();
    }

    #[tokio::test]
    async fn a_line_in_pieces_is_sorted_and_nothing_of_it_is_lost() {
        let (mut client, mut server) = tokio::io::duplex(3);
        let line = b"\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\n";
        let writing = tokio::spawn(async move { client.write_all(line).await });

        let limit = Duration::from_secs(10);
        let (kind, peeked) = read_until_sorted(&mut server, limit).await.unwrap();

        assert_eq!(kind, Kind::Sip);
        assert!(line.starts_with(&peeked));
        drop(server);
        let _cut = writing.await.unwrap();
    }
}
