//! Answers whoever holds a relayed port when it asks that port itself, from where
//! it allocated: the only way to learn whether UDP passes between the two
//! (decision 13). Nothing of anybody is passed on by that.

use super::binding::seen;
use super::{Server, Step};
use crate::message::{AttributeKind, Class, HEADER_LENGTH, Message, Method, TransactionId, Writer};
use crate::values::{Action, Counter, FiveTuple};
use hopsight_evidence::Transport;
use hopsight_kit::Moment;
use std::net::SocketAddr;

impl Server {
    /// Whether `bytes` are the holder's own question, which is answered here, or
    /// not at all when its network asks too often.
    pub(super) fn answers_holder(
        &mut self,
        (port, holder): (u16, FiveTuple),
        peer: SocketAddr,
        bytes: &[u8],
        step: &mut Step<'_>,
    ) -> bool {
        let Some(transaction) = bare_question(bytes) else {
            return false;
        };
        if !self.is_stranger_at_home(&holder, peer, step.now) {
            return false;
        }
        if !self.budgets.take(peer.ip(), step.now) {
            step.count(Counter::OverBudget);
            return true;
        }
        let bytes = Writer::new(Class::Success, Method::Binding, transaction)
            .address(AttributeKind::XorMappedAddress, seen(peer))
            .finish();
        step.actions.push(Action::ToPeer {
            port,
            peer,
            bytes,
            dont_fragment: false,
        });
        true
    }

    /// Whether `peer` is at the address from which this client allocated over
    /// UDP, and nobody there is a permitted peer: whose data is for the client.
    fn is_stranger_at_home(&self, holder: &FiveTuple, peer: SocketAddr, now: Moment) -> bool {
        let peer_ip = peer.ip().to_canonical();
        holder.transport == Transport::Udp
            && seen(holder.client).ip() == peer_ip
            && peer.port() != 0
            && self
                .state
                .live_allocation(holder, now)
                .is_some_and(|allocation| !allocation.permits(peer_ip, now))
    }
}

/// The transaction of a Binding request without any attribute; the checks of ICE
/// have some.
fn bare_question(bytes: &[u8]) -> Option<TransactionId> {
    let message = Message::read(bytes).ok()?;
    let is_bare = bytes.len() == HEADER_LENGTH
        && message.class() == Class::Request
        && message.method() == Method::Binding;
    is_bare.then(|| message.transaction())
}
