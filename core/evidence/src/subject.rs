//! Decides which claims speak of the same thing, so that a newer one replaces
//! an older one, and who may claim what.

use crate::{
    IcmpKind, Observation, Observer, Pace, Pair, Side, SignallingRequest, Transport, TurnMethod,
};
use std::net::{IpAddr, SocketAddr};

/// What an observation is about, without its state.
#[derive(PartialEq)]
enum Subject<'a> {
    Capture,
    CertificateSeen(SocketAddr),
    CertificateShown,
    Checks(Pair),
    Clock(Side),
    Described(Side),
    Dtls,
    DtlsPeer,
    EarlierPath(Side, IpAddr),
    EndAsked(Side),
    FirstFrame,
    FlowStopped(Pair),
    Icmp(SocketAddr, IpAddr, IcmpKind),
    Interface(IpAddr),
    LentPort(SocketAddr),
    NameLookedUp(&'a str),
    NameStandsFor(&'a str),
    Omitted,
    PathChosen,
    Pictures,
    ProbesArrived(SocketAddr),
    ProbesSent,
    Route(IpAddr),
    RelayAddress(SocketAddr, Transport),
    RelayAnswer(SocketAddr, Transport, TurnMethod),
    RelayHeard(Side, IpAddr, Transport),
    RelayOffered,
    RelayRefusal(Side, IpAddr),
    RelayService(Side, Transport),
    RelaySilence(SocketAddr, Transport),
    RunArrived(SocketAddr, Pace),
    RunSent(SocketAddr, Pace),
    SendError(SocketAddr, i32),
    SignallingAnswer(SignallingRequest),
    SignIn(Side),
    SizesArrived(SocketAddr),
    SizedTrace(SocketAddr, u16),
    SizesSent(SocketAddr),
    Statement(&'a str, &'a str),
    TcpConnect(SocketAddr),
    TcpTrace(SocketAddr),
    Trace(SocketAddr),
    /// It has no state of its own: only its equal is about the same.
    Itself(&'a Observation),
}

impl Observation {
    /// Tells whether `other` is a newer or older state of the same thing: the
    /// same pair, the same leg to the relay, the same error.
    #[must_use]
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        self.subject() == other.subject()
    }

    fn subject(&self) -> Subject<'_> {
        match self {
            Self::Checks { pair, .. } => Subject::Checks(*pair),
            Self::SendError {
                destination, errno, ..
            } => Subject::SendError(*destination, *errno),
            Self::IcmpError {
                destination,
                offender,
                kind,
                ..
            } => Subject::Icmp(*destination, *offender, *kind),
            Self::Route { destination, .. } => Subject::Route(*destination),
            Self::TcpConnect { destination, .. } => Subject::TcpConnect(*destination),
            Self::Trace { destination, .. } => Subject::Trace(*destination),
            Self::ProbesArrived { source, .. } => Subject::ProbesArrived(*source),
            Self::TurnResult {
                server,
                transport,
                method,
                ..
            } => Subject::RelayAnswer(*server, *transport, *method),
            Self::RelaySilent {
                server, transport, ..
            } => Subject::RelaySilence(*server, *transport),
            Self::RelayAllocated {
                server, transport, ..
            } => Subject::RelayAddress(*server, *transport),
            Self::RelayServes {
                side, transport, ..
            } => Subject::RelayService(*side, *transport),
            Self::RelayRefused { side, peer, .. } => Subject::RelayRefusal(*side, *peer),
            Self::PathChosen { .. } => Subject::PathChosen,
            Self::Dtls { .. } => Subject::Dtls,
            Self::FirstFrame { .. } => Subject::FirstFrame,
            Self::Omitted { .. } => Subject::Omitted,
            Self::SignedInFrom { side, .. } => Subject::SignIn(*side),
            Self::Stated { name, place, .. } => Subject::Statement(name, place),
            Self::ProbesSent { .. } => Subject::ProbesSent,
            Self::SizesSent { destination, .. } => Subject::SizesSent(*destination),
            Self::SizedTrace {
                destination, size, ..
            } => Subject::SizedTrace(*destination, *size),
            Self::SizesArrived { source, .. } => Subject::SizesArrived(*source),
            Self::RunSent {
                destination, pace, ..
            } => Subject::RunSent(*destination, *pace),
            Self::RunArrived { source, pace, .. } => Subject::RunArrived(*source, *pace),
            Self::TcpTrace { destination, .. } => Subject::TcpTrace(*destination),
            Self::NameLookedUp { name, .. } => Subject::NameLookedUp(name),
            Self::NameStandsFor { name, .. } => Subject::NameStandsFor(name),
            Self::CertificateSeen { server, .. } => Subject::CertificateSeen(*server),
            Self::CertificateShown { .. } => Subject::CertificateShown,
            Self::ClockAhead { side, .. } => Subject::Clock(*side),
            Self::SignallingAnswer { request, .. } => Subject::SignallingAnswer(*request),
            Self::RelayHeard {
                side,
                client,
                transport,
                ..
            } => Subject::RelayHeard(*side, *client, *transport),
            Self::LentPort { relayed, .. } => Subject::LentPort(*relayed),
            Self::EndAsked { side, .. } => Subject::EndAsked(*side),
            Self::RelayOffered { .. } => Subject::RelayOffered,
            Self::Described { side, .. } => Subject::Described(*side),
            Self::DtlsPeer { .. } => Subject::DtlsPeer,
            Self::Pictures { .. } => Subject::Pictures,
            Self::Capture { .. } => Subject::Capture,
            Self::FlowStopped { pair, .. } => Subject::FlowStopped(*pair),
            Self::EarlierPath {
                side, destination, ..
            } => Subject::EarlierPath(*side, *destination),
            Self::Interface { address, .. } => Subject::Interface(*address),
            Self::Candidate { .. }
            | Self::CandidateUnresolved { .. }
            | Self::EarlierRefusal { .. }
            | Self::LegacyMediaDebug { .. } => Subject::Itself(self),
        }
    }

    /// Tells whether `observer` is in a position to see this. What an endpoint
    /// says about the front end's or the relay's view is not evidence.
    #[must_use]
    pub const fn may_be_seen_by(&self, observer: Observer) -> bool {
        match self {
            Self::Candidate { .. }
            | Self::Checks { .. }
            | Self::SendError { .. }
            | Self::IcmpError { .. }
            | Self::ProbesArrived { .. }
            | Self::ProbesSent { .. }
            | Self::SizesSent { .. }
            | Self::SizedTrace { .. }
            | Self::SizesArrived { .. }
            | Self::RunSent { .. }
            | Self::RunArrived { .. }
            | Self::TcpTrace { .. }
            | Self::NameLookedUp { .. }
            | Self::CertificateSeen { .. }
            | Self::SignallingAnswer { .. }
            | Self::DtlsPeer { .. }
            | Self::CandidateUnresolved { .. }
            | Self::Pictures { .. }
            | Self::Capture { .. }
            | Self::FlowStopped { .. }
            | Self::Route { .. }
            | Self::TcpConnect { .. }
            | Self::TurnResult { .. }
            | Self::RelaySilent { .. }
            | Self::RelayAllocated { .. }
            | Self::LentPort { .. }
            | Self::PathChosen { .. }
            | Self::Dtls { .. }
            | Self::FirstFrame { .. }
            | Self::Interface { .. }
            | Self::Omitted { .. } => observer.side().is_some(),
            Self::Trace { .. } => observer.side().is_some() || matches!(observer, Observer::Relay),
            Self::RelayServes { .. } | Self::RelayRefused { .. } | Self::RelayHeard { .. } => {
                matches!(observer, Observer::Relay)
            }
            Self::SignedInFrom { .. }
            | Self::NameStandsFor { .. }
            | Self::CertificateShown { .. }
            | Self::ClockAhead { .. }
            | Self::RelayOffered { .. }
            | Self::EndAsked { .. }
            | Self::Described { .. }
            | Self::EarlierPath { .. }
            | Self::EarlierRefusal { .. } => matches!(observer, Observer::FrontEnd),
            Self::LegacyMediaDebug { .. } | Self::Stated { .. } => {
                matches!(observer, Observer::Administrator)
            }
        }
    }
}
