//! Decides what can be seen at the socket boundary of a media path: one variant
//! for each thing that leaves, arrives or fails. Source: reference on the media
//! path, section 11.
//!
//! Events carry no time; the ledger is told when it records them.

use crate::{CandidateKind, IcmpKind, Pace, Pair, Transport};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// A STUN transaction id (RFC 8489, section 5).
pub(crate) type TransactionId = [u8; 12];

/// One thing that the tap saw.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are named as in the RFCs; each variant is documented"
)]
pub enum PathEvent {
    /// This end found a candidate of its own.
    CandidateFound {
        kind: CandidateKind,
        transport: Transport,
        address: SocketAddr,
        base: Option<SocketAddr>,
    },
    /// The other end told a candidate.
    CandidateTold {
        kind: CandidateKind,
        transport: Transport,
        address: SocketAddr,
    },
    /// A connectivity check left. `attempt` counts the checks of this pair from 1.
    CheckSent {
        pair: Pair,
        transaction: TransactionId,
        attempt: u32,
        nominating: bool,
    },
    /// The socket refused a datagram for `destination`.
    SendFailed {
        destination: SocketAddr,
        errno: i32,
        text: String,
    },
    /// A success response arrived.
    CheckAnswered {
        pair: Pair,
        transaction: TransactionId,
        rtt: Duration,
        mapped: Option<SocketAddr>,
    },
    /// An error response arrived.
    CheckRefused {
        pair: Pair,
        transaction: TransactionId,
        code: u16,
        reason: String,
    },
    /// A check of the other end arrived; `accepted` tells whether its user
    /// name and integrity were right.
    CheckReceived {
        pair: Pair,
        transaction: TransactionId,
        accepted: bool,
    },
    /// The kernel's error queue told of an ICMP error about a datagram of ours.
    IcmpError {
        destination: SocketAddr,
        offender: IpAddr,
        kind: IcmpKind,
        mtu: Option<u32>,
        transaction: Option<TransactionId>,
    },
    /// A probe with this hop limit left on the path of a pair.
    ProbeSent {
        pair: Pair,
        transaction: TransactionId,
        ttl: u8,
    },
    /// A probe of this size (bytes with IP header) left with this hop limit and
    /// "do not fragment" on the path of a pair.
    LargeProbeSent {
        pair: Pair,
        transaction: TransactionId,
        ttl: u8,
        size: u16,
    },
    /// A probe of the other end arrived; `ttl` is the hop limit with which it
    /// left there.
    ProbeArrived { pair: Pair, ttl: u8 },
    /// A datagram of this size (bytes with IP header) left with "do not
    /// fragment" on the path of a pair.
    SizeSent {
        pair: Pair,
        transaction: TransactionId,
        size: u16,
    },
    /// A sized datagram of the other end arrived.
    SizeArrived { pair: Pair, size: u16 },
    /// A small datagram of an evenly spaced run left.
    RunSent {
        pair: Pair,
        transaction: TransactionId,
        pace: Pace,
    },
    /// A datagram of the other end's run arrived.
    RunArrived { pair: Pair, pace: Pace },
    /// This end tries whether something else passes than the path's own datagrams, as
    /// a TCP connection; told once for each packet that asks.
    Tried { destination: SocketAddr },
    /// The other end asked for a picture that needs no earlier one: it has none.
    PictureMissed,
    /// So many packets of the picture left and arrived so far.
    PicturePackets { sent: u64, received: u64 },
    /// So many of a thousand packets of the picture were lost of late.
    PacketsLost { permille: u16 },
    /// Nothing arrives any more on the chosen pair, which carried packets for
    /// `lived`, while this end sent on for `silent`.
    FlowStopped {
        pair: Pair,
        lived: Duration,
        silent: Duration,
    },
    /// The fingerprint (SHA-256, hex) of the certificate that the other end
    /// showed in its DTLS handshake.
    PeerCertificate { fingerprint: String },
    /// The other end told a name instead of an address, and nobody knows it.
    CandidateUnresolved { name: String },
    /// This end begins to reach its relay; over a stream it connects first.
    RelayAsked {
        server: SocketAddr,
        transport: Transport,
    },
    /// A TURN request left.
    TurnSent {
        server: SocketAddr,
        transport: Transport,
        method: TurnMethod,
        transaction: TransactionId,
    },
    /// A TURN answer arrived; `code` is `None` for success.
    TurnAnswered {
        server: SocketAddr,
        transport: Transport,
        method: TurnMethod,
        transaction: TransactionId,
        code: Option<u16>,
        reason: String,
    },
    /// The relay's socket, connection or handshake failed.
    TurnUnreachable {
        server: SocketAddr,
        transport: Transport,
        errno: Option<i32>,
        text: String,
    },
    /// No answer came and this end gave up.
    TurnSilent {
        server: SocketAddr,
        transport: Transport,
        waited: Duration,
    },
    /// The relay gave this end an address.
    Allocated {
        server: SocketAddr,
        transport: Transport,
        relayed: SocketAddr,
        mapped: Option<SocketAddr>,
    },
    /// The other end still sends on a pair that this end no longer uses.
    PairStillUsed { pair: Pair },
    /// This end no longer uses a pair that was of no use, for another one.
    PairLeft { pair: Pair },
    /// The ICE role changed after a conflict (RFC 8445, section 7.3.1.1).
    RoleSwitched { controlling: bool },
    /// The pair was chosen.
    Nominated { pair: Pair },
    /// The ICE stack reported a state.
    IceStateChanged { state: IceState },
    /// The DTLS handshake came to a step.
    Dtls { step: DtlsStep },
    /// The first frame of the picture left (sharer) or arrived (viewer).
    FirstFrame,
    /// Events were left out because there were too many.
    Omitted { count: u64 },
}

/// TURN and STUN methods that a client sends to its relay (RFC 8656, section 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "named as in RFC 8656")]
pub enum TurnMethod {
    Binding,
    Allocate,
    Refresh,
    CreatePermission,
    ChannelBind,
}

/// ICE states as the stack names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "named as in the W3C WebRTC API")]
pub enum IceState {
    New,
    Checking,
    Connected,
    Completed,
    Disconnected,
    Failed,
}

/// Steps of the DTLS handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DtlsStep {
    /// The first flight left or arrived.
    Started,
    /// The handshake completed.
    Connected,
    /// An alert or error ended it.
    Failed,
}
