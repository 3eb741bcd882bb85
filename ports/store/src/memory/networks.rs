//! What is known of pairs of networks.

use super::people::count;
use crate::{NetworkPair, Retention, Swept, WorkingPath};
use hopsight_kit::SessionId;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Networks {
    pairs: BTreeMap<(String, String), NetworkPair>,
    paths: BTreeMap<(String, String), WorkingPath>,
}

impl Networks {
    pub(super) fn put_pair(&mut self, pair: &NetworkPair) {
        let names = (pair.sharer.clone(), pair.viewer.clone());
        self.pairs.insert(names, pair.clone());
    }

    pub(super) fn pair(&self, sharer: &str, viewer: &str) -> Option<NetworkPair> {
        let names = (sharer.to_owned(), viewer.to_owned());
        self.pairs.get(&names).cloned()
    }

    pub(super) fn pairs(&self) -> Vec<NetworkPair> {
        self.pairs.values().cloned().collect()
    }

    pub(super) fn put_path(&mut self, path: &WorkingPath) {
        let names = (path.from.clone(), path.to.clone());
        self.paths.insert(names, path.clone());
    }

    pub(super) fn path(&self, from: &str, to: &str) -> Option<WorkingPath> {
        let names = (from.to_owned(), to.to_owned());
        self.paths.get(&names).cloned()
    }

    /// Lets go of the names of sessions that are no more.
    pub(super) fn forget_sessions(&mut self, is_kept: impl Fn(&SessionId) -> bool) {
        for pair in self.pairs.values_mut() {
            pair.session = pair.session.take().filter(|id| is_kept(id));
        }
    }

    pub(super) fn sweep(&mut self, retention: &Retention, swept: &mut Swept) {
        let limit = retention.records_before;
        let before = self.pairs.len() + self.paths.len();
        self.pairs.retain(|_, pair| limit <= pair.seen);
        self.paths.retain(|_, path| limit <= path.seen);
        swept.networks = count(before, self.pairs.len() + self.paths.len());
    }
}
