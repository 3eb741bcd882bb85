//! Decides what is kept of a sharing session: its record, who agreed to it, and
//! what was concluded. Facts are kept as `hopsight_evidence` has them.

use hopsight_evidence::Side;
use hopsight_kit::{SessionId, Timestamp};
use serde_json::Value;

/// One sharing session from its making to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Names the session.
    pub id: SessionId,
    /// When it was made.
    pub created: Timestamp,
    /// Who takes part; whoever invited comes first.
    pub parties: Vec<Party>,
    /// How far it came.
    pub state: SessionState,
    /// When it was over; absent while it is not.
    pub ended: Option<Timestamp>,
    /// How it ended, as the code of a verdict or of a reason.
    pub outcome: Option<String>,
    /// What carried the picture, for example `direct/udp` or `relay/tls`.
    pub path: Option<String>,
    /// Everything else that is worth keeping.
    pub detail: Value,
}

/// Somebody who takes part in a sharing session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Which end.
    pub side: Side,
    /// The account.
    pub account: String,
    /// The SIP address under which they take part.
    pub uri: String,
    /// The name that the other party was shown.
    pub display_name: String,
}

/// How far a sharing session came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SessionState {
    /// An id was drawn; nobody was invited.
    Created,
    /// The invitation is out.
    Invited,
    /// The invitation was accepted.
    Answered,
    /// The invitation was refused, or nobody answered it.
    Refused,
    /// It took place and is over.
    Ended,
}

impl SessionState {
    /// The state as the word under which it is kept and served.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Invited => "invited",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    /// The state that `word` stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Created,
            Self::Invited,
            Self::Answered,
            Self::Refused,
            Self::Ended,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

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
