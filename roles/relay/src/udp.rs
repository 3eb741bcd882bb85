//! Serves clients over UDP: one task per listener. A listener's error queue is
//! on, so an error of one datagram shows at the next call: the queue is emptied
//! then and the call made again.

use crate::engine::Engine;
use crate::settings::StartRelayError;
use hopsight_evidence::Transport;
use hopsight_machine::{QueuedError, drain_error_queue, enable_error_queue, send_with_hop_limit};
use hopsight_turn::{FiveTuple, Input};
use socket2::SockRef;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// The open listeners by their address.
#[derive(Debug)]
pub(crate) struct UdpListeners(BTreeMap<SocketAddr, Arc<UdpSocket>>);

impl UdpListeners {
    pub(crate) async fn open(addresses: &[SocketAddr]) -> Result<Self, StartRelayError> {
        let mut listeners = BTreeMap::new();
        for address in addresses {
            let failed = |source| StartRelayError::listening(*address, source);
            let socket = UdpSocket::bind(address).await.map_err(failed)?;
            enlarge_buffers(&socket);
            let local = socket.local_addr().map_err(failed)?;
            if let Err(error) = enable_error_queue(&socket, local.ip()) {
                tracing::warn!(%local, %error, "the relay cannot see which routers answer");
            }
            listeners.insert(local, Arc::new(socket));
        }
        Ok(Self(listeners))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (SocketAddr, Arc<UdpSocket>)> {
        self.0
            .iter()
            .map(|(address, socket)| (*address, Arc::clone(socket)))
    }

    pub(crate) fn send(&self, to: &FiveTuple, bytes: &[u8]) -> Sent {
        self.attempt(to, |socket| {
            socket.try_send_to(bytes, to.client).map(|_length| ())
        })
    }

    /// Sends a datagram that may cross so many routers.
    pub(crate) fn send_probe(&self, to: &FiveTuple, bytes: &[u8], hop_limit: u8) -> Sent {
        self.attempt(to, |socket| {
            send_with_hop_limit(socket, to.client, bytes, hop_limit)
        })
    }

    /// Tries twice: the first failure may be the error of an earlier datagram.
    fn attempt(&self, to: &FiveTuple, send: impl Fn(&UdpSocket) -> io::Result<()>) -> Sent {
        let Some(socket) = self.0.get(&to.server) else {
            return Sent::default();
        };
        match send(socket) {
            Ok(()) => Sent::done(Vec::new(), true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Sent::default(),
            Err(_) => {
                let told = drain_error_queue(socket);
                Sent::done(told, send(socket).is_ok())
            }
        }
    }
}

/// What became of a datagram.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Whether the operating system took it.
    pub(crate) is_sent: bool,
    /// What the error queue said of earlier ones.
    pub(crate) told: Vec<QueuedError>,
}

impl Sent {
    const fn done(told: Vec<QueuedError>, is_sent: bool) -> Self {
        Self { is_sent, told }
    }
}

/// Reads datagrams of clients until the relay stops.
pub(crate) async fn serve(engine: Arc<Engine>, server: SocketAddr, socket: Arc<UdpSocket>) {
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    loop {
        let interest = Interest::READABLE | Interest::ERROR;
        if let Err(error) = socket.ready(interest).await {
            rest(&error).await;
        }
        engine.traces().told(errors(&socket));
        let taken = take(&socket, &mut buffer, |client, bytes| {
            let from = FiveTuple {
                transport: Transport::Udp,
                client,
                server,
            };
            engine.input(Input::FromClient { from, bytes });
        });
        if let Err(error) = taken {
            rest(&error).await;
        }
    }
}

/// Gives what has arrived to `take`; an error that stays after the queue was
/// emptied is handed on.
pub(crate) fn take(
    socket: &UdpSocket,
    buffer: &mut [u8],
    take: impl Fn(SocketAddr, &[u8]),
) -> io::Result<()> {
    let mut is_again = false;
    for _ in 0..MOST_AT_ONCE {
        match socket.try_recv_from(buffer) {
            Ok((length, from)) => {
                is_again = false;
                take(from, buffer.get(..length).unwrap_or_default());
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if is_again => return Err(error),
            // The error of an earlier send; the next call is about this one.
            Err(_) => is_again = true,
        }
    }
    Ok(())
}

/// Empties the error queue and waits for the next error.
pub(crate) fn errors(socket: &UdpSocket) -> Vec<QueuedError> {
    let mut told = Vec::new();
    let emptied = socket.try_io(Interest::ERROR, || {
        told = drain_error_queue(socket);
        Err::<(), io::Error>(ErrorKind::WouldBlock.into())
    });
    // Always "would block": that is how the readiness is given back.
    drop(emptied);
    told
}

/// A burst of video must fit; the kernel's own limit may be lower.
pub(crate) fn enlarge_buffers(socket: &UdpSocket) {
    let socket = SockRef::from(socket);
    for result in [
        socket.set_recv_buffer_size(BUFFER_SIZE),
        socket.set_send_buffer_size(BUFFER_SIZE),
    ] {
        if let Err(error) = result {
            tracing::debug!(%error, "kept the usual socket buffers");
        }
    }
}

/// An error of a UDP socket concerns one datagram; should it stay, the relay
/// must not spin.
pub(crate) async fn rest(error: &io::Error) {
    tracing::warn!(%error, "could not read a datagram");
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// Datagrams taken at one waking.
const MOST_AT_ONCE: usize = 64;
pub(crate) const LARGEST_DATAGRAM: usize = 65_536;
const BUFFER_SIZE: usize = 2 * 1024 * 1024;
