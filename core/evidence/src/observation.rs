//! Decides what can be observed of a session: one variant for each kind of fact.
//! Who may claim which, and which claims speak of the same thing, is decided in
//! `subject`.

use crate::{CandidateKind, DtlsStep, Pair, Side, Transport, TurnMethod};
use hopsight_kit::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

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
    /// An ICMP error about a datagram of the observer's media socket, or about a
    /// connection to the server that did not come about. `after_ms` counts from
    /// the first packet to that destination.
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
    /// exceeded". An endpoint's own path, or the relay's towards a client.
    Trace {
        destination: SocketAddr,
        highest: u8,
        hops: Vec<Hop>,
    },
    /// By which way the observer's machine sends to `destination`: the next hop,
    /// absent when the destination lies on its own link, the device and its
    /// kind, whether that next hop (or the destination itself, on an own link)
    /// answers there, and with which link address.
    Route {
        destination: IpAddr,
        via: Option<IpAddr>,
        device: String,
        #[serde(default)]
        device_kind: LinkKind,
        source: Option<IpAddr>,
        neighbour: NeighbourState,
        #[serde(default)]
        neighbour_hardware: Option<HardwareAddress>,
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
    /// The relay answered a request; `code` is absent for success. A first
    /// "unauthorized" only carries the challenge.
    TurnResult {
        server: SocketAddr,
        transport: Transport,
        method: TurnMethod,
        code: Option<u16>,
        reason: String,
        rtt_ms: u64,
        #[serde(default)]
        challenge: bool,
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
    /// prefix, as its interface knows it; which device has it, of what kind, and
    /// the device's own address on its link.
    Interface {
        address: IpAddr,
        prefix: u8,
        #[serde(default)]
        device: String,
        #[serde(default)]
        kind: LinkKind,
        #[serde(default)]
        hardware: Option<HardwareAddress>,
    },
    /// The observer's ledger had no room for this many events.
    Omitted { count: u64 },
    /// The address a side signs in from, as the front end sees it.
    SignedInFrom { side: Side, address: SocketAddr },
    /// The observer sent datagrams of these sizes (bytes with IP header) with
    /// "do not fragment" on the path of its checks, in one run.
    SizesSent {
        destination: SocketAddr,
        sizes: Vec<u16>,
    },
    /// The observer sent probes of `size` bytes (with IP header) and "do not
    /// fragment" with hop limits from 1 to `highest` on the path of its checks;
    /// `hops` are the routers that said "time exceeded", to which that size came.
    SizedTrace {
        destination: SocketAddr,
        size: u16,
        highest: u8,
        hops: Vec<Hop>,
    },
    /// Of the other end's sized datagrams these arrived.
    SizesArrived { source: SocketAddr, sizes: Vec<u16> },
    /// The observer sent a run of small datagrams, evenly spaced, on a path that
    /// answers.
    RunSent {
        destination: SocketAddr,
        pace: Pace,
        count: u32,
    },
    /// So many datagrams of the other end's run arrived.
    RunArrived {
        source: SocketAddr,
        pace: Pace,
        count: u32,
    },
    /// So many datagrams left beside checks and picture, to find out what is
    /// wrong with the path, or to know a path that works.
    ProbesSent { count: u32 },
    /// The observer sent TCP connection attempts with hop limits from 1 to
    /// `highest` to a server or to the other end; `hops` said "time exceeded". `reset_at` is the
    /// smallest hop limit at which a reset came back.
    TcpTrace {
        destination: SocketAddr,
        highest: u8,
        hops: Vec<Hop>,
        outcome: TcpOutcome,
        reset_at: Option<u8>,
    },
    /// A name of the deployment was looked up; `problem` when nothing was found.
    NameLookedUp {
        name: String,
        addresses: Vec<IpAddr>,
        problem: Option<String>,
    },
    /// The addresses that a name of the deployment stands for, as the server
    /// itself knows (observer: front end).
    NameStandsFor {
        name: String,
        addresses: Vec<IpAddr>,
    },
    /// The certificate that the observer was shown when it connected:
    /// fingerprint of the leaf (SHA-256, hex) and what is wrong with it.
    CertificateSeen {
        server: SocketAddr,
        leaf: String,
        problem: Option<CertificateProblem>,
        text: String,
    },
    /// The certificate that the server shows: fingerprint of the leaf
    /// (observer: front end).
    CertificateShown { leaf: String },
    /// How far a side's clock runs ahead of the front end's (observer: front
    /// end, from a message of that side; the way there is included).
    ClockAhead { side: Side, offset_ms: i64 },
    /// The server answered a request of the observer in the signalling.
    SignallingAnswer {
        request: SignallingRequest,
        status: u16,
        reason: String,
    },
    /// Whether the relay's network address heard requests of a side's address
    /// that it answered, and that nothing followed (observer: relay).
    RelayHeard {
        side: Side,
        client: IpAddr,
        transport: Transport,
        requests: u32,
    },
    /// Whether the port that the relay lent to the observer over UDP answered
    /// requests that the observer sent to it; a relay that can answer there was
    /// told of beforehand.
    LentPort {
        relayed: SocketAddr,
        requests: u32,
        answered: bool,
    },
    /// Whether a side was still there for the front end, by the connection over
    /// which it signs in, `waited_ms` after the front end asked: the other side had
    /// told that the flow between them stopped (observer: front end).
    EndAsked {
        side: Side,
        presence: Presence,
        waited_ms: u64,
    },
    /// What the relay offers to a session, as the front end granted it
    /// (observer: front end). No address: none is configured.
    RelayOffered { servers: Vec<SocketAddr> },
    /// What a side's session description said, as the front end forwarded it
    /// (observer: front end).
    Described {
        side: Side,
        candidates: Vec<SocketAddr>,
        hidden: u32,
        codecs: Vec<String>,
        fingerprint: Option<String>,
    },
    /// The certificate of the other end's DTLS handshake: fingerprint (hex).
    DtlsPeer { fingerprint: String },
    /// A candidate of the other end is a name that could not be resolved.
    CandidateUnresolved { name: String },
    /// What became of pictures at the observer so far.
    Pictures {
        captured: u64,
        encoded: u64,
        sent_packets: u64,
        received_packets: u64,
        received: u64,
        decoded: u64,
        uniform: bool,
    },
    /// How the capture of the shared screen goes.
    Capture { state: CaptureState, text: String },
    /// Packets of the path that carried the picture stopped arriving after
    /// `lived_ms`; the observer sent on for `silent_ms`.
    FlowStopped {
        pair: Pair,
        lived_ms: u64,
        silent_ms: u64,
    },
    /// Where packets between these two networks went in an earlier session that
    /// worked (observer: front end, from its records).
    EarlierPath {
        side: Side,
        destination: IpAddr,
        hops: Vec<Hop>,
        seen_at: Timestamp,
    },
    /// What a router answered to `side` in a session between the same two networks
    /// minutes ago (observer: front end, from its records). A router says such
    /// things a few times and then keeps quiet for a while.
    EarlierRefusal {
        side: Side,
        router: IpAddr,
        destination: IpAddr,
        kind: IcmpKind,
        after_ms: u64,
        seen_at: Timestamp,
    },
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

/// What kind of network device something leaves by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// A cable, a radio, or what looks like one.
    Ethernet,
    /// A tunnel of a VPN.
    Tunnel,
    /// A bridge of containers or virtual machines on this host.
    Bridge,
    /// Never leaves the machine.
    Loopback,
    /// Nobody told.
    #[default]
    Unknown,
}

/// An address on a link (MAC), written as the system writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HardwareAddress(pub String);

/// How fast the datagrams of a run follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// Slower than any limiter that a picture would pass.
    Slow,
    /// As fast as a picture's packets leave.
    Burst,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateProblem {
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// It does not name the server that was asked.
    WrongName,
    /// Nobody whom this machine trusts signed it.
    Untrusted,
}

/// What an endpoint asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignallingRequest {
    /// To be signed in (SIP REGISTER, or the HTTP sign-in).
    SignIn,
    /// To invite somebody (SIP INVITE).
    Invite,
    /// A relay for a session.
    Relay,
}

/// Whether somebody is there who was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// Something came from there since.
    Answers,
    /// Its connection stands, and nothing has come.
    Silent,
    /// Its connection was closed from there, and it has not come back.
    Gone,
}

/// How the capture of a screen goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaptureState {
    /// Pictures come.
    Running,
    /// The person or the system refused.
    Denied,
    /// There is no screen.
    NoSource,
    /// It ran, and the person or the system ended it; a page is not told which.
    Ended,
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
