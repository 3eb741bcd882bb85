//! Keeps the running sessions' facts together, asks `diagnosis` about them, and
//! keeps what it says. Observers are stamped here from authenticated flows; what
//! a body says about its observer is never read.

mod claims;
mod house;
mod memory;
mod networks;
mod presence;
mod running;
#[cfg(test)]
mod tests;
mod vantage;

use claims::claims_in;
use hopsight_diagnosis::{Case, Code};
use hopsight_evidence::{Claim, Observation, Observer, Presence, Side};
use hopsight_kit::{Moment, SessionId, Timestamp};
use hopsight_sip::server::{Description, Endpoint, Identity};
use hopsight_store::{SessionRecord, Store};
pub(crate) use house::House;
use running::Running;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
pub(crate) use vantage::{Asked, Question};

/// Facts that come this long after the end still belong to the session.
const AFTERLIFE: Duration = Duration::from_secs(60);

/// So many messages with facts are taken from one end of one session.
const MOST_MESSAGES: u32 = 200;

/// So much of the relay's view is kept of so many sessions that are to begin.
const MOST_EARLY: usize = 32;
const MOST_EARLY_SESSIONS: usize = 1024;

/// The sessions that are running, or were a moment ago.
#[derive(Debug)]
pub(crate) struct Desk {
    house: House,
    /// What the relay saw of sessions whose invitation is still to come: who
    /// invites gathers its candidates first.
    early: BTreeMap<SessionId, Vec<Claim>>,
    sessions: BTreeMap<SessionId, Running>,
}

/// A verdict and who is to hear it.
#[derive(Debug)]
pub(crate) struct Told {
    /// Each end's own copy.
    pub(crate) copies: Vec<(Endpoint, Vec<u8>)>,
    /// The main verdict's fault.
    pub(crate) code: Code,
}

impl Desk {
    /// A desk without sessions.
    pub(crate) const fn new(house: House) -> Self {
        Self {
            house,
            early: BTreeMap::new(),
            sessions: BTreeMap::new(),
        }
    }

    /// A session has begun.
    pub(crate) async fn open(&mut self, store: &dyn Store, record: SessionRecord, now: Timestamp) {
        let id = record.id.clone();
        let mut running = Running::new(record);
        let known = self.house.observations();
        running.saw(store, Observer::FrontEnd, known, now).await;
        let early = self.early.remove(&id).unwrap_or_default();
        running.take_in(store, Observer::Relay, early).await;
        self.sessions.insert(id, running);
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
                .saw(store, Observer::FrontEnd, vec![observation], now)
                .await;
        }
    }

    /// A side said something about its media in a body that was forwarded.
    pub(crate) async fn described(
        &mut self,
        store: &dyn Store,
        session: &SessionId,
        (side, told): (Side, Description),
        now: Timestamp,
    ) {
        if let Some(running) = self.sessions.get_mut(session) {
            let whole = running.describe(side, told);
            running
                .saw(store, Observer::FrontEnd, vec![whole], now)
                .await;
        }
    }

    /// The relay saw something of a session.
    pub(crate) async fn relay_saw(
        &mut self,
        store: &dyn Store,
        session: &SessionId,
        observations: Vec<Observation>,
        now: Timestamp,
    ) {
        let Some(running) = self.sessions.get_mut(session) else {
            return self.keep_early(session, observations, now);
        };
        running.saw(store, Observer::Relay, observations, now).await;
    }

    fn keep_early(&mut self, session: &SessionId, seen: Vec<Observation>, now: Timestamp) {
        let kept = self.early.entry(session.clone()).or_default();
        let room = MOST_EARLY.saturating_sub(kept.len());
        let claims = seen.into_iter().take(room).map(|observation| Claim {
            at: now,
            observation,
        });
        kept.extend(claims);
        while self.early.len() > MOST_EARLY_SESSIONS {
            // Ids begin with the time: the first one waits longest.
            self.early.pop_first();
        }
    }

    /// An endpoint sent claims: what it said before about the same is replaced.
    pub(crate) async fn facts_came(
        &mut self,
        store: &dyn Store,
        session: &SessionId,
        (who, from): (&Identity, &Endpoint),
        body: &[u8],
        now: Timestamp,
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
        let clock = running.clock_of(side, &claims, now);
        running.take_in(store, side.into(), claims).await;
        let clock = clock.into_iter().collect();
        running.saw(store, Observer::FrontEnd, clock, now).await;
        running.note_path(store).await;
        running.recall(store, now).await;
        running.recall_refusals(store, now).await;
    }

    /// The session is over; late facts are still taken for a while.
    pub(crate) fn over(&mut self, session: &SessionId, now: Moment) {
        if let Some(running) = self.sessions.get_mut(session) {
            running.over.get_or_insert(now);
        }
    }

    /// What the relay is to be asked about a session by now.
    pub(crate) fn questions(&mut self, session: &SessionId, now: Moment) -> Vec<Question> {
        let running = self.sessions.get_mut(session);
        let running = running.filter(|running| running.over.is_none());
        running.map_or_else(Vec::new, |running| {
            running.vantage.due(running.timeline.facts(), now)
        })
    }

    /// The ends of a session that are to be asked whether they are there.
    pub(crate) fn ends_to_ask(&mut self, session: &SessionId, now: Moment) -> Vec<Endpoint> {
        let Some(running) = self.sessions.get_mut(session) else {
            return Vec::new();
        };
        let sides = running.presences.whom_to_ask(running.timeline.facts(), now);
        let seats = &running.seats;
        sides
            .iter()
            .filter_map(|side| seats.get(side).cloned())
            .collect()
    }

    /// The ends that were asked and have had their time, and since when.
    pub(crate) fn ends_asked(
        &mut self,
        session: &SessionId,
        now: Moment,
    ) -> Vec<(Side, Endpoint, Moment)> {
        let Some(running) = self.sessions.get_mut(session) else {
            return Vec::new();
        };
        let due = running.presences.due(now).into_iter();
        due.filter_map(|(side, at)| Some((side, running.seats.get(&side)?.clone(), at)))
            .collect()
    }

    /// What came of it.
    pub(crate) async fn end_asked(
        &mut self,
        store: &dyn Store,
        session: &SessionId,
        (side, presence): (Side, Presence),
        waited: Duration,
        now: Timestamp,
    ) {
        let Some(running) = self.sessions.get_mut(session) else {
            return;
        };
        let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        let asked = Observation::EndAsked {
            side,
            presence,
            waited_ms,
        };
        running
            .saw(store, Observer::FrontEnd, vec![asked], now)
            .await;
    }

    /// When a session is to be considered again, whether or not facts come.
    pub(crate) fn next_wake(&self, now: Moment) -> Option<Moment> {
        self.sessions
            .values()
            .filter_map(|running| {
                let over = running.over.map(|over| over + AFTERLIFE);
                let timer = running.deliberation.next_wake(now);
                let question = running.vantage.next_wake(now);
                let presence = running.presences.next_wake();
                [over, timer, question, presence]
                    .into_iter()
                    .flatten()
                    .min()
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
        let verdicts = running.deliberation.consider(&case, now);
        running.keep_networks(store, now, wall).await;
        let verdicts = verdicts?;
        running.keep_verdicts(store, &verdicts, wall).await;
        let main = verdicts.first()?;
        tracing::info!(%session, code = %main.code, confidence = main.confidence.word(), "gave a verdict");
        Some(Told {
            code: main.code,
            copies: running.copies(store, main).await,
        })
    }
}
