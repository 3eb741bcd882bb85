//! Decides what keeps a browser signed in.

use crate::TokenHash;
use hopsight_kit::Timestamp;

/// A browser that is signed in by a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSession {
    /// What the cookie carries, hashed.
    pub cookie: TokenHash,
    /// Who is signed in.
    pub account: String,
    /// When the browser signed in.
    pub created: Timestamp,
    /// From when on the cookie does nothing.
    pub expires: Timestamp,
}
