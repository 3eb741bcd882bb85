//! Keeps what a session showed of the networks of its two ends, and gives it
//! what earlier sessions showed. What is worth keeping is decided in
//! `networks`.

use super::networks::{A_MOMENT, is_given_up, pair_of, refusals, whereabouts, working_paths};
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
    asked_of: Option<(String, String)>,
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

    /// Tells the session which routers said a moment ago, in one between the same
    /// networks, that they have no route: they may have no words left for this one.
    pub(super) async fn recall_refusals(&mut self, store: &dyn Store, now: Timestamp) {
        let facts = self.timeline.facts();
        let network = |side| whereabouts(side, facts).map(|place| place.network);
        let (Some(sharer), Some(viewer)) = (network(Side::Sharer), network(Side::Viewer)) else {
            return;
        };
        let networks = (sharer, viewer);
        if self.kept.asked_of.as_ref() == Some(&networks) {
            return;
        }
        match refused_before(store, &networks, self.record.id.as_str(), now).await {
            Ok(refused) => self.saw(store, Observer::FrontEnd, refused, now).await,
            Err(error) => tracing::error!(%error, "an earlier session could not be read"),
        }
        self.kept.asked_of = Some(networks);
    }
}

/// What routers said in the newest session between two networks, while that is
/// worth something.
async fn refused_before(
    store: &dyn Store,
    (sharer, viewer): &(String, String),
    this: &str,
    now: Timestamp,
) -> Result<Vec<Observation>, StoreError> {
    let pair = store.network_pair(sharer, viewer).await?;
    let pair = pair.filter(|pair| now.since(pair.seen) <= A_MOMENT);
    let last = pair.and_then(|pair| Some((pair.session?, pair.seen)));
    let Some((session, seen)) = last.filter(|(session, _)| session.as_str() != this) else {
        return Ok(Vec::new());
    };
    let facts = store.facts(&session).await?.value;
    Ok(refusals(&facts, seen, now))
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
