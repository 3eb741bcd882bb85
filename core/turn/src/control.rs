//! Decides what the front end may tell the relay about a session, and what it
//! is told back: the one interface of relay grants.

use hopsight_evidence::{Side, Transport};
use hopsight_kit::{Redacted, SessionId, Timestamp};
use std::net::{IpAddr, SocketAddr};

/// What a front end tells the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// One side of a session may allocate with this name and password. A
    /// second grant with the same name replaces the first.
    Grant {
        /// The session.
        session: SessionId,
        /// Whose grant it is.
        side: Side,
        /// The person whose grant it is: all their grants together have a quota.
        owner: String,
        /// The TURN user name; best unique per grant.
        username: String,
        /// The TURN password.
        password: Redacted<String>,
        /// When the grant lapses if nobody has used it and the session has not
        /// been answered.
        expires: Timestamp,
    },
    /// Addresses that one side named as candidates, or was seen at on its
    /// authenticated flows. The OTHER side's allocations may send there. They
    /// are added to those known before.
    Candidates {
        /// The session.
        session: SessionId,
        /// Whose addresses they are.
        side: Side,
        /// The addresses.
        addresses: Vec<IpAddr>,
    },
    /// The session was answered: its grants live until it is revoked.
    Answered {
        /// The session.
        session: SessionId,
    },
    /// The session is over: grants and allocations end at once.
    Revoke {
        /// The session.
        session: SessionId,
    },
    /// What the session has sent through the relay.
    Counters {
        /// The session.
        session: SessionId,
    },
    /// Whether clients at these addresses asked over UDP without ever showing
    /// that an answer reached them.
    Heard {
        /// The addresses.
        addresses: Vec<IpAddr>,
    },
    /// The relay shall look how far its datagrams come on the way to the UDP
    /// clients of a session, each once: an observation comes for each.
    Trace {
        /// The session.
        session: SessionId,
        /// Clients that it heard and that belong to the session, too; one that
        /// it did not hear is passed over.
        heard: Vec<SocketAddr>,
    },
}

/// What the relay answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Carried out.
    Done,
    /// The relay knows nothing of this session.
    UnknownSession,
    /// The counters, in the order of side, client and peer.
    Counters(Vec<PeerTraffic>),
    /// What was heard of each address, in the order asked.
    Heard(Vec<Heard>),
}

/// What the relay heard of an address over UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The address that was asked about.
    pub address: IpAddr,
    /// From where the newest request came, if any did.
    pub client: Option<SocketAddr>,
    /// Requests that were answered and after which nothing came that needed
    /// the answer.
    pub requests: u32,
}

/// What passed between one allocation and one peer address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerTraffic {
    /// Whose allocation.
    pub side: Side,
    /// From where the client reached the relay.
    pub client: SocketAddr,
    /// How.
    pub transport: Transport,
    /// The relayed address.
    pub relayed: SocketAddr,
    /// The peer.
    pub peer: IpAddr,
    /// From the client to the peer.
    pub to_peer: Traffic,
    /// From the peer to the client.
    pub from_peer: Traffic,
}

/// A count of what passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Traffic {
    /// Datagrams.
    pub packets: u64,
    /// Bytes of payload, without STUN or ChannelData framing.
    pub bytes: u64,
}

impl Traffic {
    /// Counts one datagram of `length` bytes.
    pub(crate) fn count(&mut self, length: usize) {
        self.packets = self.packets.saturating_add(1);
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(length);
    }
}
