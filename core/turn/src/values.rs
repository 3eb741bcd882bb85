//! Decides what passes between the state machine and whoever owns the sockets.

use crate::families::{Family, RelayedPorts};
use hopsight_evidence::{Observation, Transport};
use hopsight_kit::{SessionId, Timestamp};
use std::fmt;
use std::net::SocketAddr;

/// The two ends of a client's way to the relay (RFC 8656, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FiveTuple {
    /// How the bytes travel.
    pub transport: Transport,
    /// The client's address as the relay sees it.
    pub client: SocketAddr,
    /// The relay's own address.
    pub server: SocketAddr,
}

/// What happened at the sockets.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A datagram, or a frame cut out of a stream by
    /// [`StreamReader`](crate::framing::StreamReader), came from a client.
    FromClient {
        /// The client.
        from: FiveTuple,
        /// The datagram or frame.
        bytes: &'a [u8],
    },
    /// A client's stream ended. Its allocation ends with it.
    ClientGone {
        /// The client.
        client: FiveTuple,
    },
    /// The ports asked for by [`Action::OpenPorts`] are open.
    PortsOpened(RelayedPorts),
    /// The ports asked for by [`Action::OpenPorts`] could not be opened; none of
    /// them is.
    PortsFailed(RelayedPorts),
    /// A datagram came to a relayed port.
    FromPeer {
        /// The relayed port.
        port: u16,
        /// Who sent it.
        peer: SocketAddr,
        /// The datagram.
        bytes: &'a [u8],
    },
    /// An ICMP error came about a datagram that left a relayed port.
    PeerFailed {
        /// The relayed port.
        port: u16,
        /// To whom the datagram went.
        peer: SocketAddr,
        /// The error.
        error: PeerError,
    },
    /// Time passed. Give one each second.
    Tick,
}

/// An ICMP error as the ICMP attribute carries it (RFC 8656, section 18.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerError {
    /// ICMP type.
    pub icmp_type: u8,
    /// ICMP code.
    pub code: u8,
    /// The MTU of a "fragmentation needed", else zero.
    pub data: u32,
}

/// What is to be done at the sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send to a client: one datagram, or bytes of the stream (padded already).
    ToClient {
        /// The client.
        to: FiveTuple,
        /// What to send.
        bytes: Vec<u8>,
        /// Whether it may be dropped when the client is slow.
        delivery: Delivery,
    },
    /// Open these UDP ports on the relay's addresses and answer with
    /// [`Input::PortsOpened`] or [`Input::PortsFailed`].
    OpenPorts(RelayedPorts),
    /// Close this UDP port in one family.
    ClosePort {
        /// The port.
        port: u16,
        /// The family.
        family: Family,
    },
    /// Send a datagram from a relayed port.
    ToPeer {
        /// The relayed port.
        port: u16,
        /// To whom.
        peer: SocketAddr,
        /// The datagram.
        bytes: Vec<u8>,
        /// Whether nobody may cut it up: the DF bit of IPv4 (RFC 8656, section
        /// 18.9).
        dont_fragment: bool,
    },
    /// Close the client's stream (nothing to do for UDP).
    CloseClient {
        /// The client.
        client: FiveTuple,
    },
    /// Look how far datagrams come from the port where the client was heard:
    /// send it [`trace_probe`](crate::trace_probe())s with hop limits from 1 to
    /// [`HIGHEST_HOP_LIMIT`](crate::HIGHEST_HOP_LIMIT), and report which routers
    /// let one run out.
    Trace {
        /// The session it is for.
        session: SessionId,
        /// The client, over UDP.
        client: FiveTuple,
        /// What only this trace's probes carry.
        token: [u8; 11],
    },
    /// Tell the front end what was observed.
    Report {
        /// The session it belongs to.
        session: SessionId,
        /// What was observed.
        observation: Observation,
    },
    /// Tell the operator that a tool came with a grant of its own and was let in.
    ToolAdmitted {
        /// What names the grant.
        session: SessionId,
        /// From where the tool came first.
        client: FiveTuple,
        /// When the grant ends.
        expires: Timestamp,
    },
    /// Count it.
    Count(Counter),
}

/// Whether something sent to a client may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// An answer: over a stream nobody would ask again.
    Answer,
    /// A peer's datagram: may be dropped as a network would.
    Datagram,
}

/// What the relay counts for the console and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    /// An allocation began.
    AllocationOpened,
    /// An allocation ended.
    AllocationClosed,
    /// A datagram went to a peer.
    Forwarded,
    /// A datagram came from a peer and went to its client.
    Returned,
    /// Something that is no message the relay understands.
    Malformed,
    /// Data for or from an address without a permission.
    NoPermission,
    /// Data for a service of the relay's own machine, or another session.
    Forbidden,
    /// Data on a 5-tuple without an allocation, or an unbound channel.
    NoAllocation,
    /// A request without right credentials.
    Unauthorized,
    /// A request that was refused.
    Refused,
    /// An unauthenticated request left unanswered because its network asked
    /// too often.
    OverBudget,
}

impl Counter {
    /// All counters, in order.
    pub const ALL: [Self; 11] = [
        Self::AllocationOpened,
        Self::AllocationClosed,
        Self::Forwarded,
        Self::Returned,
        Self::Malformed,
        Self::NoPermission,
        Self::Forbidden,
        Self::NoAllocation,
        Self::Unauthorized,
        Self::Refused,
        Self::OverBudget,
    ];

    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllocationOpened => "allocation-opened",
            Self::AllocationClosed => "allocation-closed",
            Self::Forwarded => "forwarded",
            Self::Returned => "returned",
            Self::Malformed => "malformed",
            Self::NoPermission => "no-permission",
            Self::Forbidden => "forbidden",
            Self::NoAllocation => "no-allocation",
            Self::Unauthorized => "unauthorized",
            Self::Refused => "refused",
            Self::OverBudget => "over-budget",
        }
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many unauthenticated answers over UDP one network (/24 or /56) gets, so
/// that the relay is no amplifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// At once.
    pub burst: u32,
    /// Per second after that.
    pub per_second: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            burst: 60,
            per_second: 10,
        }
    }
}
