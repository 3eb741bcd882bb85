//! Opens, serves and closes relayed ports: a socket and a task for each family.
//! What the error queue of one says becomes an input of the state machine.

use crate::engine::{Engine, lock};
use crate::udp::{enlarge_buffers, errors, rest, take};
use hopsight_machine::{QueuedError, Said, allow_fragmenting, enable_error_queue, send_whole};
use hopsight_turn::{Family, Input, PeerError, RelayedPorts};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::task::AbortHandle;

#[derive(Debug)]
pub(crate) struct Ports {
    /// The addresses relayed sockets are bound to.
    ipv4: IpAddr,
    ipv6: IpAddr,
    open: Mutex<BTreeMap<(u16, Family), Port>>,
}

#[derive(Debug)]
struct Port {
    socket: Arc<UdpSocket>,
    /// Held while something leaves: whether it may be cut up is a matter of the
    /// socket, not of the datagram.
    sending: Arc<Mutex<()>>,
    task: AbortHandle,
}

impl Ports {
    /// Behind a one-to-one NAT the advertised address is not of this machine.
    pub(crate) fn new(ipv4: Ipv4Addr, ipv6: Option<Ipv6Addr>) -> Self {
        let own = |address: IpAddr| std::net::UdpSocket::bind((address, 0)).is_ok();
        let own_or = |address: IpAddr, all: IpAddr| if own(address) { address } else { all };
        let all_ipv6 = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        Self {
            ipv4: own_or(ipv4.into(), Ipv4Addr::UNSPECIFIED.into()),
            ipv6: ipv6.map_or(all_ipv6, |address| own_or(address.into(), all_ipv6)),
            open: Mutex::default(),
        }
    }

    /// All of the ports, or none.
    pub(crate) fn open(&self, ports: RelayedPorts, engine: &Arc<Engine>) -> Input<'static> {
        let opened = ports
            .all()
            .try_for_each(|(port, family)| self.open_one(port, family, engine));
        if opened.is_some() {
            return Input::PortsOpened(ports);
        }
        for (port, family) in ports.all() {
            self.close(port, family);
        }
        Input::PortsFailed(ports)
    }

    /// Whether the operating system took the datagram. It is tried twice: the
    /// first failure may be the error of an earlier one.
    pub(crate) fn send(
        &self,
        port: u16,
        peer: SocketAddr,
        bytes: &[u8],
        dont_fragment: bool,
    ) -> bool {
        let open = lock(&self.open);
        let Some(found) = open.get(&(port, Family::of(peer.ip()))) else {
            return false;
        };
        let (socket, sending) = (Arc::clone(&found.socket), Arc::clone(&found.sending));
        drop(open);
        let _sending = lock(&sending);
        let plain = || socket.try_send_to(bytes, peer);
        let attempt = || match dont_fragment {
            true => send_whole(&*socket, peer.ip(), plain),
            false => plain(),
        };
        match attempt() {
            Ok(_length) => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(_) => attempt().is_ok(),
        }
    }

    pub(crate) fn close(&self, port: u16, family: Family) {
        if let Some(port) = lock(&self.open).remove(&(port, family)) {
            port.task.abort();
        }
    }

    pub(crate) fn close_all(&self) {
        lock(&self.open).clear();
    }

    fn open_one(&self, port: u16, family: Family, engine: &Arc<Engine>) -> Option<()> {
        let address = match family {
            Family::Ipv4 => self.ipv4,
            Family::Ipv6 => self.ipv6,
        };
        let socket = Arc::new(bind((address, port).into()).ok()?);
        let task = engine.spawn(serve(Arc::clone(engine), port, Arc::clone(&socket)))?;
        let port_open = Port {
            socket,
            sending: Arc::default(),
            task,
        };
        lock(&self.open).insert((port, family), port_open);
        Some(())
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.set_nonblocking(true)?;
    let socket = UdpSocket::from_std(socket.into())?;
    enlarge_buffers(&socket);
    allow_fragmenting(&socket, address.ip())?;
    enable_error_queue(&socket, address.ip())?;
    Ok(socket)
}

async fn serve(engine: Arc<Engine>, port: u16, socket: Arc<UdpSocket>) {
    let mut buffer = vec![0; crate::udp::LARGEST_DATAGRAM];
    loop {
        let interest = Interest::READABLE | Interest::ERROR;
        if let Err(error) = socket.ready(interest).await {
            rest(&error).await;
        }
        let told = errors(&socket).into_iter();
        for (peer, error) in told.filter_map(|error| peer_error(&error)) {
            engine.input(Input::PeerFailed { port, peer, error });
        }
        let taken = take(&socket, &mut buffer, |peer, bytes| {
            engine.input(Input::FromPeer { port, peer, bytes });
        });
        if let Err(error) = taken {
            rest(&error).await;
        }
    }
}

/// What the network said of a datagram to a peer; that it is longer than the path
/// takes is also known by this machine, which then says what a router would.
fn peer_error(queued: &QueuedError) -> Option<(SocketAddr, PeerError)> {
    let peer = queued.destination?;
    let error = match queued.said {
        Said::Network {
            icmp_type,
            code,
            mtu,
            ..
        } => PeerError {
            icmp_type,
            code,
            data: mtu.unwrap_or(0),
        },
        Said::ThisMachine { info: 0, .. } => return None,
        Said::ThisMachine { info, .. } => {
            let (icmp_type, code) = if peer.is_ipv4() { (3, 4) } else { (2, 0) };
            PeerError {
                icmp_type,
                code,
                data: info,
            }
        }
    };
    Some((peer, error))
}
