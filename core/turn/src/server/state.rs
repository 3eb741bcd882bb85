//! Decides what the relay remembers: sessions, grants, allocations, and which
//! port belongs to whom.

use super::allocation::{Allocation, Opening};
use crate::control::PeerTraffic;
use crate::message::Key;
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
}

/// What is known of one sharing session.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Candidates and addresses seen on authenticated flows, canonical, by the
    /// side whose they are. Nobody reaches by the relay what they named
    /// themselves.
    known: BTreeMap<Side, BTreeSet<IpAddr>>,
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
        let is_answered = self
            .sessions
            .get(&grant.session)
            .is_some_and(|session| session.is_answered);
        is_answered || wall < grant.expires || self.held_by(username) > 0
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

    /// How many allocations a grant holds, those being opened included.
    pub(super) fn held_by(&self, username: &str) -> usize {
        let open = self.allocations.values().map(|held| &held.username);
        let opening = self.openings.values().map(|held| &held.username);
        open.chain(opening).filter(|name| *name == username).count()
    }

    /// The allocation, unless it has expired.
    pub(super) fn live_allocation(&self, client: &FiveTuple, now: Moment) -> Option<&Allocation> {
        self.allocations
            .get(client)
            .filter(|allocation| now < allocation.expires)
    }

    /// The allocation, unless it has expired, to be changed.
    pub(super) fn live_allocation_mut(
        &mut self,
        client: &FiveTuple,
        now: Moment,
    ) -> Option<&mut Allocation> {
        self.allocations
            .get_mut(client)
            .filter(|allocation| now < allocation.expires)
    }
}

const KNOWN_ADDRESSES: usize = 128;
const PAST_ENTRIES: usize = 256;
