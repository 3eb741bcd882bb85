//! Decides what an allocation is and when its addresses, permissions and channels
//! end (RFC 8656, sections 3.2, 8.1, 9 and 12).

use super::{Server, Step};
use crate::control::{PeerTraffic, Traffic};
use crate::families::{Families, Family, RelayedPorts};
use crate::message::{Key, TransactionId};
use crate::values::{Action, Counter, FiveTuple};
use hopsight_evidence::Side;
use hopsight_kit::{Moment, SessionId};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// A relayed address in use, or one of each family.
#[derive(Debug)]
pub(super) struct Allocation {
    pub(super) holder: Holder,
    pub(super) port: u16,
    /// What was answered: a repeated request gets the same answer.
    pub(super) promise: Promise,
    /// The transaction that made it.
    pub(super) transaction: TransactionId,
    /// When the address of each family ends.
    lives: BTreeMap<Family, Moment>,
    permissions: BTreeMap<IpAddr, Moment>,
    channels: BTreeMap<u16, Channel>,
    numbers: BTreeMap<SocketAddr, u16>,
    traffic: BTreeMap<IpAddr, (Traffic, Traffic)>,
    reported: BTreeSet<IpAddr>,
}

/// Whose an allocation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) username: String,
    pub(super) owner: String,
    pub(super) session: SessionId,
    pub(super) side: Side,
}

/// What the answer to an Allocate says beside addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) families: Families,
    /// An additional IPv6 address was asked for and there is none.
    pub(super) lacks_ipv6: bool,
    pub(super) lifetime: Duration,
    /// Opens the port that is held in reserve.
    pub(super) token: Option<[u8; 8]>,
}

/// An allocation that waits for its ports.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) holder: Holder,
    pub(super) key: Key,
    pub(super) promise: Promise,
    pub(super) transaction: TransactionId,
    pub(super) is_fingerprinted: bool,
    pub(super) ports: RelayedPorts,
    /// Whether the port must be an even one.
    pub(super) is_even: bool,
    /// How many ports were tried in vain.
    pub(super) failed: u8,
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    peer: SocketAddr,
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
    pub(super) fn new(opening: &Opening, now: Moment) -> Self {
        let expires = now + opening.promise.lifetime;
        let families = opening.promise.families.all().iter();
        Self {
            holder: opening.holder.clone(),
            port: opening.ports.first,
            promise: opening.promise,
            transaction: opening.transaction,
            lives: families.map(|family| (*family, expires)).collect(),
            permissions: BTreeMap::new(),
            channels: BTreeMap::new(),
            numbers: BTreeMap::new(),
            traffic: BTreeMap::new(),
            reported: BTreeSet::new(),
        }
    }

    /// Whether it has an address left.
    pub(super) fn is_live(&self, now: Moment) -> bool {
        self.lives.values().any(|expires| now < *expires)
    }

    /// Whether it has an address of this family.
    pub(super) fn serves(&self, family: Family, now: Moment) -> bool {
        self.lives
            .get(&family)
            .is_some_and(|expires| now < *expires)
    }

    /// Gives its addresses, or the one of `family`, another lifetime.
    pub(super) fn renew(&mut self, family: Option<Family>, lifetime: Duration, now: Moment) {
        for (own, expires) in &mut self.lives {
            if family.is_none_or(|family| family == *own) && now < *expires {
                *expires = now + lifetime;
            }
        }
    }

    /// Forgets the addresses that have ended, with what belongs to them.
    pub(super) fn end_addresses(&mut self, now: Moment) -> Vec<Family> {
        let ended: Vec<Family> = self
            .lives
            .iter()
            .filter(|(_, expires)| **expires <= now)
            .map(|(family, _)| *family)
            .collect();
        for family in &ended {
            self.lives.remove(family);
            self.permissions
                .retain(|peer, _| Family::of(*peer) != *family);
            self.channels
                .retain(|_, channel| Family::of(channel.peer.ip()) != *family);
        }
        self.expire(now);
        ended
    }

    /// Whether there is room for permissions for these peers.
    pub(super) fn has_room_for(&self, peers: &[IpAddr]) -> bool {
        let new = peers
            .iter()
            .filter(|peer| !self.permissions.contains_key(peer))
            .count();
        self.permissions.len().saturating_add(new) <= PERMISSIONS
    }

    /// Installs or renews a permission.
    pub(super) fn permit(&mut self, peer: IpAddr, now: Moment) {
        self.permissions.insert(peer, now + PERMISSION_LIFETIME);
    }

    pub(super) fn permits(&self, peer: IpAddr, now: Moment) -> bool {
        let is_permitted = self
            .permissions
            .get(&peer)
            .is_some_and(|expires| now < *expires);
        is_permitted && self.serves(Family::of(peer), now)
    }

    /// Binds or renews a channel.
    pub(super) fn bind(
        &mut self,
        number: u16,
        peer: SocketAddr,
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
    pub(super) fn bound_peer(&self, number: u16, now: Moment) -> Option<SocketAddr> {
        self.channels
            .get(&number)
            .filter(|channel| now < channel.expires)
            .map(|channel| channel.peer)
    }

    /// The channel number of a peer.
    pub(super) fn channel_of(&self, peer: SocketAddr, now: Moment) -> Option<u16> {
        let number = self.numbers.get(&peer).copied()?;
        self.bound_peer(number, now).map(|_| number)
    }

    pub(super) fn count_to_peer(&mut self, peer: IpAddr, length: usize) {
        self.traffic.entry(peer).or_default().0.count(length);
    }

    pub(super) fn count_from_peer(&mut self, peer: IpAddr, length: usize) {
        self.traffic.entry(peer).or_default().1.count(length);
    }

    /// Whether this refusal is news; false when it was told before or too much
    /// was told already.
    pub(super) fn is_news(&mut self, peer: IpAddr) -> bool {
        self.reported.len() < REPORTED_REFUSALS && self.reported.insert(peer)
    }

    /// Drops the permissions and channels that have ended by `now`.
    fn expire(&mut self, now: Moment) {
        self.permissions.retain(|_, expires| now < *expires);
        self.channels.retain(|_, channel| now < channel.expires);
        let channels = &self.channels;
        self.numbers
            .retain(|_, number| channels.contains_key(number));
    }
}

impl Server {
    /// Ends an allocation and closes its port.
    pub(super) fn close(&mut self, client: FiveTuple, step: &mut Step<'_>) {
        let Some(allocation) = self.state.allocations.remove(&client) else {
            return;
        };
        self.state.ports.remove(&allocation.port);
        let traffic = self.traffic(&allocation, client);
        if let Some(session) = self.state.sessions.get_mut(&allocation.holder.session) {
            session.keep(traffic);
        }
        step.count(Counter::AllocationClosed);
        for family in allocation.lives.keys() {
            step.actions.push(Action::ClosePort {
                port: allocation.port,
                family: *family,
            });
        }
    }

    /// Ends the addresses whose time has come, and the allocation with its last.
    /// Whether it ended.
    pub(super) fn end_addresses(&mut self, client: FiveTuple, step: &mut Step<'_>) -> bool {
        let Some(allocation) = self.state.allocations.get_mut(&client) else {
            return false;
        };
        if !allocation.is_live(step.now) {
            self.close(client, step);
            return true;
        }
        let port = allocation.port;
        for family in allocation.end_addresses(step.now) {
            step.actions.push(Action::ClosePort { port, family });
        }
        false
    }

    /// A client's stream ended.
    pub(super) fn client_gone(&mut self, client: FiveTuple, step: &mut Step<'_>) {
        // The ports of an opening are closed when they turn out to be nobody's.
        self.state.openings.remove(&client);
        self.close(client, step);
    }

    /// What passed between an allocation and its peers.
    pub(super) fn traffic(&self, allocation: &Allocation, client: FiveTuple) -> Vec<PeerTraffic> {
        let entry = |(peer, (to_peer, from_peer)): (&IpAddr, &(Traffic, Traffic))| PeerTraffic {
            side: allocation.holder.side,
            client: client.client,
            transport: client.transport,
            relayed: self.relayed(allocation.port, Family::of(*peer)),
            peer: *peer,
            to_peer: *to_peer,
            from_peer: *from_peer,
        };
        allocation.traffic.iter().map(entry).collect()
    }

    /// The relayed address with this port.
    pub(super) fn relayed(&self, port: u16, family: Family) -> SocketAddr {
        let ipv4 = IpAddr::V4(self.settings.advertised);
        let address = match family {
            Family::Ipv4 => ipv4,
            Family::Ipv6 => self.settings.advertised_ipv6.map_or(ipv4, IpAddr::V6),
        };
        SocketAddr::new(address, port)
    }

    /// Whether relayed addresses are at this one.
    pub(super) fn is_advertised(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => v4 == self.settings.advertised,
            IpAddr::V6(v6) => Some(v6) == self.settings.advertised_ipv6,
        }
    }
}

/// RFC 8656, section 9.
const PERMISSION_LIFETIME: Duration = Duration::from_secs(300);
/// RFC 8656, section 12.
const CHANNEL_LIFETIME: Duration = Duration::from_secs(600);
const PERMISSIONS: usize = 64;
const CHANNELS: usize = 64;
const REPORTED_REFUSALS: usize = 32;
