//! Answers CreatePermission (RFC 8656, section 10), and decides for it and for
//! ChannelBind whether a peer is one of the session's.

use super::allocation::Allocation;
use super::answer::{Failure, Request};
use super::authentication::Credentials;
use super::{Server, Step};
use crate::canonical::canonical;
use crate::message::{AttributeKind, Writer, read_xor_address};
use crate::policy::Refusal;
use crate::values::Action;
use hopsight_evidence::Observation;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

impl Server {
    /// All peers of a request are permitted, or none.
    pub(super) fn create_permission(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials,
        step: &mut Step<'_>,
    ) -> Result<Writer, Failure> {
        self.own_allocation(request, credentials, step)?;
        let peers = peers(request)?;
        let mut permitted = Vec::new();
        for peer in peers {
            permitted.push(self.permitted_peer(request, peer.ip(), None, step)?);
        }
        let allocation = self.own_allocation(request, credentials, step)?;
        if !allocation.has_room_for(&permitted) {
            return Err(Failure::InsufficientCapacity);
        }
        for peer in permitted {
            allocation.permit(peer, step.now);
        }
        Ok(request.success())
    }

    /// The allocation of whoever asks.
    pub(super) fn own_allocation(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials,
        step: &Step<'_>,
    ) -> Result<&mut Allocation, Failure> {
        let allocation = self
            .state
            .live_allocation_mut(&request.from, step.now)
            .ok_or(Failure::AllocationMismatch)?;
        if allocation.username == credentials.username {
            Ok(allocation)
        } else {
            Err(Failure::WrongCredentials)
        }
    }

    /// The peer's address if the relay may send there for this allocation's
    /// session; a refusal is reported.
    pub(super) fn permitted_peer(
        &mut self,
        request: &Request<'_>,
        peer: IpAddr,
        port: Option<u16>,
        step: &mut Step<'_>,
    ) -> Result<Ipv4Addr, Failure> {
        let Some(allocation) = self.state.allocations.get_mut(&request.from) else {
            return Err(Failure::AllocationMismatch);
        };
        let session = allocation.session.clone();
        let known = self.state.sessions.get(&session);
        let known = known
            .and_then(|session| session.peers_of(allocation.side))
            .unwrap_or(&NOBODY);
        let decided = match peer {
            // Forwarded by allocation; what is no allocation of this session is
            // refused when data comes.
            IpAddr::V4(v4) if v4 == self.settings.advertised && port.is_none() => Ok(()),
            IpAddr::V4(_) | IpAddr::V6(_) => self.settings.policy.decide(peer, port, known),
        };
        match (decided, peer) {
            (Ok(()), IpAddr::V4(v4)) => Ok(v4),
            (Ok(()) | Err(Refusal::NotOfSession), IpAddr::V6(_)) => Err(Failure::PeerAddressFamily),
            (Err(refusal), IpAddr::V4(_) | IpAddr::V6(_)) => {
                if allocation.is_news(peer) {
                    step.actions.push(Action::Report {
                        session,
                        observation: Observation::RelayRefused {
                            side: allocation.side,
                            peer: canonical(peer).address,
                            because: refusal.to_string(),
                        },
                    });
                }
                Err(Failure::Forbidden(refusal))
            }
        }
    }
}

/// The addresses of XOR-PEER-ADDRESS; there must be one at least.
fn peers(request: &Request<'_>) -> Result<Vec<SocketAddr>, Failure> {
    let peers: Vec<SocketAddr> = request
        .message
        .values(AttributeKind::XorPeerAddress)
        .map(|value| read_xor_address(value, request.transaction()))
        .collect::<Option<_>>()
        .ok_or(Failure::BadRequest)?;
    if peers.is_empty() {
        return Err(Failure::BadRequest);
    }
    Ok(peers)
}

/// The IPv4 peer of an indication or a binding.
pub(super) fn one_peer(request: &Request<'_>) -> Option<SocketAddr> {
    let value = request.message.attribute(AttributeKind::XorPeerAddress)?;
    read_xor_address(value, request.transaction())
}

/// The same, once the family is known.
pub(super) const fn with_port(address: Ipv4Addr, peer: SocketAddr) -> SocketAddrV4 {
    SocketAddrV4::new(address, peer.port())
}

static NOBODY: BTreeSet<IpAddr> = BTreeSet::new();
