//! Decides whether routers may cut a datagram up (the "do not fragment" bit of
//! IPv4; in IPv6 they never may). The system sets it by itself from the start.

use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, ip_mtu_discover, ipv6_mtu_discover,
    set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

/// Does `send` while nothing may be cut up, also not by this machine, which may
/// know of a shorter link. The socket is left as it was.
pub(super) fn forbidden<F: AsFd, T>(
    socket: &F,
    destination: SocketAddr,
    send: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    match destination {
        SocketAddr::V4(_) => {
            let before = ip_mtu_discover(socket)?;
            set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::PROBE)?;
            let sent = send();
            set_ip_mtu_discover(socket, before)?;
            sent
        }
        SocketAddr::V6(_) => {
            let before = ipv6_mtu_discover(socket)?;
            set_ipv6_mtu_discover(socket, Ipv6PathMtuDiscovery::PROBE)?;
            let sent = send();
            set_ipv6_mtu_discover(socket, before)?;
            sent
        }
    }
}

/// Lets routers cut up what leaves from now on.
pub(super) fn allow<F: AsFd>(socket: &F, local: SocketAddr) {
    if local.is_ipv4()
        && let Err(error) = set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::DONT)
    {
        tracing::debug!(%error, "long datagrams stay in one piece");
    }
}
