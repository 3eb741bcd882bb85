//! Decides where a session can stand at one end, and how it can have ended.

use super::PathUsed;
use serde::{Deserialize, Serialize};

/// Where the session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The invitation is on its way.
    Inviting,
    /// The other end's machine rings.
    Ringing,
    /// The person at this machine is being asked.
    AwaitingConsent,
    /// Both ends agreed; the path is being built.
    Answered,
    /// The picture has a path.
    Connected(PathUsed),
    /// Over.
    Ended(EndReason),
}

impl State {
    /// Whether this end has invited and waits for a final answer.
    pub(super) const fn is_before_answer(&self) -> bool {
        match self {
            Self::Inviting | Self::Ringing => true,
            Self::AwaitingConsent | Self::Answered | Self::Connected(_) | Self::Ended(_) => false,
        }
    }

    /// Whether media may flow in this state.
    #[must_use]
    pub const fn has_media(&self) -> bool {
        match self {
            Self::Answered | Self::Connected(_) => true,
            Self::Inviting | Self::Ringing | Self::AwaitingConsent | Self::Ended(_) => false,
        }
    }
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum EndReason {
    /// The person at this machine said no.
    Declined,
    /// The other end said goodbye.
    HungUp {
        /// Its words.
        reason: String,
    },
    /// Nobody vouches for who the other end is, or it is not the one invited.
    NotVerified,
    /// No path was left.
    PathLost {
        /// What the path said.
        reason: String,
    },
    /// The other end, or a server, refused the invitation.
    Refused {
        /// SIP status.
        status: u16,
        /// Its reason phrase.
        reason: String,
    },
    /// This end stopped it.
    Stopped,
    /// The inviting end took the invitation back.
    Withdrawn,
}
