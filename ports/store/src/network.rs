//! Decides what is kept about pairs of networks beyond single sessions: how
//! sessions between them run, and by which way packets went when they worked.

use hopsight_evidence::Hop;
use hopsight_kit::{SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How sessions between two networks run, as the newest one showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkPair {
    /// The sharer's network, as `ADDRESS/LENGTH`.
    pub sharer: String,
    /// The viewer's network.
    pub viewer: String,
    /// How they run.
    pub state: PairState,
    /// Since when they run like that.
    pub since: Timestamp,
    /// When a session last showed it.
    pub seen: Timestamp,
    /// The fault of the last verdict, if there was one.
    pub code: Option<String>,
    /// How sure it was.
    pub confidence: Option<String>,
    /// The session that showed it; none after it was erased.
    pub session: Option<SessionId>,
}

/// How sessions between two networks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairState {
    /// Straight between the two machines.
    Direct,
    /// Through a relay.
    Relayed,
    /// Not at all.
    Fails,
}

impl PairState {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Relayed => "relayed",
            Self::Fails => "fails",
        }
    }
}

/// The way that packets from one network to another took while it worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingPath {
    /// The network they came from, as `ADDRESS/LENGTH`.
    pub from: String,
    /// The network they went to.
    pub to: String,
    /// The address they went to.
    pub destination: IpAddr,
    /// The routers that answered.
    pub hops: Vec<Hop>,
    /// When.
    pub seen: Timestamp,
}
