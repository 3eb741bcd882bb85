//! A store that forgets everything with the process: for tests and
//! simulations.

mod networks;
mod people;
mod records;

use crate::{
    Account, AccountChange, Consent, Device, NetworkPair, Opening, Retention, SessionQuery,
    SessionRecord, ShareLink, SignInLink, SignInLinkUse, Store, StoreError, StoreErrorKind,
    StoreFuture, StoredVerdict, Swept, TokenHash, WebSession, WorkingPath,
};
use hopsight_evidence::{Fact, Observer};
use hopsight_kit::{Read, SessionId, Timestamp};
use networks::Networks;
use people::People;
use records::Records;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store in memory. Obeys the same suite as the others, apart from lasting.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    people: People,
    records: Records,
    networks: Networks,
}

impl Kept {
    fn forget_sessions(&mut self) {
        let Self {
            records, networks, ..
        } = self;
        networks.forget_sessions(|id| records.session(id).is_some());
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Kept) -> Result<T, StoreError>,
    ) -> StoreFuture<'static, T> {
        let result = operation(&mut self.kept());
        Box::pin(std::future::ready(result))
    }
}

fn not_found<T>(tried: &str) -> Result<T, StoreError> {
    Err(StoreError::new(
        tried,
        StoreErrorKind::NotFound,
        "it does not exist",
    ))
}

fn conflict<T>(tried: &str) -> Result<T, StoreError> {
    Err(StoreError::new(
        tried,
        StoreErrorKind::Conflict,
        "it exists already",
    ))
}

impl Store for MemoryStore {
    fn ready(&self) -> StoreFuture<'_, ()> {
        self.with(|_| Ok(()))
    }

    fn add_account<'a>(&'a self, account: &'a Account) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.people.add_account(account))
    }

    fn account<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<Account>> {
        self.with(|kept| Ok(kept.people.account(name)))
    }

    fn accounts(&self) -> StoreFuture<'_, Vec<Account>> {
        self.with(|kept| Ok(kept.people.accounts()))
    }

    fn change_account<'a>(
        &'a self,
        name: &'a str,
        change: &'a AccountChange,
    ) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.people.change_account(name, change))
    }

    fn erase_account<'a>(&'a self, name: &'a str) -> StoreFuture<'a, ()> {
        self.with(|kept| {
            kept.people.erase_account(name)?;
            kept.records.erase_party(name);
            kept.forget_sessions();
            Ok(())
        })
    }

    fn add_device<'a>(&'a self, device: &'a Device) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.people.add_device(device))
    }

    fn devices<'a>(&'a self, account: &'a str) -> StoreFuture<'a, Vec<Device>> {
        self.with(|kept| Ok(kept.people.devices(account)))
    }

    fn remove_device<'a>(&'a self, account: &'a str, id: &'a str) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.people.remove_device(account, id))
    }

    fn add_sign_in_link<'a>(&'a self, link: &'a SignInLink) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.people.add_sign_in_link(link))
    }

    fn use_sign_in_link<'a>(
        &'a self,
        token: &'a TokenHash,
        now: Timestamp,
    ) -> StoreFuture<'a, SignInLinkUse> {
        self.with(|kept| Ok(kept.people.use_sign_in_link(token, now)))
    }

    fn add_share_link<'a>(&'a self, link: &'a ShareLink) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.people.add_share_link(link))
    }

    fn share_link<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<ShareLink>> {
        self.with(|kept| Ok(kept.people.share_link(|link| link.id == id)))
    }

    fn share_link_by_token<'a>(
        &'a self,
        token: &'a TokenHash,
    ) -> StoreFuture<'a, Option<ShareLink>> {
        self.with(|kept| Ok(kept.people.share_link(|link| link.token == *token)))
    }

    fn share_links_of<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<ShareLink>> {
        self.with(|kept| Ok(kept.people.share_links_of(owner)))
    }

    fn withdraw_share_link<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        at: Timestamp,
    ) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.people.withdraw_share_link(id, owner, at))
    }

    fn note_opening<'a>(&'a self, id: &'a str, opening: &'a Opening) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.people.note_opening(id, opening))
    }

    fn add_web_session<'a>(&'a self, session: &'a WebSession) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.people.add_web_session(session))
    }

    fn web_session<'a>(
        &'a self,
        cookie: &'a TokenHash,
        now: Timestamp,
    ) -> StoreFuture<'a, Option<WebSession>> {
        self.with(|kept| Ok(kept.people.web_session(cookie, now)))
    }

    fn end_web_session<'a>(&'a self, cookie: &'a TokenHash) -> StoreFuture<'a, ()> {
        self.with(|kept| {
            kept.people.end_web_session(cookie);
            Ok(())
        })
    }

    fn end_web_sessions_of<'a>(
        &'a self,
        account: &'a str,
        except: Option<&'a TokenHash>,
    ) -> StoreFuture<'a, ()> {
        self.with(|kept| {
            kept.people.end_web_sessions_of(account, except);
            Ok(())
        })
    }

    fn put_session<'a>(&'a self, record: &'a SessionRecord) -> StoreFuture<'a, ()> {
        self.with(|kept| {
            kept.records.put(record);
            Ok(())
        })
    }

    fn session<'a>(&'a self, id: &'a SessionId) -> StoreFuture<'a, Option<SessionRecord>> {
        self.with(|kept| Ok(kept.records.session(id)))
    }

    fn sessions<'a>(&'a self, query: &'a SessionQuery) -> StoreFuture<'a, Vec<SessionRecord>> {
        self.with(|kept| Ok(kept.records.sessions(query)))
    }

    fn add_consent<'a>(&'a self, consent: &'a Consent) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.records.add_consent(consent))
    }

    fn consents<'a>(&'a self, session: &'a SessionId) -> StoreFuture<'a, Vec<Consent>> {
        self.with(|kept| Ok(kept.records.consents(session)))
    }

    fn append_facts<'a>(
        &'a self,
        session: &'a SessionId,
        facts: Vec<Fact>,
    ) -> StoreFuture<'a, Vec<Fact>> {
        self.with(|kept| kept.records.append_facts(session, None, facts))
    }

    fn replace_facts<'a>(
        &'a self,
        session: &'a SessionId,
        observer: Observer,
        facts: Vec<Fact>,
    ) -> StoreFuture<'a, Vec<Fact>> {
        self.with(|kept| kept.records.append_facts(session, Some(observer), facts))
    }

    fn facts<'a>(&'a self, session: &'a SessionId) -> StoreFuture<'a, Read<Vec<Fact>>> {
        self.with(|kept| Ok(Read::clean(kept.records.facts(session))))
    }

    fn add_verdict<'a>(&'a self, verdict: &'a StoredVerdict) -> StoreFuture<'a, ()> {
        self.with(|kept| kept.records.add_verdict(verdict))
    }

    fn verdicts<'a>(&'a self, session: &'a SessionId) -> StoreFuture<'a, Vec<StoredVerdict>> {
        self.with(|kept| Ok(kept.records.verdicts(session)))
    }

    fn put_network_pair<'a>(&'a self, pair: &'a NetworkPair) -> StoreFuture<'a, ()> {
        self.with(|kept| {
            kept.networks.put_pair(pair);
            Ok(())
        })
    }

    fn network_pair<'a>(
        &'a self,
        sharer: &'a str,
        viewer: &'a str,
    ) -> StoreFuture<'a, Option<NetworkPair>> {
        self.with(|kept| Ok(kept.networks.pair(sharer, viewer)))
    }

    fn network_pairs(&self) -> StoreFuture<'_, Vec<NetworkPair>> {
        self.with(|kept| Ok(kept.networks.pairs()))
    }

    fn put_working_path<'a>(&'a self, path: &'a WorkingPath) -> StoreFuture<'a, ()> {
        self.with(|kept| {
            kept.networks.put_path(path);
            Ok(())
        })
    }

    fn working_path<'a>(
        &'a self,
        from: &'a str,
        to: &'a str,
    ) -> StoreFuture<'a, Option<WorkingPath>> {
        self.with(|kept| Ok(kept.networks.path(from, to)))
    }

    fn sweep<'a>(&'a self, retention: &'a Retention) -> StoreFuture<'a, Swept> {
        self.with(|kept| {
            let mut swept = Swept::default();
            kept.people.sweep(retention, &mut swept);
            kept.records.sweep(retention, &mut swept);
            kept.networks.sweep(retention, &mut swept);
            kept.forget_sessions();
            Ok(swept)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, ready};
    use std::sync::Arc;

    fn empty() -> Ready<(Arc<dyn crate::Store>, ())> {
        ready((Arc::new(crate::MemoryStore::new()), ()))
    }

    crate::conformance_tests!(empty);
}
