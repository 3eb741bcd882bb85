//! Decides how places are named: who observed, which end of the session, which
//! pair of addresses, which way the datagrams took.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::SocketAddr;

/// One end of a sharing session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The end whose desktop is shown.
    Sharer,
    /// The end that sees it.
    Viewer,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Sharer => Self::Viewer,
            Self::Viewer => Self::Sharer,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sharer => "sharer",
            Self::Viewer => "viewer",
        })
    }
}

/// Who saw something. Stamped by whoever received the claim over an
/// authenticated flow, never taken from the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observer {
    /// The administrator, who stated it (`explain --fact`).
    Administrator,
    /// The front end itself.
    FrontEnd,
    /// The relay.
    Relay,
    /// The sharer's endpoint.
    Sharer,
    /// The viewer's endpoint.
    Viewer,
}

impl Observer {
    /// The end of the session at which this observer stands, if at one.
    #[must_use]
    pub const fn side(self) -> Option<Side> {
        match self {
            Self::Sharer => Some(Side::Sharer),
            Self::Viewer => Some(Side::Viewer),
            Self::Administrator | Self::FrontEnd | Self::Relay => None,
        }
    }
}

impl From<Side> for Observer {
    fn from(side: Side) -> Self {
        match side {
            Side::Sharer => Self::Sharer,
            Side::Viewer => Self::Viewer,
        }
    }
}

/// How bytes travel between a client and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        })
    }
}

/// Candidate types in the order of RFC 8445, section 5.1.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateKind {
    /// An address of the host itself.
    Host,
    /// Learnt from a check's peer.
    PeerReflexive,
    /// Learnt from a STUN or TURN server.
    ServerReflexive,
    /// On a relay.
    Relayed,
}

/// Which way the datagrams of a pair take from this end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "way", content = "transport")]
pub enum Via {
    /// From a socket of this host.
    Direct,
    /// Through this end's own relay allocation, reached by the transport.
    Relay(Transport),
}

/// A candidate pair as one end sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pair {
    /// This end's candidate address (the relayed address for a relay pair).
    pub local: SocketAddr,
    /// The other end's candidate address.
    pub remote: SocketAddr,
    /// The way from this end.
    pub via: Via,
}
