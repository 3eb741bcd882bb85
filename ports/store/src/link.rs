//! Decides what a link opens and for how long. Only the hash of a link's token
//! is kept, so that a copy of the database opens nothing.

use hopsight_kit::{Timestamp, Token};
use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 of a [`Token`]. Tokens carry 160 bits of chance, so that a plain
/// hash cannot be tried out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The hash of a token that was drawn or presented.
    #[must_use]
    pub fn of(token: &Token) -> Self {
        Self(Sha256::digest(token.reveal().as_bytes()).into())
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(‹hidden›)")
    }
}

/// A link that signs an account in, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInLink {
    /// What the link carries, hashed.
    pub token: TokenHash,
    /// Who is signed in by it.
    pub account: String,
    /// From when on it does nothing.
    pub expires: Timestamp,
}

/// What became of an attempt to use a sign-in link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInLinkUse {
    /// The link was good and is used up by this very call.
    Accepted {
        /// Who is signed in.
        account: String,
    },
    /// Somebody used it before.
    AlreadyUsed {
        /// When.
        at: Timestamp,
    },
    /// It came too late.
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// No such link was ever made, or it is long gone.
    Unknown,
}

/// A link to one share: view only, ends by itself, can be withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareLink {
    /// Names the link openly; part of the share's SIP URI.
    pub id: String,
    /// What the link carries, hashed.
    pub token: TokenHash,
    /// The account whose desktop is shared.
    pub owner: String,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it does nothing.
    pub expires: Timestamp,
    /// When the owner withdrew it.
    pub withdrawn: Option<Timestamp>,
    /// Who opened it, in the order of time.
    pub opened: Vec<Opening>,
}

impl ShareLink {
    /// Whether the link opens anything at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ShareLinkState {
        match self.withdrawn {
            Some(_) => ShareLinkState::Withdrawn,
            None if now < self.expires => ShareLinkState::Open,
            None => ShareLinkState::Expired,
        }
    }
}

/// Whether a share link opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShareLinkState {
    /// Its time is over.
    Expired,
    /// It opens the share.
    Open,
    /// The owner took it back.
    Withdrawn,
}

/// Somebody opened a share link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The account that opened it.
    pub by: String,
    /// The name shown to the owner; kept here because guests' accounts end.
    pub display_name: String,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_link_is_open_until_it_expires_or_is_withdrawn() {
        let at = Timestamp::from_unix_seconds;
        let mut link = ShareLink {
            id: "1".into(),
            token: TokenHash::of(&Token::presented("t")),
            owner: "alice".into(),
            created: at(1),
            expires: at(10),
            withdrawn: None,
            opened: Vec::new(),
        };

        assert_eq!(link.state(at(9)), ShareLinkState::Open);
        assert_eq!(link.state(at(10)), ShareLinkState::Expired);
        link.withdrawn = Some(at(2));
        assert_eq!(link.state(at(3)), ShareLinkState::Withdrawn);
    }

    #[test]
    fn a_token_hash_is_the_sha_256_of_the_token_and_does_not_show() {
        let hash = TokenHash::of(&Token::presented("abc"));

        assert_eq!(hash.0[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(format!("{hash:?}"), "TokenHash(‹hidden›)");
    }
}
