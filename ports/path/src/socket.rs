//! Decides how one media socket sends and receives: the error queue is emptied
//! before every send, and a send that failed with a queued error is tried once
//! more, because that error belonged to an earlier datagram.

mod fragmenting;

use crate::error_queue::{self, QueueEntry};
use hopsight_machine::{enable_error_queue, send_with_hop_limit};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// A key frame of a large screen arrives as one burst.
const BUFFER: usize = 2 * 1024 * 1024;

/// So many ports beside the path's own are tried.
const MOST_PORTS: u16 = 8;

/// Datagrams taken from the kernel at one waking.
const MOST_DATAGRAMS: usize = 64;

/// A datagram that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Datagram {
    pub(crate) source: SocketAddr,
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: Instant,
}

/// What one waking of a socket brought.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) datagrams: Vec<Datagram>,
    pub(crate) told: Vec<QueueEntry>,
}

/// What one send brought.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Errors of earlier datagrams.
    pub(crate) told: Vec<QueueEntry>,
    /// Why this datagram did not leave: errno and the system's words.
    pub(crate) failed: Option<(i32, String)>,
}

/// A UDP socket bound to one address of this machine.
#[derive(Debug)]
pub(crate) struct MediaSocket {
    local: SocketAddr,
    socket: UdpSocket,
}

impl MediaSocket {
    /// Binds to a free port of `address`.
    pub(crate) fn bind(address: IpAddr) -> io::Result<Self> {
        Self::bind_to(SocketAddr::new(address, 0))
    }

    /// Binds to a port of the same address outside of the range from which systems
    /// hand theirs out (32768 to 60999), or within if `local` is outside.
    pub(crate) fn bind_beside(local: SocketAddr) -> io::Result<Self> {
        let base: u16 = if local.port() < 32_768 {
            40_000
        } else {
            20_000
        };
        let ports = (0..MOST_PORTS).map(|step| base + (local.port() % 10_000) / 2 + step);
        let mut tried = Err(ErrorKind::AddrInUse.into());
        for port in ports {
            tried = Self::bind_to(SocketAddr::new(local.ip(), port));
            if tried.is_ok() {
                break;
            }
        }
        tried
    }

    fn bind_to(local: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        // The system caps both silently; smaller buffers only lose datagrams.
        socket.set_recv_buffer_size(BUFFER)?;
        socket.set_send_buffer_size(BUFFER)?;
        enable_error_queue(&socket, local.ip())?;
        socket.bind(&local.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        let local = socket.local_addr()?;
        Ok(Self { local, socket })
    }

    pub(crate) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sends one datagram, or says why it did not leave.
    pub(crate) fn send(&self, destination: SocketAddr, bytes: &[u8]) -> Sent {
        let mut told = error_queue::drain(&self.socket);
        let Err(first) = self.try_send(destination, bytes) else {
            return Sent { told, failed: None };
        };
        let explained = error_queue::drain(&self.socket);
        if explained.is_empty() {
            let failed = failure(&first);
            return Sent { told, failed };
        }
        told.extend(explained);
        let again = self.try_send(destination, bytes);
        let failed = again.err().as_ref().and_then(failure);
        // A refusal that the queue explains itself is told once, by the queue.
        let later = error_queue::drain(&self.socket);
        let failed = failed.filter(|_| !later.iter().any(|entry| entry.destination == destination));
        told.extend(later);
        Sent { told, failed }
    }

    /// Sends one datagram that may cross `hop_limit` routers. A refusal is not
    /// tried again: a probe that did not leave is a hop without an answer.
    pub(crate) fn send_with_hop_limit(
        &self,
        destination: SocketAddr,
        bytes: &[u8],
        hop_limit: u8,
    ) -> Sent {
        let told = error_queue::drain(&self.socket);
        let sent = send_with_hop_limit(&self.socket, destination, bytes, hop_limit);
        let failed = sent.err().as_ref().and_then(failure);
        Sent { told, failed }
    }

    /// Sends one datagram that no router may cut up, whatever is known of the
    /// path. What this machine's own link cannot take does not leave, and that
    /// is no refusal.
    pub(crate) fn send_in_one_piece(&self, destination: SocketAddr, bytes: &[u8]) -> Sent {
        let mut told = error_queue::drain(&self.socket);
        let sent = fragmenting::forbidden(&self.socket, destination, || {
            self.try_send(destination, bytes)
        });
        let failed = sent.err().as_ref().and_then(failure);
        // Of this datagram alone the kernel speaks by itself.
        let later = error_queue::drain(&self.socket).into_iter();
        told.extend(later.filter(|entry| !entry.is_own_word()));
        Sent { told, failed }
    }

    /// Sends one datagram that no router may cut up and that may cross
    /// `hop_limit` routers.
    pub(crate) fn send_in_one_piece_with_hop_limit(
        &self,
        destination: SocketAddr,
        bytes: &[u8],
        hop_limit: u8,
    ) -> Sent {
        let sent = fragmenting::forbidden(&self.socket, destination, || {
            Ok(self.send_with_hop_limit(destination, bytes, hop_limit))
        });
        sent.unwrap_or_else(|error| Sent {
            told: Vec::new(),
            failed: failure(&error),
        })
    }

    /// From now on routers may cut up what is too long for a link: a picture in
    /// pieces is better than none.
    pub(crate) fn allow_fragmenting(&self) {
        fragmenting::allow(&self.socket, self.local);
    }

    /// Waits until datagrams or errors are there and takes them.
    pub(crate) async fn receive(&self) -> io::Result<Arrived> {
        let interest = Interest::READABLE | Interest::ERROR;
        self.socket.ready(interest).await?;
        let mut arrived = Arrived {
            told: self.drain(),
            datagrams: Vec::new(),
        };
        let mut buffer = [0; 2048];
        for _ in 0..MOST_DATAGRAMS {
            match self.socket.try_recv_from(&mut buffer) {
                Ok((length, source)) => arrived.datagrams.push(Datagram {
                    source,
                    bytes: buffer.get(..length).unwrap_or_default().to_vec(),
                    at: Instant::now(),
                }),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // The error of an earlier send; its reason stands in the queue.
                Err(_) => arrived.told.extend(self.drain()),
            }
        }
        Ok(arrived)
    }

    /// Past the runtime's idea of readiness, which a new socket does not have yet.
    fn try_send(&self, destination: SocketAddr, bytes: &[u8]) -> io::Result<usize> {
        SockRef::from(&self.socket).send_to(bytes, &destination.into())
    }

    /// Empties the error queue and waits for the next error.
    fn drain(&self) -> Vec<QueueEntry> {
        let mut told = Vec::new();
        let emptied = self.socket.try_io(Interest::ERROR, || {
            told = error_queue::drain(&self.socket);
            Err::<(), io::Error>(ErrorKind::WouldBlock.into())
        });
        // Always "would block": that is how the readiness is given back.
        drop(emptied);
        told
    }
}

/// A full send buffer is a loss like any other, not a refusal.
fn failure(error: &io::Error) -> Option<(i32, String)> {
    if error.kind() == ErrorKind::WouldBlock {
        return None;
    }
    Some((error.raw_os_error().unwrap_or(0), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::{IcmpKind, PathEvent};

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn closed_port() -> SocketAddr {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.local_addr().unwrap()
    }

    #[tokio::test]
    async fn an_error_about_one_destination_does_not_cost_the_next_one_its_datagram() {
        let socket = MediaSocket::bind(LOOPBACK).unwrap();
        let alive = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let closed = closed_port();

        let first = socket.send(closed, b"to nobody");
        let second = socket.send(alive.local_addr().unwrap(), b"to somebody");

        assert_eq!(first.failed, None);
        assert_eq!(second.failed, None);
        let told: Vec<SocketAddr> = second.told.iter().map(|entry| entry.destination).collect();
        assert_eq!(told, [closed]);
        let mut buffer = [0; 64];
        let (length, _) = alive.recv_from(&mut buffer).unwrap();
        assert_eq!(buffer.get(..length), Some(&b"to somebody"[..]));
    }

    #[tokio::test]
    async fn an_error_wakes_a_socket_that_sends_nothing_more() {
        let socket = MediaSocket::bind(LOOPBACK).unwrap();
        let closed = closed_port();
        socket.send(closed, b"to nobody");

        let arrived = socket.receive().await.unwrap();

        let kinds: Vec<&PathEvent> = arrived.told.iter().map(|entry| &entry.event).collect();
        assert_eq!(
            kinds,
            [&PathEvent::IcmpError {
                destination: closed,
                offender: LOOPBACK,
                kind: IcmpKind::PortUnreachable,
                mtu: None,
                transaction: None,
            }]
        );
    }
}
