//! Decides what may go because its time is over.

use hopsight_kit::Timestamp;

/// What a sweep takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Web sessions, sign-in links and guests that expired before this go, and
    /// share links that expired before `facts_before`.
    pub now: Timestamp,
    /// Facts and verdicts of sessions made before this go.
    pub facts_before: Timestamp,
    /// Records of sessions made before this go, with all that hangs on them, and
    /// what no session has shown of networks since.
    pub records_before: Timestamp,
}

/// What a sweep took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Guests' accounts.
    pub guests: u64,
    /// Sign-in links.
    pub sign_in_links: u64,
    /// Share links.
    pub share_links: u64,
    /// Web sessions.
    pub web_sessions: u64,
    /// Facts.
    pub facts: u64,
    /// Verdicts.
    pub verdicts: u64,
    /// Session records.
    pub sessions: u64,
    /// Pairs of networks, and ways between them.
    pub networks: u64,
}
