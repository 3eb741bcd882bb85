//! Decides how this end uses its relay: one task per transport, each with an
//! allocation of its own, all started at once.
//!
//! The protocol is turn-client-proto's; what it does not tell (codes, silence,
//! a repeated 401) the tap sees on every message, also inside TLS.

mod framing;
mod link;
mod session;
mod url;

pub(crate) use url::RelayUrl;

use crate::settings::RelayAccess;
use crate::socket::MediaSocket;
use crate::stop::Stop;
use hopsight_evidence::{PathEvent, Transport};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A relay that has not answered for this long is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Orders that wait for a client; more datagrams than this are lost, as on any
/// slow path.
const ORDERS: usize = 512;

/// What a client is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// A datagram of the relay arrived on the media socket.
    Incoming(Vec<u8>),
    /// The error queue says that the relay's address cannot be reached.
    Unreachable(String),
    /// Let this peer through.
    Permit(IpAddr),
    /// Spare overhead for this peer: bind a channel.
    Bind(SocketAddr),
    /// Send to this peer.
    Send(SocketAddr, Vec<u8>),
}

/// What a client tells.
#[derive(Debug)]
pub(crate) enum Report {
    /// The relay's address, before the first datagram to it leaves from the
    /// media socket `local`.
    Uses {
        server: SocketAddr,
        local: SocketAddr,
    },
    /// Something was seen.
    Seen(PathEvent),
    /// The relay gave an address.
    Allocated {
        relayed: SocketAddr,
        base: SocketAddr,
        mapped: Option<SocketAddr>,
    },
    /// A peer sent this.
    Data(SocketAddr, Vec<u8>),
    /// The client gave up or was closed.
    Ended,
}

/// What every client of a path shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) access: Arc<RelayAccess>,
    pub(crate) sockets: Arc<[Arc<MediaSocket>]>,
    pub(crate) stop: Stop,
}

/// A running client as the session's task sees it. Dropping the orders makes
/// the client release its allocation and end.
#[derive(Debug)]
pub(crate) struct RelayClient {
    pub(crate) transport: Transport,
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) task: JoinHandle<()>,
}

/// Starts a client; its reports come as `wrap` makes them.
pub(crate) fn start<T: Send + 'static>(
    url: RelayUrl,
    shared: Shared,
    reports: mpsc::Sender<T>,
    wrap: impl Fn(Report) -> T + Send + Sync + 'static,
) -> RelayClient {
    let (orders, received) = mpsc::channel(ORDERS);
    let transport = url.transport;
    let task = tokio::spawn(async move {
        let tell = |report| {
            let message = wrap(report);
            let reports = reports.clone();
            async move {
                // The session's task is gone: nobody needs to know.
                drop(reports.send(message).await);
            }
        };
        session::run(url, shared, received, &tell).await;
        tell(Report::Ended).await;
    });
    RelayClient {
        transport,
        orders,
        task,
    }
}
