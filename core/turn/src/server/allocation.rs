//! Decides what an allocation is and when its permissions and channels end
//! (RFC 8656, sections 3.2, 9 and 12).

use super::{Server, Step};
use crate::control::{PeerTraffic, Traffic};
use crate::message::{Key, TransactionId};
use crate::values::{Action, Counter, FiveTuple};
use hopsight_evidence::Side;
use hopsight_kit::{Moment, SessionId};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

/// A relayed address in use.
#[derive(Debug)]
pub(super) struct Allocation {
    pub(super) username: String,
    pub(super) session: SessionId,
    pub(super) side: Side,
    pub(super) port: u16,
    pub(super) lifetime: Duration,
    pub(super) expires: Moment,
    /// The transaction that made it: a repeated request gets the same answer.
    pub(super) transaction: TransactionId,
    permissions: BTreeMap<Ipv4Addr, Moment>,
    channels: BTreeMap<u16, Channel>,
    numbers: BTreeMap<SocketAddrV4, u16>,
    traffic: BTreeMap<Ipv4Addr, (Traffic, Traffic)>,
    reported: BTreeSet<IpAddr>,
}

/// An allocation that waits for its port.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) username: String,
    pub(super) session: SessionId,
    pub(super) side: Side,
    pub(super) key: Key,
    pub(super) lifetime: Duration,
    pub(super) transaction: TransactionId,
    pub(super) is_fingerprinted: bool,
    /// How many ports were tried in vain.
    pub(super) failed: u8,
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    peer: SocketAddrV4,
    expires: Moment,
}

/// A channel that cannot be bound as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChannelError {
    /// The number belongs to another peer, or the peer to another number.
    Taken,
    /// The allocation has as many as it may.
    TooMany,
}

impl Allocation {
    pub(super) fn new(opening: &Opening, port: u16, now: Moment) -> Self {
        Self {
            username: opening.username.clone(),
            session: opening.session.clone(),
            side: opening.side,
            port,
            lifetime: opening.lifetime,
            expires: now + opening.lifetime,
            transaction: opening.transaction,
            permissions: BTreeMap::new(),
            channels: BTreeMap::new(),
            numbers: BTreeMap::new(),
            traffic: BTreeMap::new(),
            reported: BTreeSet::new(),
        }
    }

    /// Whether there is room for permissions for these peers.
    pub(super) fn has_room_for(&self, peers: &[Ipv4Addr]) -> bool {
        let new = peers
            .iter()
            .filter(|peer| !self.permissions.contains_key(peer))
            .count();
        self.permissions.len().saturating_add(new) <= PERMISSIONS
    }

    /// Installs or renews a permission.
    pub(super) fn permit(&mut self, peer: Ipv4Addr, now: Moment) {
        self.permissions.insert(peer, now + PERMISSION_LIFETIME);
    }

    pub(super) fn permits(&self, peer: Ipv4Addr, now: Moment) -> bool {
        self.permissions
            .get(&peer)
            .is_some_and(|expires| now < *expires)
    }

    /// Binds or renews a channel.
    pub(super) fn bind(
        &mut self,
        number: u16,
        peer: SocketAddrV4,
        now: Moment,
    ) -> Result<(), ChannelError> {
        self.expire(now);
        let bound = self.channels.get(&number).map(|channel| channel.peer);
        let numbered = self.numbers.get(&peer).copied();
        if bound.is_some_and(|bound| bound != peer) || numbered.is_some_and(|own| own != number) {
            return Err(ChannelError::Taken);
        }
        if bound.is_none() && self.channels.len() >= CHANNELS {
            return Err(ChannelError::TooMany);
        }
        let expires = now + CHANNEL_LIFETIME;
        self.channels.insert(number, Channel { peer, expires });
        self.numbers.insert(peer, number);
        Ok(())
    }

    /// The peer behind a channel number.
    pub(super) fn bound_peer(&self, number: u16, now: Moment) -> Option<SocketAddrV4> {
        self.channels
            .get(&number)
            .filter(|channel| now < channel.expires)
            .map(|channel| channel.peer)
    }

    /// The channel number of a peer.
    pub(super) fn channel_of(&self, peer: SocketAddrV4, now: Moment) -> Option<u16> {
        let number = self.numbers.get(&peer).copied()?;
        self.bound_peer(number, now).map(|_| number)
    }

    pub(super) fn count_to_peer(&mut self, peer: Ipv4Addr, length: usize) {
        self.traffic.entry(peer).or_default().0.count(length);
    }

    pub(super) fn count_from_peer(&mut self, peer: Ipv4Addr, length: usize) {
        self.traffic.entry(peer).or_default().1.count(length);
    }

    /// Whether this refusal is news; false when it was told before or too much
    /// was told already.
    pub(super) fn is_news(&mut self, peer: IpAddr) -> bool {
        self.reported.len() < REPORTED_REFUSALS && self.reported.insert(peer)
    }

    /// Drops what has ended by `now`.
    pub(super) fn expire(&mut self, now: Moment) {
        self.permissions.retain(|_, expires| now < *expires);
        self.channels.retain(|_, channel| now < channel.expires);
        let channels = &self.channels;
        self.numbers
            .retain(|_, number| channels.contains_key(number));
    }

    pub(super) fn traffic(&self, client: FiveTuple, relayed: SocketAddr) -> Vec<PeerTraffic> {
        self.traffic
            .iter()
            .map(|(peer, (to_peer, from_peer))| PeerTraffic {
                side: self.side,
                client: client.client,
                transport: client.transport,
                relayed,
                peer: IpAddr::V4(*peer),
                to_peer: *to_peer,
                from_peer: *from_peer,
            })
            .collect()
    }
}

impl Server {
    /// Ends an allocation and closes its port.
    pub(super) fn close(&mut self, client: FiveTuple, step: &mut Step<'_>) {
        let Some(allocation) = self.state.allocations.remove(&client) else {
            return;
        };
        self.state.ports.remove(&allocation.port);
        let traffic = allocation.traffic(client, self.relayed(allocation.port));
        if let Some(session) = self.state.sessions.get_mut(&allocation.session) {
            session.keep(traffic);
        }
        step.count(Counter::AllocationClosed);
        step.actions.push(Action::ClosePort {
            port: allocation.port,
        });
    }

    /// A client's stream ended.
    pub(super) fn client_gone(&mut self, client: FiveTuple, step: &mut Step<'_>) {
        // The port of an opening is closed when it turns out to be nobody's.
        self.state.openings.remove(&client);
        self.close(client, step);
    }

    /// The relayed address with this port.
    pub(super) const fn relayed(&self, port: u16) -> SocketAddr {
        SocketAddr::V4(SocketAddrV4::new(self.settings.advertised, port))
    }
}

/// RFC 8656, section 9.
const PERMISSION_LIFETIME: Duration = Duration::from_secs(300);
/// RFC 8656, section 12.
const CHANNEL_LIFETIME: Duration = Duration::from_secs(600);
const PERMISSIONS: usize = 64;
const CHANNELS: usize = 64;
const REPORTED_REFUSALS: usize = 32;
