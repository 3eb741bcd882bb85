//! Decides what an entry of the kernel's error queue says: which datagram
//! failed, who said so, and why. Linux `IP_RECVERR`; unprivileged.
//!
//! A pending error is returned by the *next* send, whatever its destination,
//! so nothing here looks at the errno of a send.

use hopsight_evidence::{IcmpKind, PathEvent};
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
pub(crate) struct QueueEntry {
    /// Where the datagram was going.
    pub(crate) destination: SocketAddr,
    /// What it says of the path.
    pub(crate) event: PathEvent,
}

impl QueueEntry {
    /// Whether this machine said it, and not the network.
    pub(crate) const fn is_own_word(&self) -> bool {
        matches!(self.event, PathEvent::SendFailed { .. })
    }
}

/// Switches the error queue of a socket on.
pub(crate) fn enable<F: AsFd>(socket: &F, address: IpAddr) -> Result<(), Error> {
    match address {
        IpAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &true),
        IpAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &true),
    }
    .map_err(Error::from)
}

/// Takes out what stands in the queue.
pub(crate) fn drain<F: AsRawFd>(socket: &F) -> Vec<QueueEntry> {
    let mut entries = Vec::new();
    while entries.len() < MOST_ENTRIES {
        match take(socket) {
            Taken::Entry(entry) => entries.push(entry),
            Taken::Unreadable => {}
            Taken::Nothing => break,
        }
    }
    entries
}

enum Taken {
    Entry(QueueEntry),
    Unreadable,
    Nothing,
}

fn take<F: AsRawFd>(socket: &F) -> Taken {
    let mut payload = [0; 512];
    let mut slices = [IoSliceMut::new(&mut payload)];
    let mut space = nix::cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let Ok(message) =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, Some(&mut space), flags)
    else {
        return Taken::Nothing;
    };
    let destination = message.address.as_ref().and_then(address);
    let told = message
        .cmsgs()
        .ok()
        .and_then(|mut all| all.find_map(|one| told(&one)));
    let length = message.bytes;
    let (Some(destination), Some(told)) = (destination, told) else {
        return Taken::Unreadable;
    };
    let echoed = payload.get(..length).unwrap_or_default();
    Taken::Entry(QueueEntry {
        destination,
        event: told.event(destination, echoed),
    })
}

/// What the kernel's control message says.
struct Told {
    error: libc::sock_extended_err,
    offender: Option<IpAddr>,
}

impl Told {
    fn event(&self, destination: SocketAddr, echoed: &[u8]) -> PathEvent {
        match self.error.ee_origin {
            libc::SO_EE_ORIGIN_ICMP => self.icmp(destination, echoed, icmp_kind),
            libc::SO_EE_ORIGIN_ICMP6 => self.icmp(destination, echoed, icmp6_kind),
            _ => self.local(destination),
        }
    }

    fn icmp(
        &self,
        destination: SocketAddr,
        echoed: &[u8],
        kind: impl Fn(u8, u8) -> IcmpKind,
    ) -> PathEvent {
        let kind = kind(self.error.ee_type, self.error.ee_code);
        PathEvent::IcmpError {
            destination,
            offender: self.offender.unwrap_or(destination.ip()),
            mtu: (kind == IcmpKind::TooBig).then_some(self.error.ee_info),
            kind,
            transaction: crate::tap::transaction(echoed),
        }
    }

    fn local(&self, destination: SocketAddr) -> PathEvent {
        let errno = i32::try_from(self.error.ee_errno).unwrap_or(0);
        let text = Error::from_raw_os_error(errno).to_string();
        let text = match (errno, self.error.ee_info) {
            (libc::EMSGSIZE, mtu) if mtu > 0 => format!("{text}; the path takes {mtu} bytes"),
            _ => text,
        };
        PathEvent::SendFailed {
            destination,
            errno,
            text,
        }
    }
}

fn told(message: &ControlMessageOwned) -> Option<Told> {
    if let ControlMessageOwned::Ipv4RecvErr(error, offender) = message {
        let offender = offender
            .as_ref()
            .filter(|found| i32::from(found.sin_family) == libc::AF_INET)
            .map(|found| IpAddr::V4(SockaddrIn::from(*found).ip()));
        return Some(Told {
            error: *error,
            offender,
        });
    }
    if let ControlMessageOwned::Ipv6RecvErr(error, offender) = message {
        let offender = offender
            .as_ref()
            .filter(|found| i32::from(found.sin6_family) == libc::AF_INET6)
            .map(|found| IpAddr::V6(SockaddrIn6::from(*found).ip()));
        return Some(Told {
            error: *error,
            offender,
        });
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
    fn a_closed_port_is_told_with_its_offender_and_the_matching_check() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        enable(&socket, IpAddr::from([127, 0, 0, 1])).unwrap();
        let closed = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let mut check = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
        check.extend_from_slice(&[7; 12]);

        socket.send_to(&check, closed).unwrap();

        let expected = QueueEntry {
            destination: closed,
            event: PathEvent::IcmpError {
                destination: closed,
                offender: IpAddr::from([127, 0, 0, 1]),
                kind: IcmpKind::PortUnreachable,
                mtu: None,
                transaction: Some([7; 12]),
            },
        };
        assert_eq!(drain(&socket), [expected]);
        assert_eq!(drain(&socket), []);
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
