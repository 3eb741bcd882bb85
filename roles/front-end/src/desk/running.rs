//! Keeps one session that is running, or was a moment ago: who sits where, what
//! is known of it, what was said about it.

use super::claims::path_taken;
use super::memory::Kept;
use super::presence::Presences;
use super::vantage::Vantage;
use crate::api::GUEST_MARK;
use crate::audience::{Hearer, copy_for};
use hopsight_diagnosis::{Deliberation, Names, Verdict};
use hopsight_evidence::{Claim, Observation, Observer, Side, Timeline};
use hopsight_kit::{Moment, Timestamp};
use hopsight_sip::server::{Description, Endpoint, Identity};
use hopsight_store::{AccountKind, SessionRecord, Store, StoreError, StoredVerdict};
use std::collections::BTreeMap;

/// A clock is told anew when it turns out to be this much (milliseconds) further
/// ahead: whatever delays a message makes it look further behind.
const CLOCK_STEP: i64 = 250;

#[derive(Debug)]
pub(super) struct Running {
    pub(super) record: SessionRecord,
    pub(super) seats: BTreeMap<Side, Endpoint>,
    pub(super) messages: BTreeMap<Side, u32>,
    pub(super) timeline: Timeline,
    pub(super) deliberation: Deliberation,
    pub(super) over: Option<Moment>,
    pub(super) vantage: Vantage,
    pub(super) presences: Presences,
    pub(super) kept: Kept,
    described: BTreeMap<Side, Description>,
    clocks: BTreeMap<Side, i64>,
}

impl Running {
    pub(super) fn new(record: SessionRecord) -> Self {
        Self {
            seats: BTreeMap::new(),
            messages: BTreeMap::new(),
            timeline: Timeline::new(record.id.clone()),
            deliberation: Deliberation::default(),
            over: None,
            vantage: Vantage::default(),
            presences: Presences::default(),
            kept: Kept::default(),
            described: BTreeMap::new(),
            clocks: BTreeMap::new(),
            record,
        }
    }

    /// The side at which `endpoint` takes part: the same endpoint, also after
    /// it came back on another flow. Before the answer whoever is invited speaks
    /// for the side that nobody has taken yet.
    pub(super) fn side_of(&self, who: &Identity, endpoint: &Endpoint) -> Option<Side> {
        let seat = self.seats.iter().find(|(side, seat)| {
            let is_same = seat.flow == endpoint.flow
                || (!seat.instance.is_empty() && seat.instance == endpoint.instance);
            is_same && self.is_party(**side, &who.name)
        });
        let is_invited =
            |side: &Side| !self.seats.contains_key(side) && self.is_party(*side, &who.name);
        let invited = [Side::Sharer, Side::Viewer].into_iter().find(is_invited);
        seat.map(|(side, _)| *side).or(invited)
    }

    fn is_party(&self, side: Side, name: &str) -> bool {
        let mut parties = self.record.parties.iter();
        parties.any(|party| party.side == side && party.account == name)
    }

    pub(super) fn names(&self) -> Names {
        let name = |side| {
            let party = self.record.parties.iter().find(|party| party.side == side);
            // Lists mark a guest; a sentence about "Guest's PC" does not.
            party.map(|party| party.display_name.trim_end_matches(GUEST_MARK).to_owned())
        };
        Names {
            sharer: name(Side::Sharer),
            viewer: name(Side::Viewer),
        }
    }

    /// What a side's session description says by now, all bodies together.
    pub(super) fn describe(&mut self, side: Side, told: Description) -> Observation {
        let description = self.described.entry(side).or_default();
        description.extend(told);
        Observation::Described {
            side,
            candidates: description.candidates.iter().copied().collect(),
            hidden: u32::try_from(description.hidden.len()).unwrap_or(u32::MAX),
            codecs: description.codecs.clone(),
            fingerprint: description.fingerprint.clone(),
        }
    }

    /// How far a side's clock runs ahead, when its newest claim shows it
    /// further ahead than was known.
    pub(super) fn clock_of(
        &mut self,
        side: Side,
        claims: &[Claim],
        now: Timestamp,
    ) -> Option<Observation> {
        let newest = claims.iter().map(|claim| claim.at).max()?;
        let offset_ms = ahead(newest, now);
        let known = self.clocks.get(&side);
        if known.is_some_and(|known| offset_ms < known.saturating_add(CLOCK_STEP)) {
            return None;
        }
        self.clocks.insert(side, offset_ms);
        Some(Observation::ClockAhead { side, offset_ms })
    }

    pub(super) async fn saw(
        &mut self,
        store: &dyn Store,
        observer: Observer,
        observations: Vec<Observation>,
        now: Timestamp,
    ) {
        let claims = observations
            .into_iter()
            .map(|observation| Claim {
                at: now,
                observation,
            })
            .collect();
        self.take_in(store, observer, claims).await;
    }

    pub(super) async fn take_in(
        &mut self,
        store: &dyn Store,
        observer: Observer,
        claims: Vec<Claim>,
    ) {
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
    pub(super) async fn note_path(&mut self, store: &dyn Store) {
        let path = path_taken(self.timeline.facts());
        if path.is_none() || path == self.record.path {
            return;
        }
        self.record.path = path;
        if let Err(error) = store.put_session(&self.record).await {
            not_kept(&error);
        }
    }

    /// What each end gets to hear of a verdict. Somebody whose account cannot be
    /// read hears what a guest hears.
    pub(super) async fn copies(
        &self,
        store: &dyn Store,
        verdict: &Verdict,
    ) -> Vec<(Endpoint, Vec<u8>)> {
        let mut copies = Vec::new();
        for (side, endpoint) in &self.seats {
            let party = self.record.parties.iter().find(|party| party.side == *side);
            let account = match party {
                Some(party) => store.account(&party.account).await.ok().flatten(),
                None => None,
            };
            let is_person = account.is_some_and(|account| account.kind == AccountKind::Person);
            let hearer = Hearer {
                side: *side,
                is_guest: !is_person,
            };
            let copy = copy_for(hearer, verdict, self.timeline.facts());
            if let Ok(body) = serde_json::to_vec(&copy) {
                copies.push((endpoint.clone(), body));
            }
        }
        copies
    }

    pub(super) async fn keep_verdicts(
        &self,
        store: &dyn Store,
        verdicts: &[Verdict],
        at: Timestamp,
    ) {
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

/// Milliseconds by which `there` is ahead of `here`.
fn ahead(there: Timestamp, here: Timestamp) -> i64 {
    let millis = |later: Timestamp, earlier: Timestamp| {
        i64::try_from(later.since(earlier).as_millis()).unwrap_or(i64::MAX)
    };
    millis(there, here).saturating_sub(millis(here, there))
}

pub(super) fn not_kept(error: &StoreError) {
    tracing::error!(%error, remedy = error.remedy(), "a part of a session's evidence was not kept");
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::{SeededRandom, SessionId};

    #[test]
    fn a_clock_is_told_as_far_ahead_as_the_least_delayed_message_shows_it() {
        let mut running = running();
        let mut told = |at, now| {
            running.clock_of(
                Side::Viewer,
                &[claim(at)],
                Timestamp::from_unix_seconds(now),
            )
        };
        let ahead = |offset_ms| {
            Some(Observation::ClockAhead {
                side: Side::Viewer,
                offset_ms,
            })
        };

        assert_eq!(told(100, 103), ahead(-3000));
        assert_eq!(told(104, 110), None);
        assert_eq!(told(3711, 111), ahead(3_600_000));
        assert_eq!(told(3712, 112), None);
    }

    #[test]
    fn what_a_side_said_piecemeal_is_told_as_a_whole() {
        let mut running = running();
        let first = b"m=video 9 x 96\r\na=rtpmap:96 H264/90000\r\na=candidate:1 1 udp 1 a.local 9 typ host\r\n";
        let later = b"a=candidate:2 1 udp 1 10.0.0.5 9 typ host\r\n";
        let sdp = |body: &[u8]| Description::of("application/sdp", body).unwrap();
        running.describe(Side::Sharer, sdp(first));

        let told = running.describe(Side::Sharer, sdp(later));

        let expected = Observation::Described {
            side: Side::Sharer,
            candidates: vec!["10.0.0.5:9".parse().unwrap()],
            hidden: 1,
            codecs: vec!["H264".to_owned()],
            fingerprint: None,
        };
        assert_eq!(told, expected);
    }

    fn claim(at: u64) -> Claim {
        Claim {
            at: Timestamp::from_unix_seconds(at),
            observation: Observation::FirstFrame { after_ms: 1 },
        }
    }

    fn running() -> Running {
        let id = SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1));
        Running::new(SessionRecord::new(id, Vec::new(), Timestamp::default()))
    }
}
