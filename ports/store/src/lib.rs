//! What is kept: accounts, links, web sessions, sharing sessions with their
//! consents, facts and verdicts, and what they showed of pairs of networks.
//!
//! One trait, [`Store`], which a role holds as `Arc<dyn Store>` without knowing
//! the database behind it. A write is on disk when its future returns success;
//! the future is cancel-safe in the sense that a write is done wholly or not at
//! all. Tokens are kept as hashes only, passwords as argon2id text, device
//! secrets as digest keys (HA1): nothing here can be used to sign in.
//!
//! [`MemoryStore`] serves tests. The module `conformance` (feature of the same
//! name) is the one suite that each implementation runs.

#![forbid(unsafe_code)]

mod account;
mod error;
mod link;
mod memory;
mod network;
mod retention;
mod session;
mod store;
mod web_session;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

pub use account::{Account, AccountChange, AccountKind, Device};
pub use error::{StoreError, StoreErrorKind};
pub use hopsight_session::record::{Party, SessionRecord, SessionState};
pub use link::{Opening, ShareLink, ShareLinkState, SignInLink, SignInLinkUse, TokenHash};
pub use memory::MemoryStore;
pub use network::{NetworkPair, PairState, WorkingPath};
pub use retention::{Retention, Swept};
pub use session::{Consent, SessionQuery, StoredVerdict};
pub use store::{Store, StoreFuture};
pub use web_session::WebSession;
