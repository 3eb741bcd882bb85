//! Decides what a fact is: a small typed record, append-only, whose observer
//! was stamped by somebody who authenticated it.
//!
//! An endpoint sends [`Claim`]s; the front end makes [`Fact`]s of them. Facts
//! are stored as JSON with the session, so a newer engine can judge them again.

use crate::{CandidateKind, DtlsStep, Observer, Pair, Side, Transport, TurnMethod};
use hopsight_kit::{SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// Names a fact within its session: the order in which the front end took it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactId(pub u32);

/// What somebody says to have observed, before anybody vouches for who it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// When, by the observer's own clock.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub observation: Observation,
}

/// A claim with its observer stamped on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The name of this fact within its session.
    pub id: FactId,
    /// The session it belongs to.
    pub session: SessionId,
    /// Who observed it; taken from the authenticated flow.
    pub observer: Observer,
    /// When, by the observer's own clock.
    pub at: Timestamp,
    /// With which rights it was observed.
    pub privilege: Privilege,
    /// Seen itself, or concluded from something seen.
    pub quality: Quality,
    /// What was observed.
    #[serde(flatten)]
    pub observation: Observation,
}

/// With which rights something was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Privilege {
    /// As any program may.
    User,
    /// With raw sockets.
    Raw,
    /// As the administrator of that machine.
    Admin,
}

/// Seen itself, or concluded from something seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Seen itself.
    Direct,
    /// Concluded from something seen.
    Inferred,
}

/// What can be observed. The name of a variant in JSON (`"fact"`) is stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "each variant is documented; its fields are named as in the RFCs"
)]
pub enum Observation {
    /// The observer found (`own`) or was told a candidate.
    Candidate {
        own: bool,
        kind: CandidateKind,
        transport: Transport,
        address: SocketAddr,
    },
    /// How the checks of one pair fared, counted by the observer. `waited_ms`
    /// is the time from the first check to the newest event of this pair.
    Checks {
        pair: Pair,
        sent: u32,
        answered: u32,
        received: u32,
        refused: u32,
        waited_ms: u64,
    },
    /// The observer's own kernel refused to send.
    SendError {
        destination: SocketAddr,
        errno: i32,
        text: String,
        after_ms: u64,
    },
    /// An ICMP error about a datagram of the observer's media socket.
    /// `after_ms` counts from the first check to that destination.
    IcmpError {
        destination: SocketAddr,
        offender: IpAddr,
        kind: IcmpKind,
        mtu: Option<u32>,
        matched: bool,
        after_ms: u64,
    },
    /// The observer sent probes with hop limits from 1 to `highest` on the path
    /// of its checks to `destination`; `hops` are the routers that said "time
    /// exceeded".
    Trace {
        destination: SocketAddr,
        highest: u8,
        hops: Vec<Hop>,
    },
    /// By which way the observer's machine sends to `destination`: the next hop,
    /// absent when the destination lies on its own link, and whether that next
    /// hop answers there.
    Route {
        destination: IpAddr,
        via: Option<IpAddr>,
        device: String,
        source: Option<IpAddr>,
        neighbour: NeighbourState,
    },
    /// What came of a TCP connection to an address at which the other end is
    /// checked over UDP.
    TcpConnect {
        destination: SocketAddr,
        outcome: TcpOutcome,
        after_ms: u64,
    },
    /// Probes of the other end arrived from `source`; `lowest` is the smallest
    /// hop limit with which one of them had left.
    ProbesArrived {
        source: SocketAddr,
        lowest: u8,
        count: u32,
    },
    /// The relay answered a request; `code` is absent for success.
    TurnResult {
        server: SocketAddr,
        transport: Transport,
        method: TurnMethod,
        code: Option<u16>,
        reason: String,
        rtt_ms: u64,
    },
    /// The relay could not be reached over this transport: refused, reset,
    /// unreachable, or silent for `waited_ms`. `connected` tells that a stream
    /// was open, so that the silence is not the network's.
    RelaySilent {
        server: SocketAddr,
        transport: Transport,
        text: String,
        waited_ms: u64,
        #[serde(default)]
        connected: bool,
    },
    /// The relay gave the observer an address.
    RelayAllocated {
        server: SocketAddr,
        transport: Transport,
        relayed: SocketAddr,
        mapped: Option<SocketAddr>,
    },
    /// The relay holds an allocation of that side (observer: relay).
    RelayServes {
        side: Side,
        transport: Transport,
        client: SocketAddr,
        relayed: SocketAddr,
    },
    /// The relay refused a peer address (observer: relay).
    RelayRefused {
        side: Side,
        peer: IpAddr,
        because: String,
    },
    /// The pair that carries the picture.
    PathChosen { pair: Pair },
    /// The DTLS handshake came to a step.
    Dtls { step: DtlsStep },
    /// The first frame left (sharer) or arrived (viewer), counted from the
    /// answer to the invitation.
    FirstFrame { after_ms: u64 },
    /// An address of the observer's own machine and the length of its network
    /// prefix, as its interface knows it.
    Interface { address: IpAddr, prefix: u8 },
    /// The observer's ledger had no room for this many events.
    Omitted { count: u64 },
    /// The address a side signs in from, as the front end sees it.
    SignedInFrom { side: Side, address: SocketAddr },
    /// A Lync or Skype for Business client's own summary of a failed path,
    /// read from a trace. `measured_by_peer` tells that the other party of the
    /// log's owner measured it. An emptied key is `unknown`, not absent.
    /// (Observer: the administrator who handed in the trace.)
    LegacyMediaDebug {
        diagnostic_id: u32,
        modality: String,
        ice_warn: u32,
        local_location: Option<u8>,
        remote_location: Option<u8>,
        measured_by: CallParty,
        measured_by_peer: bool,
        keys_absent: Vec<String>,
        keys_unknown: Vec<String>,
    },
    /// Something an administrator knows from elsewhere.
    Stated {
        name: String,
        value: String,
        place: String,
    },
}

/// What a TCP connection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpOutcome {
    /// Somebody accepted it.
    Accepted,
    /// The port is closed: the packets came there and back.
    Refused,
    /// No answer came.
    Silent,
    /// The network or this machine said that it cannot be.
    Unreachable,
}

/// What a machine's neighbour table says of the next hop (RFC 4861, section
/// 7.3.2, and what Linux adds to it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeighbourState {
    /// It answered, now or a while ago.
    Answers,
    /// It was asked and has not answered.
    Silent,
    /// The table does not know it.
    Unknown,
}

/// A router on the way, and at which hop limit it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hop {
    /// The hop limit of the probe.
    pub ttl: u8,
    /// The address from which the router answered.
    pub address: IpAddr,
}

/// Who of a call: the one that invited or the one that was invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallParty {
    /// Invited the other one.
    Caller,
    /// Was invited.
    Callee,
}

/// The ICMP errors that say something about a path (RFC 792, RFC 4443).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IcmpKind {
    /// No route to the network (3/0; ICMPv6 1/0).
    NetworkUnreachable,
    /// The host does not answer on its link (3/1; ICMPv6 1/3).
    HostUnreachable,
    /// The port is closed (3/3; ICMPv6 1/4).
    PortUnreachable,
    /// The packet is too big (3/4; ICMPv6 2/0).
    TooBig,
    /// A rule forbids it (3/9, 3/10, 3/13; ICMPv6 1/1, 1/5, 1/6).
    Prohibited,
    /// The hop limit ran out (11/0; ICMPv6 3/0).
    TimeExceeded,
    /// Any other error, with its numbers.
    Other {
        /// ICMP type.
        icmp_type: u8,
        /// ICMP code.
        code: u8,
    },
}
