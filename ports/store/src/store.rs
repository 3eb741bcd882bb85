//! Decides what a store can do, whichever database stands behind it.

use crate::{
    Account, AccountChange, Consent, Device, NetworkPair, Opening, Retention, SessionQuery,
    SessionRecord, ShareLink, SignInLink, SignInLinkUse, StoreError, StoredVerdict, Swept,
    TokenHash, WebSession, WorkingPath,
};
use hopsight_evidence::{Fact, Observer};
use hopsight_kit::{Read, SessionId, Timestamp};
use std::future::Future;
use std::pin::Pin;

/// What every operation of a [`Store`] gives: boxed, so that a role can hold an
/// `Arc<dyn Store>`.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps what must outlive the process.
///
/// A write is on disk when its future gives success, and undone wholly when it
/// gives an error. Names are compared byte for byte. `Conflict` and `NotFound`
/// are the two errors that a correct program meets in daily use.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Whether the store can be written at this moment, by writing.
    fn ready(&self) -> StoreFuture<'_, ()>;

    /// Keeps a new account. `Conflict` when the name is taken.
    fn add_account<'a>(&'a self, account: &'a Account) -> StoreFuture<'a, ()>;
    /// The account of that name.
    fn account<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<Account>>;
    /// All accounts, by name.
    fn accounts(&self) -> StoreFuture<'_, Vec<Account>>;
    /// Changes one field. `NotFound` when there is no such account.
    fn change_account<'a>(
        &'a self,
        name: &'a str,
        change: &'a AccountChange,
    ) -> StoreFuture<'a, ()>;
    /// Removes an account with its devices, links, web sessions, and the
    /// sharing sessions in which it took part, and its name from the share
    /// links it opened. `NotFound` when there is no such account.
    fn erase_account<'a>(&'a self, name: &'a str) -> StoreFuture<'a, ()>;

    /// Keeps a new device. `Conflict` when the account has one of that id,
    /// `NotFound` when there is no such account.
    fn add_device<'a>(&'a self, device: &'a Device) -> StoreFuture<'a, ()>;
    /// The devices of an account, the newest first.
    fn devices<'a>(&'a self, account: &'a str) -> StoreFuture<'a, Vec<Device>>;
    /// Removes a device. `NotFound` when the account has none of that id.
    fn remove_device<'a>(&'a self, account: &'a str, id: &'a str) -> StoreFuture<'a, ()>;

    /// Keeps a one-time sign-in link. `NotFound` when there is no such account.
    fn add_sign_in_link<'a>(&'a self, link: &'a SignInLink) -> StoreFuture<'a, ()>;
    /// Uses a sign-in link up. Of any number of calls with the same token at
    /// most one is accepted, ever.
    fn use_sign_in_link<'a>(
        &'a self,
        token: &'a TokenHash,
        now: Timestamp,
    ) -> StoreFuture<'a, SignInLinkUse>;

    /// Keeps a new share link. `NotFound` when there is no such owner,
    /// `Conflict` when the id is taken.
    fn add_share_link<'a>(&'a self, link: &'a ShareLink) -> StoreFuture<'a, ()>;
    /// The share link of that id, whatever its state.
    fn share_link<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<ShareLink>>;
    /// The share link that carries that token, whatever its state.
    fn share_link_by_token<'a>(
        &'a self,
        token: &'a TokenHash,
    ) -> StoreFuture<'a, Option<ShareLink>>;
    /// Somebody's share links, the newest first.
    fn share_links_of<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<ShareLink>>;
    /// Withdraws a share link; one that is withdrawn keeps its first time.
    /// `NotFound` when `owner` has none of that id.
    fn withdraw_share_link<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        at: Timestamp,
    ) -> StoreFuture<'a, ()>;
    /// Notes who opened a share link; a second opening by the same account is
    /// not noted again. `NotFound` when there is no such link.
    fn note_opening<'a>(&'a self, id: &'a str, opening: &'a Opening) -> StoreFuture<'a, ()>;

    /// Keeps a new web session. `NotFound` when there is no such account.
    fn add_web_session<'a>(&'a self, session: &'a WebSession) -> StoreFuture<'a, ()>;
    /// The web session of that cookie, unless it has expired by `now`.
    fn web_session<'a>(
        &'a self,
        cookie: &'a TokenHash,
        now: Timestamp,
    ) -> StoreFuture<'a, Option<WebSession>>;
    /// Ends a web session; one that does not exist is no error.
    fn end_web_session<'a>(&'a self, cookie: &'a TokenHash) -> StoreFuture<'a, ()>;
    /// Ends all web sessions of an account except, when given, one.
    fn end_web_sessions_of<'a>(
        &'a self,
        account: &'a str,
        except: Option<&'a TokenHash>,
    ) -> StoreFuture<'a, ()>;

    /// Keeps a session record, in place of an earlier one of the same id.
    fn put_session<'a>(&'a self, record: &'a SessionRecord) -> StoreFuture<'a, ()>;
    /// The record of a session.
    fn session<'a>(&'a self, id: &'a SessionId) -> StoreFuture<'a, Option<SessionRecord>>;
    /// Session records, the newest first.
    fn sessions<'a>(&'a self, query: &'a SessionQuery) -> StoreFuture<'a, Vec<SessionRecord>>;

    /// Keeps a consent. `NotFound` when there is no such session.
    fn add_consent<'a>(&'a self, consent: &'a Consent) -> StoreFuture<'a, ()>;
    /// The consents of a session, the oldest first.
    fn consents<'a>(&'a self, session: &'a SessionId) -> StoreFuture<'a, Vec<Consent>>;

    /// Adds facts to a session and gives them back with the ids under which
    /// they are kept: the next free ones, whatever ids they came with.
    /// `NotFound` when there is no such session, `Invalid` when a fact belongs
    /// to another.
    fn append_facts<'a>(
        &'a self,
        session: &'a SessionId,
        facts: Vec<Fact>,
    ) -> StoreFuture<'a, Vec<Fact>>;
    /// As [`Store::append_facts`], after taking away what the observer said
    /// before. Ids are never given twice. `Invalid` when a fact has another
    /// observer.
    fn replace_facts<'a>(
        &'a self,
        session: &'a SessionId,
        observer: Observer,
        facts: Vec<Fact>,
    ) -> StoreFuture<'a, Vec<Fact>>;
    /// The facts of a session by id. One that this version cannot read is a
    /// remark.
    fn facts<'a>(&'a self, session: &'a SessionId) -> StoreFuture<'a, Read<Vec<Fact>>>;

    /// Adds a verdict. `NotFound` when there is no such session.
    fn add_verdict<'a>(&'a self, verdict: &'a StoredVerdict) -> StoreFuture<'a, ()>;
    /// The verdicts of a session in the order in which they were added.
    fn verdicts<'a>(&'a self, session: &'a SessionId) -> StoreFuture<'a, Vec<StoredVerdict>>;

    /// Keeps how sessions between two networks run, in place of what was known
    /// of them.
    fn put_network_pair<'a>(&'a self, pair: &'a NetworkPair) -> StoreFuture<'a, ()>;
    /// How sessions between two networks run.
    fn network_pair<'a>(
        &'a self,
        sharer: &'a str,
        viewer: &'a str,
    ) -> StoreFuture<'a, Option<NetworkPair>>;
    /// All pairs of networks, by their names.
    fn network_pairs(&self) -> StoreFuture<'_, Vec<NetworkPair>>;

    /// Keeps a way that works, in place of an earlier one between the same
    /// networks.
    fn put_working_path<'a>(&'a self, path: &'a WorkingPath) -> StoreFuture<'a, ()>;
    /// The way that worked last from one network to another.
    fn working_path<'a>(
        &'a self,
        from: &'a str,
        to: &'a str,
    ) -> StoreFuture<'a, Option<WorkingPath>>;

    /// Takes away what is over.
    fn sweep<'a>(&'a self, retention: &'a Retention) -> StoreFuture<'a, Swept>;
}
