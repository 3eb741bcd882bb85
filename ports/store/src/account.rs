//! Decides what is known about somebody who may sign in. Checking a password
//! and computing a digest key are left to the front end.

use hopsight_kit::{Redacted, Timestamp};

/// A person or a named guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name by which they sign in; also the user part of their SIP URI.
    pub name: String,
    /// The name that others are shown.
    pub display_name: String,
    /// Person or guest.
    pub kind: AccountKind,
    /// Whether they may see everybody's sessions and change accounts.
    pub administrator: bool,
    /// Whether they may sign in.
    pub enabled: bool,
    /// The argon2id text of the password; absent when none was set.
    pub password: Option<Redacted<String>>,
    /// When the account was made.
    pub created: Timestamp,
    /// When it ends by itself (guests); absent for an account without an end.
    pub expires: Option<Timestamp>,
}

impl Account {
    /// Whether this account may sign in at `now`.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.enabled && self.expires.is_none_or(|end| now < end)
    }
}

/// Who stands behind an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountKind {
    /// Somebody who opened a share link without an account of their own.
    Guest,
    /// Somebody the administrator added.
    Person,
}

/// One field of an account, and what it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// May see everybody's sessions and change accounts, or not.
    Administrator(bool),
    /// The name that others are shown.
    DisplayName(String),
    /// May sign in, or not. Web sessions and devices stay; whoever disables an
    /// account also ends them.
    Enabled(bool),
    /// When the account ends by itself.
    Expires(Option<Timestamp>),
    /// The argon2id text of the password; none takes it away.
    Password(Option<Redacted<String>>),
}

/// A native endpoint that may sign in for an account with a secret of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Names the device within its account.
    pub id: String,
    /// The account it signs in for; also the digest user name.
    pub account: String,
    /// The digest key, SHA-256 over `name:realm:secret` as lower-case
    /// hexadecimal (RFC 7616, section 3.4.2). It is worth as much as the secret
    /// within its realm, so it is hidden too.
    pub ha1_sha256: Redacted<String>,
    /// The same with MD5 (RFC 2617), for a device that knows nothing else and that an
    /// administrator let in.
    pub ha1_md5: Option<Redacted<String>>,
    /// When the secret was made.
    pub created: Timestamp,
}
