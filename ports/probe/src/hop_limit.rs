//! Sends single datagrams of a UDP socket with a hop limit of their own, and
//! reads from the kernel's error queue which router let one run out.
//! Unprivileged; Linux.
//!
//! A socket whose error queue is on reports an error of one datagram at the next
//! call, whatever that is for: its owner empties the queue and tries again.

use nix::libc;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, SockaddrStorage,
    recvmsg, sendmsg, setsockopt, sockopt,
};
use std::io::{Error, IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

/// Entries read at once; more wait in the kernel for the next look.
const MOST_ENTRIES: usize = 64;

/// A router let a datagram's hop limit run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeExceeded {
    /// Where the datagram was going.
    pub destination: SocketAddr,
    /// The address from which the router said so.
    pub router: IpAddr,
    /// As much of the datagram as the router quoted: hostile bytes.
    pub quoted: Vec<u8>,
}

/// Switches the error queue of a socket that is bound to `address` on.
///
/// # Errors
/// When the system refuses.
pub fn enable_error_queue(socket: &impl AsFd, address: IpAddr) -> Result<(), Error> {
    match address {
        IpAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &true),
        IpAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &true),
    }
    .map_err(Error::from)
}

/// Sends one datagram that may cross `hop_limit` routers.
///
/// # Errors
/// When the system did not take it.
pub fn send_with_hop_limit(
    socket: &impl AsRawFd,
    destination: SocketAddr,
    bytes: &[u8],
    hop_limit: u8,
) -> Result<(), Error> {
    let limit = i32::from(hop_limit);
    let control = match destination {
        SocketAddr::V4(_) => ControlMessage::Ipv4Ttl(&limit),
        SocketAddr::V6(_) => ControlMessage::Ipv6HopLimit(&limit),
    };
    sendmsg(
        socket.as_raw_fd(),
        &[IoSlice::new(bytes)],
        &[control],
        MsgFlags::MSG_DONTWAIT,
        Some(&SockaddrStorage::from(destination)),
    )?;
    Ok(())
}

/// Empties the error queue of a socket and gives the hop limits that ran out;
/// errors of another kind are dropped.
#[must_use]
pub fn drain_error_queue(socket: &impl AsRawFd) -> Vec<TimeExceeded> {
    let mut entries = Vec::new();
    for _ in 0..MOST_ENTRIES {
        match take(socket) {
            Taken::TimeExceeded(entry) => entries.push(entry),
            Taken::Other => {}
            Taken::Nothing => break,
        }
    }
    entries
}

enum Taken {
    TimeExceeded(TimeExceeded),
    Other,
    Nothing,
}

fn take(socket: &impl AsRawFd) -> Taken {
    let mut payload = [0; 128];
    let mut slices = [IoSliceMut::new(&mut payload)];
    let mut space = nix::cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let Ok(message) =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, Some(&mut space), flags)
    else {
        return Taken::Nothing;
    };
    let destination = message.address.as_ref().and_then(address);
    let router = message
        .cmsgs()
        .ok()
        .and_then(|mut all| all.find_map(|one| router(&one)));
    let length = message.bytes;
    let (Some(destination), Some(router)) = (destination, router) else {
        return Taken::Other;
    };
    Taken::TimeExceeded(TimeExceeded {
        destination,
        router,
        quoted: payload.get(..length).unwrap_or_default().to_vec(),
    })
}

/// "Time exceeded" is type 11 (RFC 792) and type 3 (RFC 4443).
fn router(message: &ControlMessageOwned) -> Option<IpAddr> {
    if let ControlMessageOwned::Ipv4RecvErr(error, Some(offender)) = message {
        let is_told = (error.ee_origin, error.ee_type) == (libc::SO_EE_ORIGIN_ICMP, 11);
        return is_told.then(|| IpAddr::V4(SockaddrIn::from(*offender).ip()));
    }
    if let ControlMessageOwned::Ipv6RecvErr(error, Some(offender)) = message {
        let is_told = (error.ee_origin, error.ee_type) == (libc::SO_EE_ORIGIN_ICMP6, 3);
        return is_told.then(|| IpAddr::V6(SockaddrIn6::from(*offender).ip()));
    }
    None
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let four = storage
        .as_sockaddr_in()
        .map(|found| SocketAddr::from((found.ip(), found.port())));
    let six = storage
        .as_sockaddr_in6()
        .map(|found| SocketAddr::from((found.ip(), found.port())));
    four.or(six)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn a_refusal_that_is_no_hop_is_emptied_and_the_next_datagram_leaves() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        enable_error_queue(&socket, IpAddr::from([127, 0, 0, 1])).unwrap();
        let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr();
        let alive = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = alive.local_addr().unwrap();
        send_with_hop_limit(&socket, closed.unwrap(), b"to nobody", 1).unwrap();

        assert!(send_with_hop_limit(&socket, to, b"refused", 1).is_err());
        assert_eq!(drain_error_queue(&socket), []);
        send_with_hop_limit(&socket, to, b"to somebody", 1).unwrap();

        let mut buffer = [0; 64];
        let (length, _) = alive.recv_from(&mut buffer).unwrap();
        assert_eq!(buffer.get(..length), Some(&b"to somebody"[..]));
    }
}
