//! Remembers who asked over UDP and was answered, so that it can be said of a
//! client that goes on asking: the relay heard it, and it did not hear the
//! relay.
//!
//! An address is forgotten when something authenticated comes from it, or when
//! it has been silent for a while. The table is bounded; while it is full,
//! newcomers are not remembered.

use super::binding::seen;
use super::{Server, Step};
use crate::control::Heard;
use crate::values::FiveTuple;
use hopsight_evidence::Transport;
use hopsight_kit::Moment;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The addresses that asked and proved nothing yet.
#[derive(Debug, Default)]
pub(super) struct HeardClients {
    known: BTreeMap<IpAddr, Entry>,
}

#[derive(Debug)]
struct Entry {
    at: FiveTuple,
    requests: u32,
    newest: Moment,
}

impl HeardClients {
    fn answered(&mut self, at: FiveTuple, now: Moment) {
        let address = seen(at.client).ip();
        if self.known.len() >= MOST_CLIENTS && !self.known.contains_key(&address) {
            return;
        }
        let entry = self.known.entry(address).or_insert(Entry {
            at,
            requests: 0,
            newest: now,
        });
        entry.at = at;
        entry.newest = now;
        entry.requests = entry.requests.saturating_add(1);
    }

    fn proven(&mut self, client: SocketAddr) {
        self.known.remove(&seen(client).ip());
    }

    pub(super) fn forget_silent(&mut self, now: Moment) {
        self.known
            .retain(|_, entry| now.since(entry.newest) < REMEMBERED);
    }

    /// What was heard of one address: nothing, if it is not remembered.
    pub(super) fn of(&self, address: IpAddr) -> Heard {
        let entry = self
            .known
            .get(&crate::canonical::canonical(address).address);
        Heard {
            address,
            client: entry.map(|entry| seen(entry.at.client)),
            requests: entry.map_or(0, |entry| entry.requests),
        }
    }

    /// The way back to a client that asked from exactly this address and port.
    pub(super) fn way_to(&self, client: SocketAddr) -> Option<FiveTuple> {
        let entry = self.known.get(&client.ip())?;
        (seen(entry.at.client) == client).then_some(entry.at)
    }
}

impl Server {
    /// An unauthenticated request was answered. Over a stream an answer either
    /// arrives or ends the stream, so only UDP is remembered.
    pub(super) fn heard(&mut self, from: FiveTuple, step: &Step<'_>) {
        if from.transport == Transport::Udp {
            self.heard.answered(from, step.now);
        }
    }

    /// Something that needed the relay's earlier answer came.
    pub(super) fn was_heard(&mut self, from: FiveTuple) {
        if from.transport == Transport::Udp {
            self.heard.proven(from.client);
        }
    }
}

const MOST_CLIENTS: usize = 4096;
const REMEMBERED: Duration = Duration::from_secs(60);
