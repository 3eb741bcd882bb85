//! Opens, serves and closes relayed ports: one socket and one task each.

use crate::engine::{Engine, lock};
use crate::udp::{enlarge_buffers, read};
use hopsight_turn::Input;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;
use tokio::task::AbortHandle;

#[derive(Debug)]
pub(crate) struct Ports {
    /// The address relayed sockets are bound to.
    from: Ipv4Addr,
    open: Mutex<BTreeMap<u16, Port>>,
}

#[derive(Debug)]
struct Port {
    socket: Arc<UdpSocket>,
    task: AbortHandle,
}

impl Ports {
    /// Behind a one-to-one NAT the advertised address is not of this machine.
    pub(crate) fn new(advertised: Ipv4Addr) -> Self {
        let is_own = std::net::UdpSocket::bind((advertised, 0)).is_ok();
        Self {
            from: if is_own {
                advertised
            } else {
                Ipv4Addr::UNSPECIFIED
            },
            open: Mutex::default(),
        }
    }

    pub(crate) fn open(&self, port: u16, engine: &Arc<Engine>) -> Input<'static> {
        let Ok(socket) = self.bind(port) else {
            return Input::PortFailed { port };
        };
        let socket = Arc::new(socket);
        let served = serve(Arc::clone(engine), port, Arc::clone(&socket));
        let Some(task) = engine.spawn(served) else {
            return Input::PortFailed { port };
        };
        lock(&self.open).insert(port, Port { socket, task });
        Input::PortOpened { port }
    }

    /// Whether the operating system took the datagram.
    pub(crate) fn send(&self, port: u16, peer: SocketAddr, bytes: &[u8]) -> bool {
        let socket = lock(&self.open)
            .get(&port)
            .map(|port| Arc::clone(&port.socket));
        socket.is_some_and(|socket| socket.try_send_to(bytes, peer).is_ok())
    }

    pub(crate) fn close(&self, port: u16) {
        if let Some(port) = lock(&self.open).remove(&port) {
            port.task.abort();
        }
    }

    pub(crate) fn close_all(&self) {
        lock(&self.open).clear();
    }

    fn bind(&self, port: u16) -> io::Result<UdpSocket> {
        let socket = std::net::UdpSocket::bind((self.from, port))?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket)?;
        enlarge_buffers(&socket);
        Ok(socket)
    }
}

async fn serve(engine: Arc<Engine>, port: u16, socket: Arc<UdpSocket>) {
    read(&socket, |peer, bytes| {
        engine.input(Input::FromPeer { port, peer, bytes });
    })
    .await;
}
