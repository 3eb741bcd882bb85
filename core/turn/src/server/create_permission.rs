//! Answers CreatePermission (RFC 8656, section 10), and decides for it and for
//! ChannelBind whether a peer is one of the session's.

use super::allocation::{Allocation, Holder};
use super::answer::{Failure, Request};
use super::authentication::Credentials;
use super::{Server, Step};
use crate::canonical::canonical;
use crate::families::Family;
use crate::message::{AttributeKind, Writer, read_xor_address};
use crate::policy::Refusal;
use hopsight_evidence::Observation;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

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
        let permitted: Vec<IpAddr> = peers.iter().map(SocketAddr::ip).collect();
        for peer in &permitted {
            self.check_peer(request, *peer, None, step)?;
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
        if allocation.holder.username == credentials.holder.username {
            Ok(allocation)
        } else {
            Err(Failure::WrongCredentials)
        }
    }

    /// Refuses a peer to which the relay may not send for this allocation; a
    /// refusal is reported.
    pub(super) fn check_peer(
        &mut self,
        request: &Request<'_>,
        peer: IpAddr,
        port: Option<u16>,
        step: &mut Step<'_>,
    ) -> Result<(), Failure> {
        let Some(allocation) = self.state.allocations.get(&request.from) else {
            return Err(Failure::AllocationMismatch);
        };
        let decided = match port {
            // Forwarded by allocation; what is no allocation of this session is
            // refused when data comes.
            None if self.is_advertised(peer) => Ok(()),
            None | Some(_) => self.decide(&allocation.holder, peer, port),
        };
        let is_plain = canonical(peer).readings().eq([peer]);
        let is_served = is_plain && allocation.serves(Family::of(peer), step.now);
        match decided {
            Ok(()) if is_served => Ok(()),
            Ok(()) => Err(Failure::PeerAddressFamily),
            Err(Refusal::NotOfSession) if !is_served => Err(Failure::PeerAddressFamily),
            Err(refusal) => {
                self.report_refusal(request, peer, refusal, step);
                Err(Failure::Forbidden(refusal))
            }
        }
    }

    /// Whether the relay may send to a peer for this holder's session.
    pub(super) fn decide(
        &self,
        holder: &Holder,
        peer: IpAddr,
        port: Option<u16>,
    ) -> Result<(), Refusal> {
        let session = self.state.sessions.get(&holder.session);
        let known = session
            .and_then(|session| session.peers_of(holder.side))
            .unwrap_or(&NOBODY);
        let decided = self.settings.policy.decide(peer, port, known);
        match decided {
            Err(Refusal::NotOfSession) => {
                let peer = canonical(peer).address;
                let is_named = session.is_some_and(|session| session.names(peer));
                is_named.then_some(()).ok_or(Refusal::NotOfSession)
            }
            Ok(()) | Err(_) => decided,
        }
    }

    fn report_refusal(
        &mut self,
        request: &Request<'_>,
        peer: IpAddr,
        refusal: Refusal,
        step: &mut Step<'_>,
    ) {
        let Some(allocation) = self.state.allocations.get_mut(&request.from) else {
            return;
        };
        if !allocation.is_news(peer) {
            return;
        }
        let Holder { session, side, .. } = allocation.holder.clone();
        let refused = Observation::RelayRefused {
            side,
            peer: canonical(peer).address,
            because: refusal.to_string(),
        };
        self.report(&session, refused, step);
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

/// The peer of an indication or a binding.
pub(super) fn one_peer(request: &Request<'_>) -> Option<SocketAddr> {
    let value = request.message.attribute(AttributeKind::XorPeerAddress)?;
    read_xor_address(value, request.transaction())
}

static NOBODY: BTreeSet<IpAddr> = BTreeSet::new();
