//! Decides where the relay may send: one function for permissions, channels
//! and data alike.
//!
//! It takes the peer address as it stood in the message and what is known of
//! the session; undoing disguises is left to `canonical`. Addresses of the
//! session's own allocations are forwarded without a socket and are therefore
//! no matter of this file.

mod ranges;

use crate::canonical::canonical;
use crate::network::Network;
use ranges::{Range, range};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

/// What the administrator and the surroundings say about peers.
#[derive(Clone, Debug)]
pub struct PeerPolicy {
    /// Private networks (shared address space, benchmarking and documentation
    /// ranges included) to which the relay may send. Public addresses need no
    /// entry.
    pub peer_networks: Vec<Network>,
    /// Addresses of the machine on which the relay runs.
    pub own_addresses: Vec<IpAddr>,
    /// Listeners of this machine that no session may reach through the relay;
    /// an unspecified address means all own addresses.
    pub own_listeners: Vec<SocketAddr>,
    /// The ports from which relayed ones are drawn.
    pub relayed_ports: RangeInclusive<u16>,
}

/// Why a peer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// 127.0.0.0/8, ::1.
    #[error("it is a loopback address")]
    Loopback,
    /// 169.254.0.0/16, fe80::/10.
    #[error("it is a link-local address")]
    LinkLocal,
    /// A cloud's metadata service.
    #[error("it is a metadata service")]
    Metadata,
    /// 224.0.0.0/4, ff00::/8.
    #[error("it is a multicast address")]
    Multicast,
    /// 0.0.0.0/8, `::`.
    #[error("it is the unspecified address")]
    Unspecified,
    /// 255.255.255.255.
    #[error("it is the broadcast address")]
    Broadcast,
    /// Reserved by IANA for something that is no host.
    #[error("it is a reserved address")]
    Reserved,
    /// Private, and in none of the peer networks.
    #[error("it is a private address outside relay.peer_networks")]
    Private,
    /// A listener of the relay's own machine, or a relayed port of another
    /// session.
    #[error("it is a service of the relay's own machine")]
    OwnListener,
    /// Neither a candidate nor seen on one of the session's flows.
    #[error("nobody in the session named it")]
    NotOfSession,
}

impl PeerPolicy {
    /// Whether the relay may send to `peer` for a session in which `known` are
    /// the addresses of candidates and of authenticated flows. `port` is
    /// absent where a permission for the whole address is asked.
    ///
    /// # Errors
    /// [`Refusal`], the first reason found.
    pub fn decide(
        &self,
        peer: IpAddr,
        port: Option<u16>,
        known: &BTreeSet<IpAddr>,
    ) -> Result<(), Refusal> {
        let peer = canonical(peer);
        for reading in peer.readings() {
            self.decide_range(reading)?;
            if port.is_some_and(|port| self.is_own_listener(reading, port)) {
                return Err(Refusal::OwnListener);
            }
        }
        if known.contains(&peer.address) {
            Ok(())
        } else {
            Err(Refusal::NotOfSession)
        }
    }

    fn decide_range(&self, address: IpAddr) -> Result<(), Refusal> {
        match range(address) {
            Range::Never(refusal) => Err(refusal),
            Range::Private if self.is_peer_network(address) => Ok(()),
            Range::Private => Err(Refusal::Private),
            Range::Public => Ok(()),
        }
    }

    fn is_peer_network(&self, address: IpAddr) -> bool {
        self.peer_networks
            .iter()
            .any(|network| network.contains(address))
    }

    /// Own ports below 1024 belong to services even when nobody told of them:
    /// no endpoint takes its media there.
    fn is_own_listener(&self, address: IpAddr, port: u16) -> bool {
        let is_own = self.own_addresses.contains(&address);
        let is_listed = self.own_listeners.iter().any(|listener| {
            let matches = canonical(listener.ip()).address == address
                || (listener.ip().is_unspecified() && is_own);
            matches && listener.port() == port
        });
        is_listed || (is_own && (port < 1024 || self.relayed_ports.contains(&port)))
    }
}

#[cfg(test)]
mod tests;
