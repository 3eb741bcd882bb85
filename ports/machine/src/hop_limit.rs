//! Sends single datagrams of a UDP socket with a hop limit of their own. Which
//! router let one run out is told by the socket's error queue.

use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, sendmsg};
use std::io::{Error, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};

/// Sends one datagram that may cross `hop_limit` routers.
///
/// # Errors
/// When the system did not take it.
pub fn send_with_hop_limit(
    socket: &impl AsFd,
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
        socket.as_fd().as_raw_fd(),
        &[IoSlice::new(bytes)],
        &[control],
        MsgFlags::MSG_DONTWAIT,
        Some(&SockaddrStorage::from(destination)),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{drain_error_queue, enable_error_queue};
    use std::net::{IpAddr, UdpSocket};

    #[test]
    fn after_a_refusal_was_taken_out_the_next_datagram_leaves() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        enable_error_queue(&socket, IpAddr::from([127, 0, 0, 1])).unwrap();
        let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr();
        let alive = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = alive.local_addr().unwrap();
        send_with_hop_limit(&socket, closed.unwrap(), b"to nobody", 1).unwrap();

        assert!(send_with_hop_limit(&socket, to, b"refused", 1).is_err());
        assert_eq!(drain_error_queue(&socket).len(), 1);
        send_with_hop_limit(&socket, to, b"to somebody", 1).unwrap();

        let mut buffer = [0; 64];
        let (length, _) = alive.recv_from(&mut buffer).unwrap();
        assert_eq!(buffer.get(..length), Some(&b"to somebody"[..]));
    }
}
