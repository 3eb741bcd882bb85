//! Decides what an entry of the kernel's error queue says: which datagram
//! failed, who said so, and why. Linux `IP_RECVERR`; unprivileged.
//!
//! A pending error is returned by the *next* call on the socket, whatever its
//! destination: the socket's owner empties the queue and tries again, and never
//! takes the errno of a send for a word about that send.

use hopsight_evidence::IcmpKind;
use nix::libc;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, SockaddrStorage, recvmsg, setsockopt,
    sockopt,
};
use std::io::{Error, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

/// Entries read at once; more wait in the kernel for the next look.
const MOST_ENTRIES: usize = 64;

/// One entry of the error queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedError {
    /// Where the datagram was going, if the kernel names it.
    pub destination: Option<SocketAddr>,
    /// What became of it.
    pub said: Said,
    /// As much of the datagram as was quoted: hostile bytes.
    pub quoted: Vec<u8>,
}

/// Who said what of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The network, by ICMP.
    Network {
        /// What it said.
        kind: IcmpKind,
        /// The same in the numbers of ICMP, of the family of the destination.
        icmp_type: u8,
        /// The code within that type.
        code: u8,
        /// The address from which it said so, if the kernel names it.
        offender: Option<IpAddr>,
        /// With "too big" the largest datagram in bytes that would pass.
        mtu: Option<u32>,
    },
    /// This machine itself.
    ThisMachine {
        /// Why it did not send.
        errno: i32,
        /// With `EMSGSIZE` the bytes that the path takes, else 0.
        info: u32,
    },
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

/// Takes out what stands in the queue of a socket, oldest first; entries that
/// say nothing readable are dropped.
#[must_use]
pub fn drain_error_queue(socket: &impl AsFd) -> Vec<QueuedError> {
    let mut entries = Vec::new();
    for _ in 0..MOST_ENTRIES {
        match take(socket) {
            Taken::Entry(entry) => entries.push(entry),
            Taken::Unreadable => {}
            Taken::Nothing => break,
        }
    }
    entries
}

enum Taken {
    Entry(QueuedError),
    Unreadable,
    Nothing,
}

fn take(socket: &impl AsFd) -> Taken {
    let mut payload = [0; 512];
    let mut slices = [IoSliceMut::new(&mut payload)];
    let mut space = nix::cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let descriptor = socket.as_fd().as_raw_fd();
    let Ok(message) = recvmsg::<SockaddrStorage>(descriptor, &mut slices, Some(&mut space), flags)
    else {
        return Taken::Nothing;
    };
    let destination = message.address.as_ref().and_then(address);
    let said = message
        .cmsgs()
        .ok()
        .and_then(|mut all| all.find_map(|one| said(&one)));
    let length = message.bytes;
    said.map_or(Taken::Unreadable, |said| {
        Taken::Entry(QueuedError {
            destination,
            said,
            quoted: payload.get(..length).unwrap_or_default().to_vec(),
        })
    })
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

fn said(message: &ControlMessageOwned) -> Option<Said> {
    if let ControlMessageOwned::Ipv4RecvErr(error, offender) = message {
        let offender = offender
            .as_ref()
            .filter(|found| i32::from(found.sin_family) == libc::AF_INET)
            .map(|found| IpAddr::V4(SockaddrIn::from(*found).ip()));
        return Some(of_error(error, offender));
    }
    if let ControlMessageOwned::Ipv6RecvErr(error, offender) = message {
        let offender = offender
            .as_ref()
            .filter(|found| i32::from(found.sin6_family) == libc::AF_INET6)
            .map(|found| IpAddr::V6(SockaddrIn6::from(*found).ip()));
        return Some(of_error(error, offender));
    }
    None
}

fn of_error(error: &libc::sock_extended_err, offender: Option<IpAddr>) -> Said {
    let kind = match error.ee_origin {
        libc::SO_EE_ORIGIN_ICMP => icmp_kind(error.ee_type, error.ee_code),
        libc::SO_EE_ORIGIN_ICMP6 => icmp6_kind(error.ee_type, error.ee_code),
        _ => {
            return Said::ThisMachine {
                errno: i32::try_from(error.ee_errno).unwrap_or(0),
                info: error.ee_info,
            };
        }
    };
    Said::Network {
        kind,
        icmp_type: error.ee_type,
        code: error.ee_code,
        offender,
        mtu: (kind == IcmpKind::TooBig).then_some(error.ee_info),
    }
}

/// RFC 792 and RFC 1812, section 5.2.7.1.
const fn icmp_kind(icmp_type: u8, code: u8) -> IcmpKind {
    match (icmp_type, code) {
        (3, 0 | 6) => IcmpKind::NetworkUnreachable,
        (3, 1 | 7) => IcmpKind::HostUnreachable,
        (3, 3) => IcmpKind::PortUnreachable,
        (3, 4) => IcmpKind::TooBig,
        (3, 9 | 10 | 13) => IcmpKind::Prohibited,
        (11, 0) => IcmpKind::TimeExceeded,
        _ => IcmpKind::Other { icmp_type, code },
    }
}

/// RFC 4443, section 3.
const fn icmp6_kind(icmp_type: u8, code: u8) -> IcmpKind {
    match (icmp_type, code) {
        (1, 0) => IcmpKind::NetworkUnreachable,
        (1, 3) => IcmpKind::HostUnreachable,
        (1, 4) => IcmpKind::PortUnreachable,
        (1, 1 | 5 | 6) => IcmpKind::Prohibited,
        (2, 0) => IcmpKind::TooBig,
        (3, 0) => IcmpKind::TimeExceeded,
        _ => IcmpKind::Other { icmp_type, code },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn a_closed_port_is_told_once_with_its_offender_and_the_datagram() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        enable_error_queue(&socket, IpAddr::from([127, 0, 0, 1])).unwrap();
        let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr();
        let closed = closed.unwrap();

        socket.send_to(b"to nobody", closed).unwrap();

        let expected = QueuedError {
            destination: Some(closed),
            said: Said::Network {
                kind: IcmpKind::PortUnreachable,
                icmp_type: 3,
                code: 3,
                offender: Some(IpAddr::from([127, 0, 0, 1])),
                mtu: None,
            },
            quoted: b"to nobody".to_vec(),
        };
        assert_eq!(drain_error_queue(&socket), [expected]);
        assert_eq!(drain_error_queue(&socket), []);
    }

    #[test]
    fn the_two_families_number_their_errors_differently() {
        assert_eq!(icmp_kind(3, 13), IcmpKind::Prohibited);
        assert_eq!(icmp6_kind(1, 1), IcmpKind::Prohibited);
        assert_eq!(icmp_kind(11, 0), IcmpKind::TimeExceeded);
        assert_eq!(icmp6_kind(3, 0), IcmpKind::TimeExceeded);
        assert_eq!(
            icmp_kind(3, 2),
            IcmpKind::Other {
                icmp_type: 3,
                code: 2
            }
        );
    }
}
