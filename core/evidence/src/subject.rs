//! Decides which claims speak of the same thing, so that a newer one replaces
//! an older one, and who may claim what.

use crate::{IcmpKind, Observation, Observer, Pair, Side, Transport, TurnMethod};
use std::net::{IpAddr, SocketAddr};

/// What an observation is about, without its state.
#[derive(PartialEq)]
enum Subject<'a> {
    Checks(Pair),
    Dtls,
    FirstFrame,
    Icmp(SocketAddr, IpAddr, IcmpKind),
    Omitted,
    PathChosen,
    ProbesArrived(SocketAddr),
    Route(IpAddr),
    RelayAddress(SocketAddr, Transport),
    RelayAnswer(SocketAddr, Transport, TurnMethod),
    RelayRefusal(Side, IpAddr),
    RelayService(Side, Transport),
    RelaySilence(SocketAddr, Transport),
    SendError(SocketAddr, i32),
    SignIn(Side),
    Statement(&'a str, &'a str),
    TcpConnect(SocketAddr),
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
            Self::Candidate { .. } | Self::Interface { .. } | Self::LegacyMediaDebug { .. } => {
                Subject::Itself(self)
            }
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
            | Self::Trace { .. }
            | Self::ProbesArrived { .. }
            | Self::Route { .. }
            | Self::TcpConnect { .. }
            | Self::TurnResult { .. }
            | Self::RelaySilent { .. }
            | Self::RelayAllocated { .. }
            | Self::PathChosen { .. }
            | Self::Dtls { .. }
            | Self::FirstFrame { .. }
            | Self::Interface { .. }
            | Self::Omitted { .. } => observer.side().is_some(),
            Self::RelayServes { .. } | Self::RelayRefused { .. } => {
                matches!(observer, Observer::Relay)
            }
            Self::SignedInFrom { .. } => matches!(observer, Observer::FrontEnd),
            Self::LegacyMediaDebug { .. } | Self::Stated { .. } => {
                matches!(observer, Observer::Administrator)
            }
        }
    }
}
