//! Decides who is told whether somebody can be reached (RFC 3856 over RFC 6665): the
//! subscriptions, one for each dialog, and until when they last.
//!
//! The registrar is the only source: who has an endpoint is "open". Only people with an
//! account may watch, and each so many others. What a SUBSCRIBE is answered stands in
//! `subscribe`, what a NOTIFY says in `notify`.

use super::{Action, Identity, Peer, Round, Server};
use crate::transaction::ClientKey;
use hopsight_kit::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// Names one subscription: who watches, and the dialog.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WatchKey {
    pub(super) by: String,
    pub(super) call_id: String,
    pub(super) remote_tag: String,
    pub(super) local_tag: String,
}

/// One subscription.
#[derive(Clone, Debug)]
pub(super) struct Watcher {
    /// The address-of-record that is watched.
    pub(super) watched: String,
    pub(super) by: Identity,
    pub(super) peer: Peer,
    /// Where a NOTIFY is addressed to: the watcher's Contact.
    pub(super) contact: String,
    /// The watcher's own name for itself, with its tag.
    pub(super) remote: String,
    /// The proxies on the way, the nearest first.
    pub(super) route: Vec<String>,
    pub(super) sequence: u32,
    pub(super) expires: Moment,
}

/// All subscriptions.
#[derive(Debug, Default)]
pub(super) struct Watchers {
    dialogs: BTreeMap<WatchKey, Watcher>,
    watched: BTreeMap<String, BTreeSet<WatchKey>>,
    expiries: BTreeSet<(Moment, WatchKey)>,
    asked: BTreeMap<ClientKey, WatchKey>,
}

impl Watchers {
    pub(super) fn get(&self, key: &WatchKey) -> Option<&Watcher> {
        self.dialogs.get(key)
    }

    /// Whether somebody may watch one more.
    pub(super) fn has_room_for(&self, by: &str) -> bool {
        let first = WatchKey {
            by: by.to_owned(),
            call_id: String::new(),
            remote_tag: String::new(),
            local_tag: String::new(),
        };
        let own = self.dialogs.range(first..);
        let own = own.take_while(|(key, _)| key.by == by).count();
        own < MOST_OF_ONE && self.dialogs.len() < MOST
    }

    /// Enters or renews a subscription.
    pub(super) fn enter(&mut self, key: WatchKey, watcher: Watcher) {
        self.remove(&key);
        self.expiries.insert((watcher.expires, key.clone()));
        let watched = self.watched.entry(watcher.watched.clone()).or_default();
        watched.insert(key.clone());
        self.dialogs.insert(key, watcher);
    }

    pub(super) fn remove(&mut self, key: &WatchKey) -> Option<Watcher> {
        let watcher = self.dialogs.remove(key)?;
        self.expiries.remove(&(watcher.expires, key.clone()));
        if let Some(keys) = self.watched.get_mut(&watcher.watched) {
            keys.remove(key);
            if keys.is_empty() {
                self.watched.remove(&watcher.watched);
            }
        }
        Some(watcher)
    }

    /// The number of the next request in this dialog.
    pub(super) fn take_sequence(&mut self, key: &WatchKey) -> Option<u32> {
        let watcher = self.dialogs.get_mut(key)?;
        watcher.sequence = watcher.sequence.saturating_add(1);
        Some(watcher.sequence)
    }

    /// A NOTIFY left.
    pub(super) fn notified(&mut self, asked: ClientKey, key: WatchKey) {
        self.asked.insert(asked, key);
    }

    pub(super) fn next_wake(&self) -> Option<Moment> {
        self.expiries.first().map(|(at, _)| *at)
    }

    fn of(&self, watched: &str) -> Vec<WatchKey> {
        let keys = self.watched.get(watched);
        keys.into_iter().flatten().cloned().collect()
    }

    fn lapsed(&self, now: Moment) -> Vec<WatchKey> {
        let due = self.expiries.iter().take_while(|(at, _)| *at <= now);
        due.map(|(_, key)| key.clone()).collect()
    }
}

impl Server {
    /// An address got its first endpoint or lost its last one.
    pub(super) fn presence_changed(&mut self, uri: &str, online: bool, round: &mut Round<'_>) {
        let uri = uri.to_owned();
        let watchers = self.watchers.of(&uri);
        round.actions.push(Action::PresenceChanged { uri, online });
        for key in watchers {
            self.notify(&key, None, round);
        }
    }

    /// These addresses lost their last endpoint.
    pub(super) fn offline(&mut self, uris: Vec<String>, round: &mut Round<'_>) {
        for uri in uris {
            self.presence_changed(&uri, false, round);
        }
    }

    /// Ends what nobody renewed.
    pub(super) fn watchers_lapse(&mut self, round: &mut Round<'_>) {
        for key in self.watchers.lapsed(round.now) {
            self.notify(&key, Some("timeout"), round);
            self.watchers.remove(&key);
        }
    }

    /// What came of a NOTIFY: whoever refuses one, or does not answer, watches no more
    /// (RFC 6665, section 4.2.2). Whether it was one at all.
    pub(super) fn notify_answered(&mut self, asked: &ClientKey, status: u16) -> bool {
        if status < 200 {
            return self.watchers.asked.contains_key(asked);
        }
        let Some(key) = self.watchers.asked.remove(asked) else {
            return false;
        };
        if status >= 300 {
            self.watchers.remove(&key);
        }
        true
    }
}

/// One screen of people, many times over.
const MOST_OF_ONE: usize = 500;
const MOST: usize = 50_000;
