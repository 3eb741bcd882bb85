//! Decides how one allocation lives: asked for, used, released. The state is
//! turn-client-proto's; here are its clock, its link and the reasons to end.

use super::link::{self, Link};
use super::{Order, PATIENCE, RelayUrl, Report, Shared};
use crate::tap::{TurnTap, Verdict};
use hopsight_evidence::{PathEvent, Transport};
use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until, timeout};
use turn_client_proto::api::{
    Transmit, TurnClientApi, TurnConfig, TurnEvent, TurnPollRet, TurnRecvRet,
};
use turn_client_proto::client::TurnClient;
use turn_client_proto::prelude::DelayedTransmitBuild;
use turn_client_proto::tcp::TurnClientTcp;
use turn_client_proto::udp::TurnClientUdp;
use turn_types::{Instant as ProtocolInstant, TransportType, TurnCredentials};

/// How long a release waits for the relay's word.
const FAREWELL: Duration = Duration::from_millis(400);

/// The protocol's own pause between requests is 50 ms.
const PAUSE: Duration = Duration::from_millis(20);

/// Peers that may be let through.
const MOST_PEERS: usize = 64;

/// Runs one client until it ends.
pub(crate) async fn run<F: Future<Output = ()>>(
    url: RelayUrl,
    shared: Shared,
    orders: mpsc::Receiver<Order>,
    tell: &impl Fn(Report) -> F,
) {
    let transport = url.transport;
    let Some((server, link)) = reach(&url, &shared, tell).await else {
        return;
    };
    let local = link.local();
    tell(Report::Uses { server, local }).await;
    let mut session = Session {
        client: client(server, local, transport, &shared),
        started: Instant::now(),
        tap: TurnTap::new(server, transport),
        link,
        server,
        transport,
        allocated: false,
        permitted: BTreeSet::new(),
        bound: BTreeSet::new(),
        shared,
    };
    session.live(orders, tell).await;
}

/// Resolves and connects, or tells why that failed.
async fn reach<F: Future<Output = ()>>(
    url: &RelayUrl,
    shared: &Shared,
    tell: &impl Fn(Report) -> F,
) -> Option<(SocketAddr, Link)> {
    let unknown = SocketAddr::from(([0, 0, 0, 0], url.port));
    let server = match timeout(PATIENCE, url.resolve()).await {
        Ok(Ok(server)) => server,
        Ok(Err(error)) => {
            tell(Report::Seen(unreachable(unknown, url.transport, &error))).await;
            return None;
        }
        Err(_) => {
            tell(Report::Seen(silent(unknown, url.transport))).await;
            return None;
        }
    };
    let transport = url.transport;
    tell(Report::Seen(PathEvent::RelayAsked { server, transport })).await;
    let reached = tokio::select! {
        reached = timeout(PATIENCE, link::open(url, server, shared)) => reached,
        () = shared.stop.stopped() => return None,
    };
    match reached {
        Ok(Ok(link)) => Some((server, link)),
        Ok(Err(error)) => {
            tell(Report::Seen(unreachable(server, url.transport, &error))).await;
            None
        }
        Err(_) => {
            tell(Report::Seen(silent(server, url.transport))).await;
            None
        }
    }
}

fn unreachable(server: SocketAddr, transport: Transport, error: &io::Error) -> PathEvent {
    PathEvent::TurnUnreachable {
        server,
        transport,
        errno: error.raw_os_error(),
        text: error.to_string(),
    }
}

const fn silent(server: SocketAddr, transport: Transport) -> PathEvent {
    PathEvent::TurnSilent {
        server,
        transport,
        waited: PATIENCE,
    }
}

fn client(
    server: SocketAddr,
    local: SocketAddr,
    transport: Transport,
    shared: &Shared,
) -> TurnClient {
    let access = &shared.access;
    let credentials = TurnCredentials::new(&access.username, access.password.reveal());
    let mut config = TurnConfig::new(credentials);
    let (initial, longest) = (Duration::from_millis(250), Duration::from_secs(2));
    config.set_request_retransmits(initial, longest, 7, longest);
    match transport {
        Transport::Udp => TurnClient::Udp(TurnClientUdp::allocate(local, server, config)),
        Transport::Tcp | Transport::Tls => {
            TurnClient::Tcp(TurnClientTcp::allocate(local, server, config))
        }
    }
}

struct Session {
    client: TurnClient,
    /// The zero of the protocol's clock.
    started: Instant,
    tap: TurnTap,
    link: Link,
    server: SocketAddr,
    transport: Transport,
    allocated: bool,
    permitted: BTreeSet<IpAddr>,
    bound: BTreeSet<SocketAddr>,
    shared: Shared,
}

/// Whether a client goes on.
enum Life {
    Until(Instant),
    Over,
}

impl Session {
    async fn live<F: Future<Output = ()>>(
        &mut self,
        mut orders: mpsc::Receiver<Order>,
        tell: &impl Fn(Report) -> F,
    ) {
        loop {
            let Life::Until(wake) = self.advance(tell).await else {
                return;
            };
            let stop = self.shared.stop.clone();
            let goes_on = tokio::select! {
                () = stop.stopped() => return self.release(orders, tell).await,
                order = orders.recv() => match order {
                    Some(order) => self.carry_out(order, tell).await,
                    None => return self.release(orders, tell).await,
                },
                message = self.link.receive() => match message {
                    Ok(message) => self.incoming(message, tell).await,
                    Err(error) => {
                        tell(Report::Seen(unreachable(self.server, self.transport, &error))).await;
                        return;
                    }
                },
                () = sleep_until(wake.into()) => true,
            };
            if !goes_on {
                return;
            }
        }
    }

    fn now(&self) -> ProtocolInstant {
        ProtocolInstant::from_std(self.started)
    }

    /// Lets the protocol do what is due.
    async fn advance<F: Future<Output = ()>>(&mut self, tell: &impl Fn(Report) -> F) -> Life {
        let waits_until = match self.client.poll(self.now()) {
            TurnPollRet::WaitUntil(until) => until.to_std(self.started),
            TurnPollRet::Closed => {
                self.transmit(tell).await;
                return Life::Over;
            }
            TurnPollRet::AllocateTcpSocket { .. } | TurnPollRet::TcpClose { .. } => Instant::now(),
        };
        self.transmit(tell).await;
        while let Some(event) = self.client.poll_event() {
            if !self.happened(event, tell).await {
                return Life::Over;
            }
        }
        let now = Instant::now();
        let waiting = self.tap.waiting_since().filter(|_| !self.allocated);
        let patience = waiting.map(|since| since + PATIENCE);
        if patience.is_some_and(|end| end <= now) {
            tell(Report::Seen(silent(self.server, self.transport))).await;
            return Life::Over;
        }
        let not_at_once = waits_until.max(now + Duration::from_millis(1));
        Life::Until(patience.map_or(not_at_once, |end| end.min(not_at_once)))
    }

    async fn transmit<F: Future<Output = ()>>(&mut self, tell: &impl Fn(Report) -> F) {
        while let Some(transmit) = self.client.poll_transmit(self.now()) {
            let message = transmit.data.to_vec();
            if let Some(event) = self.tap.sent(&message, Instant::now()) {
                tell(Report::Seen(event)).await;
            }
            self.hand_over(message, true, tell).await;
        }
    }

    async fn hand_over<F: Future<Output = ()>>(
        &mut self,
        message: Vec<u8>,
        must: bool,
        tell: &impl Fn(Report) -> F,
    ) {
        let handed = self.link.send(message, must);
        for entry in handed.told {
            tell(Report::Seen(entry.event)).await;
        }
        if let Some((errno, text)) = handed.failed {
            let destination = self.server;
            tell(Report::Seen(PathEvent::SendFailed {
                destination,
                errno,
                text,
            }))
            .await;
        }
    }

    async fn happened<F: Future<Output = ()>>(
        &mut self,
        event: TurnEvent,
        tell: &impl Fn(Report) -> F,
    ) -> bool {
        match event {
            TurnEvent::AllocationCreated(_, relayed) => {
                self.allocated = true;
                let mapped = self.tap.mapped();
                tell(Report::Seen(PathEvent::Allocated {
                    server: self.server,
                    transport: self.transport,
                    relayed,
                    mapped,
                }))
                .await;
                let base = self.link.local();
                tell(Report::Allocated {
                    relayed,
                    base,
                    mapped,
                })
                .await;
                true
            }
            TurnEvent::AllocationCreateFailed(_) => self.allocated,
            TurnEvent::PermissionCreateFailed(_, peer) => {
                tracing::debug!(relay = %self.server, %peer, "relay refused a peer");
                true
            }
            TurnEvent::PermissionCreated(_, _)
            | TurnEvent::ChannelCreated(_, _)
            | TurnEvent::ChannelCreateFailed(_, _)
            | TurnEvent::TcpConnected(_)
            | TurnEvent::TcpConnectFailed(_) => true,
        }
    }

    /// Carries an order out; false ends the client.
    async fn carry_out<F: Future<Output = ()>>(
        &mut self,
        order: Order,
        tell: &impl Fn(Report) -> F,
    ) -> bool {
        match order {
            Order::Incoming(message) => return self.incoming(message, tell).await,
            Order::Unreachable(_) if self.allocated => {}
            Order::Unreachable(text) => {
                tell(Report::Seen(PathEvent::TurnUnreachable {
                    server: self.server,
                    transport: self.transport,
                    errno: None,
                    text,
                }))
                .await;
                return false;
            }
            Order::Permit(peer) => self.permit(peer),
            Order::Bind(peer) => self.bind(peer),
            Order::Send(peer, bytes) => self.relay(peer, bytes, tell).await,
        }
        true
    }

    fn permit(&mut self, peer: IpAddr) {
        let room = self.permitted.len() < MOST_PEERS;
        if !self.allocated || !room || !self.permitted.insert(peer) {
            return;
        }
        let now = self.now();
        if let Err(error) = self.client.create_permission(TransportType::Udp, peer, now) {
            tracing::debug!(%peer, %error, "asked for no permission");
        }
    }

    fn bind(&mut self, peer: SocketAddr) {
        if !self.allocated || !self.bound.insert(peer) {
            return;
        }
        let now = self.now();
        if let Err(error) = self.client.bind_channel(TransportType::Udp, peer, now) {
            tracing::debug!(%peer, %error, "bound no channel");
        }
    }

    async fn relay<F: Future<Output = ()>>(
        &mut self,
        peer: SocketAddr,
        bytes: Vec<u8>,
        tell: &impl Fn(Report) -> F,
    ) {
        self.permit(peer.ip());
        let now = self.now();
        // Without a permission yet the datagram is lost; checks are repeated.
        let Ok(Some(transmit)) = self.client.send_to(TransportType::Udp, peer, bytes, now) else {
            return;
        };
        if !self.shared.stop.is_stopped() {
            let message = transmit.data.build();
            self.hand_over(message, false, tell).await;
        }
    }

    /// Takes a message of the relay; false ends the client.
    async fn incoming<F: Future<Output = ()>>(
        &mut self,
        message: Vec<u8>,
        tell: &impl Fn(Report) -> F,
    ) -> bool {
        if let Some((event, verdict)) = self.tap.received(&message) {
            tell(Report::Seen(event)).await;
            if verdict == Verdict::Refused && !self.allocated {
                return false;
            }
        }
        let kind = self.client.transport();
        let transmit = Transmit::new(message, kind, self.server, self.link.local());
        match self.client.recv(transmit, self.now()) {
            TurnRecvRet::PeerData(data) => {
                tell(Report::Data(data.peer, data.data().to_vec())).await;
            }
            TurnRecvRet::PeerIcmp {
                peer,
                icmp_type,
                icmp_code,
                ..
            } => {
                tracing::debug!(%peer, icmp_type, icmp_code, "relay could not reach a peer");
            }
            TurnRecvRet::Handled | TurnRecvRet::Ignored(_) => {}
        }
        true
    }

    /// Gives the allocation back: Refresh with lifetime 0 (RFC 8656, section 8).
    async fn release<F: Future<Output = ()>>(
        &mut self,
        mut orders: mpsc::Receiver<Order>,
        tell: &impl Fn(Report) -> F,
    ) {
        // A stream that ends within a message takes its allocation with it.
        if self.link.discard() {
            drop(timeout(FAREWELL, self.farewell(&mut orders, tell)).await);
        }
    }

    /// Waits until every request has its answer; an allocation that was still
    /// being asked for is given back as soon as it is granted.
    async fn farewell<F: Future<Output = ()>>(
        &mut self,
        orders: &mut mpsc::Receiver<Order>,
        tell: &impl Fn(Report) -> F,
    ) {
        while !self.allocated {
            if matches!(self.advance(tell).await, Life::Over) {
                return;
            }
            if self.allocated {
                break;
            }
            let Some(message) = self.last_words(orders).await else {
                return;
            };
            self.incoming(message, tell).await;
        }
        let now = self.now();
        // An error means that there is nothing to give back.
        drop(self.client.delete(now));
        // Not `advance`: to the protocol the allocation is over, and what it
        // still had to send would be forgotten.
        loop {
            self.transmit(tell).await;
            if self.tap.has_released() && self.tap.waiting_since().is_none() {
                return;
            }
            tokio::select! {
                message = self.last_words(orders) => match message {
                    Some(message) => {
                        self.incoming(message, tell).await;
                    }
                    None => return,
                },
                // The protocol leaves a pause between its requests.
                () = sleep(PAUSE) => {}
            }
        }
    }

    async fn last_words(&mut self, orders: &mut mpsc::Receiver<Order>) -> Option<Vec<u8>> {
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Incoming(message)) => return Some(message),
                    Some(
                        Order::Unreachable(_) | Order::Permit(_) | Order::Bind(_) | Order::Send(..),
                    ) => {}
                    None => return None,
                },
                message = self.link.receive() => return message.ok(),
            }
        }
    }
}
