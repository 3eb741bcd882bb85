//! Answers ChannelBind (RFC 8656, section 12): a number for a peer, and a
//! permission with it.

use super::allocation::ChannelError;
use super::answer::{Failure, Request};
use super::authentication::Credentials;
use super::create_permission::{one_peer, with_port};
use super::{Server, Step};
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
        let number = channel_number(request).ok_or(Failure::BadRequest)?;
        let peer = one_peer(request).ok_or(Failure::BadRequest)?;
        // Another allocation of the session is reached without a socket.
        let port = match self.allocation_behind(request.from, peer, step.now) {
            Some(_) => None,
            None => Some(peer.port()),
        };
        let address = self.permitted_peer(request, peer.ip(), port, step)?;
        let allocation = self.own_allocation(request, credentials, step)?;
        if !allocation.has_room_for(&[address]) {
            return Err(Failure::InsufficientCapacity);
        }
        allocation
            .bind(number, with_port(address, peer), step.now)
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
        if peer.ip() != self.settings.advertised {
            return None;
        }
        let own = self.state.live_allocation(&from, now)?;
        let client = self.state.ports.get(&peer.port())?;
        let other = self.state.live_allocation(client, now)?;
        (own.session == other.session).then_some(*client)
    }
}

fn channel_number(request: &Request<'_>) -> Option<u16> {
    let value = request.message.attribute(AttributeKind::ChannelNumber)?;
    let bytes: [u8; 4] = value.try_into().ok()?;
    let [high, low, _, _] = bytes;
    let number = u16::from_be_bytes([high, low]);
    (0x4000..=0x4FFF).contains(&number).then_some(number)
}
