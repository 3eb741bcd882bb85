//! Decides what the relay remembers: sessions, grants, allocations, and which
//! port belongs to whom.

use super::allocation::{Allocation, Holder, Opening};
use super::reservation::Reservation;
use crate::control::PeerTraffic;
use crate::message::Key;
use crate::network::Network;
use crate::values::FiveTuple;
use hopsight_evidence::Side;
use hopsight_kit::{Moment, SessionId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) sessions: BTreeMap<SessionId, Session>,
    /// By user name.
    pub(super) grants: BTreeMap<String, Grant>,
    pub(super) allocations: BTreeMap<FiveTuple, Allocation>,
    /// Allocations that wait for their port.
    pub(super) openings: BTreeMap<FiveTuple, Opening>,
    /// Relayed ports, of allocations and of openings.
    pub(super) ports: BTreeMap<u16, FiveTuple>,
    /// Ports held in reserve.
    pub(super) reservations: Vec<Reservation>,
}

/// What is known of one sharing session.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Candidates and addresses seen on authenticated flows, canonical, by the
    /// side whose they are. Nobody reaches by the relay what they named
    /// themselves.
    known: BTreeMap<Side, BTreeSet<IpAddr>>,
    /// The peers that the grant of a tool names; none in a session of people.
    pub(super) named: Vec<Network>,
    /// Whether it is no session of people but the grant of a tool.
    pub(super) is_of_tool: bool,
    pub(super) is_answered: bool,
    /// Clients to which the way was looked at.
    pub(super) traced: BTreeSet<FiveTuple>,
    /// Traffic of allocations that have ended.
    pub(super) past: Vec<PeerTraffic>,
}

/// The right of one side to allocate.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) session: SessionId,
    pub(super) side: Side,
    pub(super) owner: String,
    pub(super) key: Key,
    pub(super) expires: Timestamp,
}

impl Session {
    /// Adds an address; beyond the limit it is left out, and peers there stay
    /// refused.
    pub(super) fn learn(&mut self, side: Side, address: IpAddr) {
        let known = self.known.entry(side).or_default();
        if known.len() < KNOWN_ADDRESSES {
            known.insert(crate::canonical::canonical(address).address);
        }
    }

    /// What an allocation of `side` may send to: the other side's addresses.
    pub(super) fn peers_of(&self, side: Side) -> Option<&BTreeSet<IpAddr>> {
        self.known.get(&side.other())
    }

    /// Whether the grant of a tool names this peer.
    pub(super) fn names(&self, peer: IpAddr) -> bool {
        self.named.iter().any(|network| network.contains(peer))
    }

    /// Keeps what an ended allocation counted; the oldest go first.
    pub(super) fn keep(&mut self, traffic: impl IntoIterator<Item = PeerTraffic>) {
        self.past.extend(traffic);
        let surplus = self.past.len().saturating_sub(PAST_ENTRIES);
        self.past.drain(..surplus);
    }
}

impl State {
    /// The grant, unless it has lapsed: nobody used it before its expiry and
    /// the session was not answered either.
    pub(super) fn live_grant(&self, username: &str, wall: Timestamp) -> Option<&Grant> {
        let grant = self.grants.get(username)?;
        self.is_live(username, grant, wall).then_some(grant)
    }

    pub(super) fn is_live(&self, username: &str, grant: &Grant, wall: Timestamp) -> bool {
        let session = self.sessions.get(&grant.session);
        let is_answered = session.is_some_and(|session| session.is_answered);
        let is_of_tool = self.is_of_tool(&grant.session);
        let is_used = || self.held(&|holder| holder.username == username) > 0;
        wall < grant.expires || is_answered || (!is_of_tool && is_used())
    }

    /// Lets go of a session that nobody answered and nobody has a grant for.
    pub(super) fn forget_unused(&mut self, session: &SessionId) {
        let is_answered = self
            .sessions
            .get(session)
            .is_some_and(|known| known.is_answered);
        let is_granted = self.grants.values().any(|grant| grant.session == *session);
        if !is_answered && !is_granted {
            self.sessions.remove(session);
        }
    }

    /// How many ports such holders have, those being opened and those in reserve
    /// included.
    pub(super) fn held(&self, is_counted: &dyn Fn(&Holder) -> bool) -> usize {
        let open = self.allocations.values().map(|held| &held.holder);
        let pairs = self.openings.values().filter(|held| held.ports.with_next);
        let opening = self.openings.values().chain(pairs).map(|held| &held.holder);
        let reserved = self.reservations.iter().map(|held| &held.holder);
        open.chain(opening)
            .chain(reserved)
            .filter(|holder| is_counted(holder))
            .count()
    }

    /// Whether it is no session of people but the grant of a tool.
    pub(super) fn is_of_tool(&self, session: &SessionId) -> bool {
        let session = self.sessions.get(session);
        session.is_some_and(|session| session.is_of_tool)
    }

    /// Whether a relayed port is in use or in reserve.
    pub(super) fn is_taken(&self, port: u16) -> bool {
        self.ports.contains_key(&port) || self.reservations.iter().any(|held| held.port == port)
    }

    /// The allocation, unless it has expired.
    pub(super) fn live_allocation(&self, client: &FiveTuple, now: Moment) -> Option<&Allocation> {
        self.allocations
            .get(client)
            .filter(|allocation| allocation.is_live(now))
    }

    /// The allocation, unless it has expired, to be changed.
    pub(super) fn live_allocation_mut(
        &mut self,
        client: &FiveTuple,
        now: Moment,
    ) -> Option<&mut Allocation> {
        self.allocations
            .get_mut(client)
            .filter(|allocation| allocation.is_live(now))
    }
}

const KNOWN_ADDRESSES: usize = 128;
const PAST_ENTRIES: usize = 256;
