//! The trait, handed over to the module of each kind of thing.

use crate::error::failed;
use crate::{SqliteStore, accounts, evidence, links, networks, retention, sessions, web_sessions};
use hopsight_evidence::{Fact, Observer};
use hopsight_kit::{Read, SessionId, Timestamp};
use hopsight_store::{
    Account, AccountChange, Consent, Device, NetworkPair, Opening, Retention, SessionQuery,
    SessionRecord, ShareLink, SignInLink, SignInLinkUse, Store, StoreFuture, StoredVerdict, Swept,
    TokenHash, WebSession, WorkingPath,
};

impl Store for SqliteStore {
    fn ready(&self) -> StoreFuture<'_, ()> {
        Box::pin(async {
            sqlx::query("UPDATE readiness SET asked = asked + 1")
                .execute(&self.writer)
                .await
                .map_err(failed("write to the database"))?;
            Ok(())
        })
    }

    fn add_account<'a>(&'a self, account: &'a Account) -> StoreFuture<'a, ()> {
        Box::pin(accounts::add(self, account))
    }

    fn account<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<Account>> {
        Box::pin(accounts::one(self, name))
    }

    fn accounts(&self) -> StoreFuture<'_, Vec<Account>> {
        Box::pin(accounts::all(self))
    }

    fn change_account<'a>(
        &'a self,
        name: &'a str,
        change: &'a AccountChange,
    ) -> StoreFuture<'a, ()> {
        Box::pin(accounts::change(self, name, change))
    }

    fn erase_account<'a>(&'a self, name: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(accounts::erase(self, name))
    }

    fn add_device<'a>(&'a self, device: &'a Device) -> StoreFuture<'a, ()> {
        Box::pin(accounts::add_device(self, device))
    }

    fn devices<'a>(&'a self, account: &'a str) -> StoreFuture<'a, Vec<Device>> {
        Box::pin(accounts::devices(self, account))
    }

    fn remove_device<'a>(&'a self, account: &'a str, id: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(accounts::remove_device(self, account, id))
    }

    fn add_sign_in_link<'a>(&'a self, link: &'a SignInLink) -> StoreFuture<'a, ()> {
        Box::pin(links::add_sign_in(self, link))
    }

    fn use_sign_in_link<'a>(
        &'a self,
        token: &'a TokenHash,
        now: Timestamp,
    ) -> StoreFuture<'a, SignInLinkUse> {
        Box::pin(links::use_sign_in(self, token, now))
    }

    fn add_share_link<'a>(&'a self, link: &'a ShareLink) -> StoreFuture<'a, ()> {
        Box::pin(links::add_share(self, link))
    }

    fn share_link<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<ShareLink>> {
        Box::pin(links::share(self, id))
    }

    fn share_link_by_token<'a>(
        &'a self,
        token: &'a TokenHash,
    ) -> StoreFuture<'a, Option<ShareLink>> {
        Box::pin(links::share_by_token(self, token))
    }

    fn share_links_of<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<ShareLink>> {
        Box::pin(links::shares_of(self, owner))
    }

    fn withdraw_share_link<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        at: Timestamp,
    ) -> StoreFuture<'a, ()> {
        Box::pin(links::withdraw(self, id, owner, at))
    }

    fn note_opening<'a>(&'a self, id: &'a str, opening: &'a Opening) -> StoreFuture<'a, ()> {
        Box::pin(links::note_opening(self, id, opening))
    }

    fn add_web_session<'a>(&'a self, session: &'a WebSession) -> StoreFuture<'a, ()> {
        Box::pin(web_sessions::add(self, session))
    }

    fn web_session<'a>(
        &'a self,
        cookie: &'a TokenHash,
        now: Timestamp,
    ) -> StoreFuture<'a, Option<WebSession>> {
        Box::pin(web_sessions::one(self, cookie, now))
    }

    fn end_web_session<'a>(&'a self, cookie: &'a TokenHash) -> StoreFuture<'a, ()> {
        Box::pin(web_sessions::end(self, cookie))
    }

    fn end_web_sessions_of<'a>(
        &'a self,
        account: &'a str,
        except: Option<&'a TokenHash>,
    ) -> StoreFuture<'a, ()> {
        Box::pin(web_sessions::end_of(self, account, except))
    }

    fn put_session<'a>(&'a self, record: &'a SessionRecord) -> StoreFuture<'a, ()> {
        Box::pin(sessions::put(self, record))
    }

    fn session<'a>(&'a self, id: &'a SessionId) -> StoreFuture<'a, Option<SessionRecord>> {
        Box::pin(sessions::one(self, id))
    }

    fn sessions<'a>(&'a self, query: &'a SessionQuery) -> StoreFuture<'a, Vec<SessionRecord>> {
        Box::pin(sessions::several(self, query))
    }

    fn add_consent<'a>(&'a self, consent: &'a Consent) -> StoreFuture<'a, ()> {
        Box::pin(sessions::add_consent(self, consent))
    }

    fn consents<'a>(&'a self, session: &'a SessionId) -> StoreFuture<'a, Vec<Consent>> {
        Box::pin(sessions::consents(self, session))
    }

    fn append_facts<'a>(
        &'a self,
        session: &'a SessionId,
        facts: Vec<Fact>,
    ) -> StoreFuture<'a, Vec<Fact>> {
        Box::pin(evidence::append(self, session, None, facts))
    }

    fn replace_facts<'a>(
        &'a self,
        session: &'a SessionId,
        observer: Observer,
        facts: Vec<Fact>,
    ) -> StoreFuture<'a, Vec<Fact>> {
        Box::pin(evidence::append(self, session, Some(observer), facts))
    }

    fn facts<'a>(&'a self, session: &'a SessionId) -> StoreFuture<'a, Read<Vec<Fact>>> {
        Box::pin(evidence::facts(self, session))
    }

    fn add_verdict<'a>(&'a self, verdict: &'a StoredVerdict) -> StoreFuture<'a, ()> {
        Box::pin(evidence::add_verdict(self, verdict))
    }

    fn verdicts<'a>(&'a self, session: &'a SessionId) -> StoreFuture<'a, Vec<StoredVerdict>> {
        Box::pin(evidence::verdicts(self, session))
    }

    fn put_network_pair<'a>(&'a self, pair: &'a NetworkPair) -> StoreFuture<'a, ()> {
        Box::pin(networks::put_pair(self, pair))
    }

    fn network_pair<'a>(
        &'a self,
        sharer: &'a str,
        viewer: &'a str,
    ) -> StoreFuture<'a, Option<NetworkPair>> {
        Box::pin(networks::pair(self, sharer, viewer))
    }

    fn network_pairs(&self) -> StoreFuture<'_, Vec<NetworkPair>> {
        Box::pin(networks::pairs(self))
    }

    fn put_working_path<'a>(&'a self, path: &'a WorkingPath) -> StoreFuture<'a, ()> {
        Box::pin(networks::put_path(self, path))
    }

    fn working_path<'a>(
        &'a self,
        from: &'a str,
        to: &'a str,
    ) -> StoreFuture<'a, Option<WorkingPath>> {
        Box::pin(networks::path(self, from, to))
    }

    fn sweep<'a>(&'a self, retention: &'a Retention) -> StoreFuture<'a, Swept> {
        Box::pin(retention::sweep(self, retention))
    }
}
