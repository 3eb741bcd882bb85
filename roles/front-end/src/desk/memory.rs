//! Keeps what a session showed of the networks of its two ends, and gives it
//! what earlier sessions showed. What is worth keeping is decided in
//! `networks`.

use super::networks::{is_given_up, pair_of, whereabouts, working_paths};
use super::running::{Running, not_kept};
use hopsight_evidence::{Observation, Observer, Side};
use hopsight_kit::{Moment, Timestamp};
use hopsight_store::{NetworkPair, Store, StoreError, WorkingPath};

/// What was kept and told already.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pair: Option<NetworkPair>,
    paths: Vec<WorkingPath>,
    was_recalled: bool,
}

impl Running {
    /// Writes down how sessions between these networks run, when this one
    /// shows something new.
    pub(super) async fn keep_networks(&mut self, store: &dyn Store, now: Moment, wall: Timestamp) {
        let facts = self.timeline.facts();
        let given_up = is_given_up(self.vantage.first_check(), self.over.is_some(), now);
        let spoken = self.deliberation.spoken();
        let pair = pair_of(&self.record, facts, spoken, given_up, wall);
        if let Some(pair) = pair.filter(|pair| self.kept.is_news(pair)) {
            if let Err(error) = put_pair(store, pair.clone()).await {
                not_kept(&error);
            }
            self.kept.pair = Some(pair);
        }
        for path in working_paths(self.timeline.facts(), wall) {
            if self.kept.has(&path) {
                continue;
            }
            if let Err(error) = store.put_working_path(&path).await {
                not_kept(&error);
            }
            self.kept.paths.push(path);
        }
    }

    /// Tells the session by which ways packets went when they came through,
    /// once both ends' networks are known.
    pub(super) async fn recall(&mut self, store: &dyn Store, now: Timestamp) {
        let facts = self.timeline.facts();
        let known = |side| whereabouts(side, facts).filter(|place| place.is_known);
        let (Some(sharer), Some(viewer)) = (known(Side::Sharer), known(Side::Viewer)) else {
            return;
        };
        if std::mem::replace(&mut self.kept.was_recalled, true) {
            return;
        }
        let ways = [
            (Side::Sharer, &sharer.network, &viewer.network),
            (Side::Viewer, &viewer.network, &sharer.network),
        ];
        let mut earlier = Vec::new();
        for (side, from, to) in ways {
            match store.working_path(from, to).await {
                Ok(path) => earlier.extend(path.map(|path| Observation::EarlierPath {
                    side,
                    destination: path.destination,
                    hops: path.hops,
                    seen_at: path.seen,
                })),
                Err(error) => tracing::error!(%error, "an earlier path could not be read"),
            }
        }
        self.saw(store, Observer::FrontEnd, earlier, now).await;
    }
}

impl Kept {
    fn is_news(&self, pair: &NetworkPair) -> bool {
        self.pair.as_ref().is_none_or(|known| {
            (known.state, &known.code, &known.confidence)
                != (pair.state, &pair.code, &pair.confidence)
        })
    }

    fn has(&self, path: &WorkingPath) -> bool {
        let mut known = self.paths.iter();
        known.any(|known| known.from == path.from && known.hops == path.hops)
    }
}

/// A pair that runs as it did keeps the time since when it does.
async fn put_pair(store: &dyn Store, mut pair: NetworkPair) -> Result<(), StoreError> {
    let known = store.network_pair(&pair.sharer, &pair.viewer).await?;
    let since = known.filter(|known| known.state == pair.state);
    pair.since = since.map_or(pair.since, |known| known.since);
    store.put_network_pair(&pair).await
}
