//! Decides what becomes of what comes to a relayed port: the holder's own question
//! is answered (`lent_port`), data of a permitted peer goes to the client, ICMP
//! errors become indications (RFC 8656, sections 11.3 to 11.6), the rest is dropped
//! and counted.

use super::binding::seen;
use super::channel_data;
use super::{Server, Step};
use crate::message::{AttributeKind, Class, Method, TransactionId, Writer};
use crate::values::{Action, Counter, Delivery, FiveTuple, PeerError};
use std::net::SocketAddr;

impl Server {
    pub(super) fn take_from_peer(
        &mut self,
        port: u16,
        peer: SocketAddr,
        bytes: &[u8],
        step: &mut Step<'_>,
    ) {
        let Some(client) = self.state.ports.get(&port).copied() else {
            return step.count(Counter::NoAllocation);
        };
        if !self.answers_holder((port, client), peer, bytes, step) {
            self.hand_to_client(client, peer, bytes, step);
        }
    }

    /// Hands data of `peer` to a client if the client permits it.
    pub(super) fn hand_to_client(
        &mut self,
        client: FiveTuple,
        peer: SocketAddr,
        data: &[u8],
        step: &mut Step<'_>,
    ) {
        let now = step.now;
        let Some(allocation) = self.state.live_allocation_mut(&client, now) else {
            return step.count(Counter::NoAllocation);
        };
        let peer = seen(peer);
        let address = peer.ip();
        if !allocation.permits(address, now) {
            return step.count(Counter::NoPermission);
        }
        let channel = allocation.channel_of(peer, now);
        let bytes = match channel {
            Some(number) => channel_data::write(number, data, client.transport),
            None if data.len() > LONGEST_DATA => None,
            None => Some(
                step.data_indication(peer)
                    .attribute(AttributeKind::Data, data)
                    .finish(),
            ),
        };
        let Some(bytes) = bytes else {
            return step.count(Counter::Malformed);
        };
        allocation.count_from_peer(address, data.len());
        step.count(Counter::Returned);
        step.deliver(client, bytes);
    }

    pub(super) fn peer_failed(
        &self,
        port: u16,
        peer: SocketAddr,
        error: PeerError,
        step: &mut Step<'_>,
    ) {
        let Some(client) = self.state.ports.get(&port).copied() else {
            return step.count(Counter::NoAllocation);
        };
        let permits = self
            .state
            .live_allocation(&client, step.now)
            .is_some_and(|allocation| allocation.permits(peer.ip(), step.now));
        if !permits || !error.is_forwarded(peer) {
            return step.count(Counter::NoPermission);
        }
        let bytes = step
            .data_indication(peer)
            .attribute(AttributeKind::Icmp, &icmp(error))
            .finish();
        step.deliver(client, bytes);
    }
}

impl PeerError {
    /// The types that RFC 8656, section 11.5, hands on.
    const fn is_forwarded(self, peer: SocketAddr) -> bool {
        match peer {
            SocketAddr::V4(_) => matches!(self.icmp_type, 3 | 11 | 12),
            SocketAddr::V6(_) => matches!(self.icmp_type, 1..=4),
        }
    }
}

impl Step<'_> {
    fn data_indication(&mut self, peer: SocketAddr) -> Writer {
        let mut transaction = [0; 12];
        self.random.fill(&mut transaction);
        Writer::new(Class::Indication, Method::Data, TransactionId(transaction))
            .address(AttributeKind::XorPeerAddress, peer)
    }

    fn deliver(&mut self, to: FiveTuple, bytes: Vec<u8>) {
        self.actions.push(Action::ToClient {
            to,
            bytes,
            delivery: Delivery::Datagram,
        });
    }
}

/// The value of an ICMP attribute. The figure of RFC 8656 draws seven bits of
/// type and nine of code, the text gives no widths; an octet each is what clients
/// read.
fn icmp(error: PeerError) -> [u8; 8] {
    let [e, f, g, h] = error.data.to_be_bytes();
    [0, 0, error.icmp_type, error.code, e, f, g, h]
}

/// What fits into a Data indication, and that into a UDP datagram.
const LONGEST_DATA: usize = 65_400;
