//! Decides what the kernel's words about an earlier datagram say of the path.
//! Reading them is left to `ports/machine`.

use hopsight_evidence::PathEvent;
use hopsight_machine::{QueuedError, Said, drain_error_queue};
use nix::libc;
use std::io::Error;
use std::net::SocketAddr;
use std::os::fd::AsFd;

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

    /// Nothing for an entry that does not say whereto.
    fn of(entry: &QueuedError) -> Option<Self> {
        let destination = entry.destination?;
        let event = match entry.said {
            Said::Network {
                kind,
                offender,
                mtu,
                ..
            } => PathEvent::IcmpError {
                destination,
                offender: offender.unwrap_or(destination.ip()),
                mtu,
                kind,
                transaction: crate::tap::transaction(&entry.quoted),
            },
            Said::ThisMachine { errno, info } => PathEvent::SendFailed {
                destination,
                errno,
                text: words(errno, info),
            },
        };
        Some(Self { destination, event })
    }
}

/// Takes out what stands in the queue.
pub(crate) fn drain(socket: &impl AsFd) -> Vec<QueueEntry> {
    let entries = drain_error_queue(socket);
    entries.iter().filter_map(QueueEntry::of).collect()
}

fn words(errno: i32, info: u32) -> String {
    let text = Error::from_raw_os_error(errno).to_string();
    match (errno, info) {
        (libc::EMSGSIZE, mtu) if mtu > 0 => format!("{text}; the path takes {mtu} bytes"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::IcmpKind;
    use hopsight_machine::enable_error_queue;
    use std::net::IpAddr;
    use std::net::UdpSocket;

    #[test]
    fn a_closed_port_is_told_with_its_offender_and_the_matching_check() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        enable_error_queue(&socket, IpAddr::from([127, 0, 0, 1])).unwrap();
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
}
