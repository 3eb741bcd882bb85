//! Decides what is kept beside the record of a sharing session: who agreed to it
//! and what was concluded. Facts are kept as `hopsight_evidence` has them, the
//! record as `hopsight_session` has it.

use hopsight_kit::{SessionId, Timestamp};
use serde_json::Value;

/// Which session records are wanted, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionQuery {
    /// Only sessions in which this account takes part; absent: everybody's.
    pub party: Option<String>,
    /// Only sessions older than this one, for the next page.
    pub before: Option<SessionId>,
    /// At most so many.
    pub limit: u32,
}

/// A sharer agreed that a viewer sees their desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The session it is for.
    pub session: SessionId,
    /// The account that agreed.
    pub by: String,
    /// The account that may see.
    pub viewer: String,
    /// When.
    pub at: Timestamp,
}

/// What was concluded about a session at one time. Later verdicts do not
/// replace earlier ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVerdict {
    /// The session it is about.
    pub session: SessionId,
    /// When it was concluded.
    pub at: Timestamp,
    /// The verdict as endpoints get it.
    pub verdict: Value,
}
