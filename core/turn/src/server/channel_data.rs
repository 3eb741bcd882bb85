//! Carries out ChannelData (RFC 8656, sections 12.4 to 12.7), both ways.

use super::forward::Datagram;
use super::{Server, Step};
use crate::values::{Counter, FiveTuple};
use hopsight_evidence::Transport;

impl Server {
    pub(super) fn channel_data(&mut self, from: FiveTuple, bytes: &[u8], step: &mut Step<'_>) {
        let Some((number, data)) = read(bytes) else {
            return step.count(Counter::Malformed);
        };
        let Some(allocation) = self.state.live_allocation(&from, step.now) else {
            return step.count(Counter::NoAllocation);
        };
        let Some(peer) = allocation.bound_peer(number, step.now) else {
            return step.count(Counter::NoAllocation);
        };
        let datagram = Datagram {
            data,
            dont_fragment: false,
        };
        self.forward(from, peer, datagram, step);
    }
}

/// A ChannelData message; over a stream it is padded to four bytes. `None`
/// when the data is too long for one.
pub(super) fn write(number: u16, data: &[u8], transport: Transport) -> Option<Vec<u8>> {
    let length = u16::try_from(data.len()).ok()?;
    let mut bytes = Vec::with_capacity(data.len().saturating_add(8));
    bytes.extend(number.to_be_bytes());
    bytes.extend(length.to_be_bytes());
    bytes.extend(data);
    match transport {
        Transport::Udp => {}
        Transport::Tcp | Transport::Tls => bytes.resize(bytes.len().next_multiple_of(4), 0),
    }
    Some(bytes)
}

/// Number and data; padding after the data is allowed.
fn read(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let ([n0, n1, l0, l1], rest) = bytes.split_first_chunk::<4>()?;
    let data = rest.get(..usize::from(u16::from_be_bytes([*l0, *l1])))?;
    Some((u16::from_be_bytes([*n0, *n1]), data))
}
