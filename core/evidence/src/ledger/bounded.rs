//! Decides what happens when a stranger produces more entries than memory is
//! meant for: the first ones stay, the rest is counted.

use std::collections::BTreeMap;

/// A map that never grows beyond its limit.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    entries: BTreeMap<K, V>,
    limit: usize,
    left_out: u64,
}

impl<K: Ord, V> Bounded<K, V> {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            limit,
            left_out: 0,
        }
    }

    /// The entry of `key`, made by `first` when there is none yet; `None`,
    /// counted, when the map is full.
    pub(super) fn entry(&mut self, key: K, first: impl FnOnce() -> V) -> Option<&mut V> {
        let is_new = !self.entries.contains_key(&key);
        if is_new && self.entries.len() >= self.limit {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        Some(self.entries.entry(key).or_insert_with(first))
    }

    pub(super) fn find(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(super) fn find_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter()
    }

    pub(super) const fn left_out(&self) -> u64 {
        self.left_out
    }
}
