//! Decides which way data of a client goes: to another client of the session
//! without a socket, or out of the relayed port.

use super::{Server, Step};
use crate::values::{Action, Counter, FiveTuple};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

impl Server {
    /// The one way out for Send indications and ChannelData.
    pub(super) fn forward(
        &mut self,
        from: FiveTuple,
        peer: SocketAddr,
        data: &[u8],
        step: &mut Step<'_>,
    ) {
        let Some(allocation) = self.state.live_allocation(&from, step.now) else {
            return step.count(Counter::NoAllocation);
        };
        let IpAddr::V4(address) = peer.ip() else {
            return step.count(Counter::NoPermission);
        };
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
                let relayed = self.relayed(port);
                self.hand_to_client(other, relayed, data, step);
            }
            None => step.actions.push(Action::ToPeer {
                port,
                peer,
                bytes: data.to_vec(),
            }),
        }
    }

    /// A permission covers every port of an address; some ports are the
    /// relay's own.
    fn may_leave(&self, from: &FiveTuple, peer: SocketAddr) -> bool {
        let nobody = BTreeSet::new();
        let known = self
            .state
            .allocations
            .get(from)
            .and_then(|allocation| {
                let session = self.state.sessions.get(&allocation.session)?;
                session.peers_of(allocation.side)
            })
            .unwrap_or(&nobody);
        let policy = &self.settings.policy;
        peer.port() != 0 && policy.decide(peer.ip(), Some(peer.port()), known).is_ok()
    }
}
