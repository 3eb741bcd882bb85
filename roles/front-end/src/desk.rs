//! Keeps the running sessions' facts together, asks `diagnosis` about them, and
//! keeps what it says. Observers are stamped here from authenticated flows; what
//! a body says about its observer is never read.

mod claims;

use claims::{claims_in, path_taken};
use hopsight_diagnosis::{Case, Code, Deliberation, Names, Verdict};
use hopsight_evidence::{Claim, Observation, Observer, Side, Timeline};
use hopsight_kit::{Moment, SessionId, Timestamp};
use hopsight_sip::server::{Endpoint, Identity};
use hopsight_store::{SessionRecord, Store, StoreError, StoredVerdict};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Facts that come this long after the end still belong to the session.
const AFTERLIFE: Duration = Duration::from_secs(60);

/// So many messages with facts are taken from one end of one session.
const MOST_MESSAGES: u32 = 200;

/// The sessions that are running, or were a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    sessions: BTreeMap<SessionId, Running>,
}

/// A verdict and who is to hear it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) recipients: Vec<Endpoint>,
    pub(crate) body: Vec<u8>,
    /// The main verdict's fault.
    pub(crate) code: Code,
}

#[derive(Debug)]
struct Running {
    record: SessionRecord,
    seats: BTreeMap<Side, Endpoint>,
    messages: BTreeMap<Side, u32>,
    timeline: Timeline,
    deliberation: Deliberation,
    over: Option<Moment>,
}

impl Desk {
    /// A session has begun.
    pub(crate) fn open(&mut self, record: SessionRecord) {
        let running = Running {
            seats: BTreeMap::new(),
            messages: BTreeMap::new(),
            timeline: Timeline::new(record.id.clone()),
            deliberation: Deliberation::default(),
            over: None,
            record: record.clone(),
        };
        self.sessions.insert(record.id, running);
    }

    /// The record has changed; what the desk knows of the path stays.
    pub(crate) fn update(&mut self, record: SessionRecord) {
        if let Some(running) = self.sessions.get_mut(&record.id) {
            let path = running.record.path.take();
            running.record = record;
            running.record.path = path.or(running.record.path.take());
        }
    }

    /// The side that nobody has taken yet.
    pub(crate) fn empty_seat(&self, session: &SessionId) -> Option<Side> {
        let seats = &self.sessions.get(session)?.seats;
        [Side::Sharer, Side::Viewer]
            .into_iter()
            .find(|side| !seats.contains_key(side))
    }

    /// An endpoint takes part at `side`.
    pub(crate) async fn seat(
        &mut self,
        store: &dyn Store,
        session: &SessionId,
        side: Side,
        endpoint: &Endpoint,
        remote: Option<SocketAddr>,
        now: Timestamp,
    ) {
        let Some(running) = self.sessions.get_mut(session) else {
            return;
        };
        running.seats.insert(side, endpoint.clone());
        if let Some(address) = remote {
            let observation = Observation::SignedInFrom { side, address };
            running
                .saw(store, Observer::FrontEnd, observation, now)
                .await;
        }
    }

    /// The relay saw something of a session.
    pub(crate) async fn relay_saw(
        &mut self,
        store: &dyn Store,
        session: &SessionId,
        observation: Observation,
        now: Timestamp,
    ) {
        if let Some(running) = self.sessions.get_mut(session) {
            running.saw(store, Observer::Relay, observation, now).await;
        }
    }

    /// An endpoint sent claims: what it said before about the same is replaced.
    pub(crate) async fn facts_came(
        &mut self,
        store: &dyn Store,
        session: &SessionId,
        (who, from): (&Identity, &Endpoint),
        body: &[u8],
    ) {
        let Some(running) = self.sessions.get_mut(session) else {
            return;
        };
        let Some(side) = running.side_of(who, from) else {
            tracing::info!(%session, "dropped facts of somebody who takes no part");
            return;
        };
        let taken = running.messages.entry(side).or_default();
        *taken += 1;
        if *taken > MOST_MESSAGES {
            return;
        }
        let claims = claims_in(body);
        running.take_in(store, side.into(), claims).await;
        running.note_path(store).await;
    }

    /// The session is over; late facts are still taken for a while.
    pub(crate) fn over(&mut self, session: &SessionId, now: Moment) {
        if let Some(running) = self.sessions.get_mut(session) {
            running.over.get_or_insert(now);
        }
    }

    /// When a session is to be considered again, whether or not facts come.
    pub(crate) fn next_wake(&self, now: Moment) -> Option<Moment> {
        self.sessions
            .values()
            .filter_map(|running| {
                let over = running.over.map(|over| over + AFTERLIFE);
                let timer = running.deliberation.next_wake(now);
                over.into_iter().chain(timer).min()
            })
            .min()
    }

    /// The sessions that may have something to tell by now.
    pub(crate) fn due(&self) -> Vec<SessionId> {
        self.sessions.keys().cloned().collect()
    }

    /// Lets go of sessions that have been over for a while.
    pub(crate) fn forget_old(&mut self, now: Moment) {
        self.sessions
            .retain(|_, running| running.over.is_none_or(|over| now < over + AFTERLIFE));
    }

    /// Judges a session; the verdict and its hearers when it is to be told.
    pub(crate) async fn consider(
        &mut self,
        store: &dyn Store,
        session: &SessionId,
        now: Moment,
        wall: Timestamp,
    ) -> Option<Told> {
        let running = self.sessions.get_mut(session)?;
        let names = running.names();
        let case = Case {
            facts: running.timeline.facts(),
            names: &names,
        };
        let verdicts = running.deliberation.consider(&case, now)?;
        running.keep_verdicts(store, &verdicts, wall).await;
        let main = verdicts.first()?;
        tracing::info!(%session, code = %main.code, confidence = main.confidence.word(), "gave a verdict");
        Some(Told {
            code: main.code,
            recipients: running.seats.values().cloned().collect(),
            body: serde_json::to_vec(main).ok()?,
        })
    }
}

impl Running {
    /// The side at which `endpoint` takes part: the same endpoint, also after
    /// it came back on another flow.
    fn side_of(&self, who: &Identity, endpoint: &Endpoint) -> Option<Side> {
        let seat = self.seats.iter().find(|(side, seat)| {
            let is_same = seat.flow == endpoint.flow
                || (!seat.instance.is_empty() && seat.instance == endpoint.instance);
            is_same && self.is_party(**side, &who.name)
        });
        seat.map(|(side, _)| *side)
    }

    fn is_party(&self, side: Side, name: &str) -> bool {
        let mut parties = self.record.parties.iter();
        parties.any(|party| party.side == side && party.account == name)
    }

    fn names(&self) -> Names {
        let name = |side| {
            let party = self.record.parties.iter().find(|party| party.side == side);
            party.map(|party| party.display_name.clone())
        };
        Names {
            sharer: name(Side::Sharer),
            viewer: name(Side::Viewer),
        }
    }

    async fn saw(
        &mut self,
        store: &dyn Store,
        observer: Observer,
        observation: Observation,
        now: Timestamp,
    ) {
        let claim = Claim {
            at: now,
            observation,
        };
        self.take_in(store, observer, vec![claim]).await;
    }

    async fn take_in(&mut self, store: &dyn Store, observer: Observer, claims: Vec<Claim>) {
        let news = self.timeline.stamp(observer, claims);
        if news.is_empty() {
            return;
        }
        match store.append_facts(&self.record.id, news).await {
            Ok(kept) => self.timeline.keep(kept),
            Err(error) => not_kept(&error),
        }
    }

    /// Writes the way of the picture into the record when it has changed.
    async fn note_path(&mut self, store: &dyn Store) {
        let path = path_taken(self.timeline.facts());
        if path.is_none() || path == self.record.path {
            return;
        }
        self.record.path = path;
        if let Err(error) = store.put_session(&self.record).await {
            not_kept(&error);
        }
    }

    async fn keep_verdicts(&self, store: &dyn Store, verdicts: &[Verdict], at: Timestamp) {
        for verdict in verdicts {
            let stored = StoredVerdict {
                session: self.record.id.clone(),
                at,
                verdict: serde_json::to_value(verdict).unwrap_or_default(),
            };
            if let Err(error) = store.add_verdict(&stored).await {
                not_kept(&error);
            }
        }
    }
}

fn not_kept(error: &StoreError) {
    tracing::error!(%error, remedy = error.remedy(), "a part of a session's evidence was not kept");
}
