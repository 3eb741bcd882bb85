//! Decides whether datagrams of a socket may be cut up on their way (the "do not
//! fragment" bit of IPv4; in IPv6 only this machine itself may cut).

use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use std::io::Error;
use std::net::IpAddr;
use std::os::fd::AsFd;

/// Lets datagrams of a socket that is bound to `address` be cut up from now on.
///
/// # Errors
/// When the system refuses.
pub fn allow_fragmenting(socket: &impl AsFd, address: IpAddr) -> Result<(), Error> {
    match address {
        IpAddr::V4(_) => set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::DONT),
        IpAddr::V6(_) => set_ipv6_mtu_discover(socket, Ipv6PathMtuDiscovery::DONT),
    }
    .map_err(Error::from)
}

/// Does `send` while nothing may be cut up, not even by this machine, and allows
/// it again. Whoever shares the socket must not send meanwhile.
///
/// # Errors
/// When the system refuses, or what `send` says: for a datagram longer than the
/// known path takes, "message too long", of which the error queue tells more.
pub fn send_whole<T>(
    socket: &impl AsFd,
    destination: IpAddr,
    send: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    match destination {
        IpAddr::V4(_) => set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::DO)?,
        IpAddr::V6(_) => set_ipv6_mtu_discover(socket, Ipv6PathMtuDiscovery::DO)?,
    }
    let sent = send();
    allow_fragmenting(socket, destination)?;
    sent
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::sockopt::ip_mtu_discover;
    use std::net::UdpSocket;

    #[test]
    fn only_what_is_sent_whole_is_never_cut_up() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = IpAddr::from([127, 0, 0, 1]);
        allow_fragmenting(&socket, to).unwrap();
        let before = ip_mtu_discover(&socket).unwrap();

        let meanwhile = send_whole(&socket, to, || Ok(ip_mtu_discover(&socket)?)).unwrap();

        let after = ip_mtu_discover(&socket).unwrap();
        assert_eq!(
            [before, meanwhile, after],
            [
                Ipv4PathMtuDiscovery::DONT,
                Ipv4PathMtuDiscovery::DO,
                Ipv4PathMtuDiscovery::DONT
            ]
        );
    }
}
