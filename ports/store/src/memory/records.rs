//! What happened: session records, consents, facts, verdicts.

use super::{not_found, people::count};
use crate::{
    Consent, Retention, SessionQuery, SessionRecord, StoreError, StoreErrorKind, StoredVerdict,
    Swept,
};
use hopsight_evidence::{Fact, FactId, Observer};
use hopsight_kit::SessionId;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Records {
    sessions: BTreeMap<SessionId, Kept>,
}

#[derive(Debug)]
struct Kept {
    record: SessionRecord,
    consents: Vec<Consent>,
    facts: Vec<Fact>,
    next_fact: u32,
    verdicts: Vec<StoredVerdict>,
}

impl Records {
    pub(super) fn put(&mut self, record: &SessionRecord) {
        self.sessions
            .entry(record.id.clone())
            .and_modify(|kept| kept.record = record.clone())
            .or_insert_with(|| Kept {
                record: record.clone(),
                consents: Vec::new(),
                facts: Vec::new(),
                next_fact: 0,
                verdicts: Vec::new(),
            });
    }

    pub(super) fn erase_party(&mut self, name: &str) {
        self.sessions
            .retain(|_, kept| !takes_part(&kept.record, name));
    }

    pub(super) fn add_consent(&mut self, consent: &Consent) -> Result<(), StoreError> {
        let Some(kept) = self.sessions.get_mut(&consent.session) else {
            return not_found("keep the consent");
        };
        kept.consents.push(consent.clone());
        kept.consents.sort_by_key(|consent| consent.at);
        Ok(())
    }

    pub(super) fn append_facts(
        &mut self,
        session: &SessionId,
        replaced: Option<Observer>,
        mut facts: Vec<Fact>,
    ) -> Result<Vec<Fact>, StoreError> {
        let Some(kept) = self.sessions.get_mut(session) else {
            return not_found("keep the facts");
        };
        let belongs = |fact: &Fact| {
            fact.session == *session && replaced.is_none_or(|observer| observer == fact.observer)
        };
        if !facts.iter().all(belongs) {
            return Err(StoreError::new(
                "keep the facts",
                StoreErrorKind::Invalid,
                "one belongs to another session or observer",
            ));
        }
        kept.facts.retain(|fact| Some(fact.observer) != replaced);
        for fact in &mut facts {
            fact.id = FactId(kept.next_fact);
            kept.next_fact = kept.next_fact.saturating_add(1);
        }
        kept.facts.extend(facts.iter().cloned());
        Ok(facts)
    }

    pub(super) fn add_verdict(&mut self, verdict: &StoredVerdict) -> Result<(), StoreError> {
        let Some(kept) = self.sessions.get_mut(&verdict.session) else {
            return not_found("keep the verdict");
        };
        kept.verdicts.push(verdict.clone());
        Ok(())
    }

    pub(super) fn sweep(&mut self, retention: &Retention, swept: &mut Swept) {
        for kept in self.sessions.values_mut() {
            if kept.record.created < retention.facts_before {
                swept.facts += count(std::mem::take(&mut kept.facts).len(), 0);
                swept.verdicts += count(std::mem::take(&mut kept.verdicts).len(), 0);
            }
        }
        let before = self.sessions.len();
        self.sessions
            .retain(|_, kept| retention.records_before <= kept.record.created);
        swept.sessions = count(before, self.sessions.len());
    }

    pub(super) fn session(&self, id: &SessionId) -> Option<SessionRecord> {
        self.sessions.get(id).map(|kept| kept.record.clone())
    }

    pub(super) fn sessions(&self, query: &SessionQuery) -> Vec<SessionRecord> {
        self.sessions
            .values()
            .rev()
            .map(|kept| &kept.record)
            .filter(|record| {
                query
                    .before
                    .as_ref()
                    .is_none_or(|before| record.id < *before)
            })
            .filter(|record| {
                let party = query.party.as_ref();
                party.is_none_or(|name| takes_part(record, name))
            })
            .take(usize::try_from(query.limit).unwrap_or(usize::MAX))
            .cloned()
            .collect()
    }

    pub(super) fn consents(&self, session: &SessionId) -> Vec<Consent> {
        self.sessions
            .get(session)
            .map(|kept| kept.consents.clone())
            .unwrap_or_default()
    }

    pub(super) fn facts(&self, session: &SessionId) -> Vec<Fact> {
        self.sessions
            .get(session)
            .map(|kept| kept.facts.clone())
            .unwrap_or_default()
    }

    pub(super) fn verdicts(&self, session: &SessionId) -> Vec<StoredVerdict> {
        self.sessions
            .get(session)
            .map(|kept| kept.verdicts.clone())
            .unwrap_or_default()
    }
}

fn takes_part(record: &SessionRecord, name: &str) -> bool {
    record.parties.iter().any(|party| party.account == name)
}
