//! Decides which way data of a client goes: to another client of the session
//! without a socket, or out of the relayed port.

use super::{Server, Step};
use crate::families::Family;
use crate::values::{Action, Counter, FiveTuple};
use std::net::SocketAddr;

/// What a client wants sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Datagram<'d> {
    pub(super) data: &'d [u8],
    /// Only Send indications can ask for it (RFC 8656, section 15).
    pub(super) dont_fragment: bool,
}

impl Server {
    /// The one way out for Send indications and ChannelData.
    pub(super) fn forward(
        &mut self,
        from: FiveTuple,
        peer: SocketAddr,
        datagram: Datagram<'_>,
        step: &mut Step<'_>,
    ) {
        let Some(allocation) = self.state.live_allocation(&from, step.now) else {
            return step.count(Counter::NoAllocation);
        };
        let address = peer.ip();
        let Datagram {
            data,
            dont_fragment,
        } = datagram;
        if !allocation.permits(address, step.now) {
            return step.count(Counter::NoPermission);
        }
        let port = allocation.port;
        let behind = self.allocation_behind(from, peer, step.now);
        if behind.is_none() && !self.may_leave(&from, peer) {
            return step.count(Counter::Forbidden);
        }
        if let Some(allocation) = self.state.allocations.get_mut(&from) {
            allocation.count_to_peer(address, data.len());
        }
        step.count(Counter::Forwarded);
        match behind {
            Some(other) => {
                let relayed = self.relayed(port, Family::of(address));
                self.hand_to_client(other, relayed, data, step);
            }
            None => step.actions.push(Action::ToPeer {
                port,
                peer,
                bytes: data.to_vec(),
                dont_fragment,
            }),
        }
    }

    /// A permission covers every port of an address; some ports are the
    /// relay's own.
    fn may_leave(&self, from: &FiveTuple, peer: SocketAddr) -> bool {
        let Some(allocation) = self.state.allocations.get(from) else {
            return false;
        };
        let decided = self.decide(&allocation.holder, peer.ip(), Some(peer.port()));
        peer.port() != 0 && decided.is_ok()
    }
}
