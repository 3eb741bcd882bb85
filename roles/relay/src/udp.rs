//! Serves clients over UDP: one task per listener.

use crate::engine::Engine;
use crate::settings::StartRelayError;
use hopsight_evidence::Transport;
use hopsight_turn::{FiveTuple, Input};
use socket2::SockRef;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
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
            listeners.insert(local, Arc::new(socket));
        }
        Ok(Self(listeners))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (SocketAddr, Arc<UdpSocket>)> {
        self.0
            .iter()
            .map(|(address, socket)| (*address, Arc::clone(socket)))
    }

    /// Whether the operating system took the datagram.
    pub(crate) fn send(&self, to: &FiveTuple, bytes: &[u8]) -> bool {
        self.0
            .get(&to.server)
            .is_some_and(|socket| socket.try_send_to(bytes, to.client).is_ok())
    }
}

/// Reads datagrams of clients until the relay stops.
pub(crate) async fn serve(engine: Arc<Engine>, server: SocketAddr, socket: Arc<UdpSocket>) {
    read(&socket, |client, bytes| {
        let from = FiveTuple {
            transport: Transport::Udp,
            client,
            server,
        };
        engine.input(Input::FromClient { from, bytes });
    })
    .await;
}

/// Gives every datagram that arrives to `take`, for ever.
pub(crate) async fn read(socket: &UdpSocket, take: impl Fn(SocketAddr, &[u8])) {
    let mut buffer = vec![0; 65_536];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, from)) => take(from, buffer.get(..length).unwrap_or_default()),
            Err(error) => rest(&error).await,
        }
    }
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
async fn rest(error: &io::Error) {
    tracing::warn!(%error, "could not read a datagram");
    tokio::time::sleep(Duration::from_millis(10)).await;
}

const BUFFER_SIZE: usize = 2 * 1024 * 1024;
