//! Answers ChannelBind (RFC 8656, section 12): a number for a peer, and a
//! permission with it.

use super::allocation::ChannelError;
use super::answer::{Failure, Request, fixed};
use super::authentication::Credentials;
use super::create_permission::one_peer;
use super::{Server, Step};
use crate::families::Family;
use crate::message::{AttributeKind, Writer};
use crate::values::FiveTuple;
use hopsight_kit::Moment;
use std::net::SocketAddr;

impl Server {
    pub(super) fn channel_bind(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials,
        step: &mut Step<'_>,
    ) -> Result<Writer, Failure> {
        self.own_allocation(request, credentials, step)?;
        let is_of_tool = self.state.is_of_tool(&credentials.holder.session);
        let number = channel_number(request, is_of_tool)?;
        let peer = one_peer(request).ok_or(Failure::BadRequest)?;
        // Another allocation of the session is reached without a socket.
        let port = match self.allocation_behind(request.from, peer, step.now) {
            Some(_) => None,
            None => Some(peer.port()),
        };
        let address = peer.ip();
        self.check_peer(request, address, port, step)?;
        let allocation = self.own_allocation(request, credentials, step)?;
        if !allocation.has_room_for(&[address]) {
            return Err(Failure::InsufficientCapacity);
        }
        allocation
            .bind(number, peer, step.now)
            .map_err(|error| match error {
                ChannelError::Taken => Failure::BadRequest,
                ChannelError::TooMany => Failure::InsufficientCapacity,
            })?;
        allocation.permit(address, step.now);
        Ok(request.success())
    }

    /// The client of the same session that holds this relayed address.
    pub(super) fn allocation_behind(
        &self,
        from: FiveTuple,
        peer: SocketAddr,
        now: Moment,
    ) -> Option<FiveTuple> {
        if !self.is_advertised(peer.ip()) {
            return None;
        }
        let own = self.state.live_allocation(&from, now)?;
        let client = self.state.ports.get(&peer.port())?;
        let other = self.state.live_allocation(client, now)?;
        let is_served = other.serves(Family::of(peer.ip()), now);
        (is_served && own.holder.session == other.holder.session).then_some(*client)
    }
}

/// Foreign tools may be of the time of RFC 5766, which had more numbers.
fn channel_number(request: &Request<'_>, is_of_tool: bool) -> Result<u16, Failure> {
    let highest = if is_of_tool { 0x7FFF } else { 0x4FFF };
    let value = fixed(request, AttributeKind::ChannelNumber)?;
    let number = value.map(|[high, low, _, _]| u16::from_be_bytes([high, low]));
    number
        .filter(|number| (0x4000..=highest).contains(number))
        .ok_or(Failure::BadRequest)
}
