//! Single facts, as the two ends, the relay and the front end would tell them, and
//! the names of those who do.

use super::story::{address, pair, relay};
use hopsight_evidence::{
    CaptureState, CertificateProblem, HardwareAddress, Hop, IcmpKind, LinkKind, NeighbourState,
    Observation, Observer, Pace, Pair, Presence, Side, SignallingRequest, TcpOutcome, Transport,
    TurnMethod, Via,
};
use std::net::{IpAddr, SocketAddr};

pub(crate) fn interface(address: IpAddr, prefix: u8, hardware: Option<&str>) -> Observation {
    Observation::Interface {
        address,
        prefix,
        device: "eth0".to_owned(),
        kind: LinkKind::Ethernet,
        hardware: hardware.map(|one| HardwareAddress(one.to_owned())),
    }
}

/// `side` looks for the other end on its own link.
pub(crate) fn on_link(
    side: Side,
    neighbour: NeighbourState,
    hardware: Option<&str>,
) -> Observation {
    Observation::Route {
        destination: address(side.other()).ip(),
        via: None,
        device: "eth0".to_owned(),
        device_kind: LinkKind::Ethernet,
        source: None,
        neighbour,
        neighbour_hardware: hardware.map(|one| HardwareAddress(one.to_owned())),
    }
}

pub(crate) fn next_hop(side: Side, via: [u8; 4], neighbour: NeighbourState) -> Observation {
    Observation::Route {
        destination: address(side.other()).ip(),
        via: Some(via.into()),
        device: "eth0".to_owned(),
        device_kind: LinkKind::Ethernet,
        source: None,
        neighbour,
        neighbour_hardware: None,
    }
}

pub(crate) fn not_sent(side: Side, errno: i32) -> Observation {
    Observation::SendError {
        destination: address(side.other()),
        errno,
        text: "refused by the kernel".to_owned(),
        after_ms: 0,
    }
}

pub(crate) fn trace(destination: SocketAddr, routers: &[[u8; 4]]) -> Observation {
    Observation::Trace {
        destination,
        highest: 12,
        hops: hops(routers),
    }
}

/// A connection to the server's sign-in port of which so many routers told.
pub(crate) fn connection(routers: usize, outcome: TcpOutcome, reset_at: Option<u8>) -> Observation {
    Observation::TcpTrace {
        destination: server(),
        highest: 12,
        hops: hops(&WAY_A[..routers]),
        outcome,
        reset_at,
    }
}

/// TCP that passes, of which these routers told.
pub(crate) fn followed(destination: SocketAddr, routers: &[[u8; 4]]) -> Observation {
    Observation::TcpTrace {
        destination,
        highest: 4,
        hops: hops(routers),
        outcome: TcpOutcome::Silent,
        reset_at: None,
    }
}

pub(crate) const fn connected(destination: SocketAddr, outcome: TcpOutcome) -> Observation {
    Observation::TcpConnect {
        destination,
        outcome,
        after_ms: 1,
    }
}

fn hops(routers: &[[u8; 4]]) -> Vec<Hop> {
    let routers = (1_u8..).zip(routers);
    routers
        .map(|(ttl, address)| Hop {
            ttl,
            address: IpAddr::from(*address),
        })
        .collect()
}

pub(crate) fn told(request: SignallingRequest, status: u16, reason: &str) -> Observation {
    Observation::SignallingAnswer {
        request,
        status,
        reason: reason.to_owned(),
    }
}

pub(crate) fn looked_up(addresses: &[[u8; 4]], problem: Option<&str>) -> Observation {
    Observation::NameLookedUp {
        name: NAME.to_owned(),
        addresses: addresses.iter().map(|one| IpAddr::from(*one)).collect(),
        problem: problem.map(str::to_owned),
    }
}

pub(crate) fn stands_for(addresses: Vec<IpAddr>) -> Observation {
    Observation::NameStandsFor {
        name: NAME.to_owned(),
        addresses,
    }
}

pub(crate) fn certificate(leaf: &str, problem: Option<CertificateProblem>) -> Observation {
    certificate_at(server(), leaf, problem)
}

pub(crate) fn certificate_at(
    server: SocketAddr,
    leaf: &str,
    problem: Option<CertificateProblem>,
) -> Observation {
    Observation::CertificateSeen {
        server,
        leaf: leaf.to_owned(),
        problem,
        text: "issued by example".to_owned(),
    }
}

pub(crate) fn certificate_shown(leaf: &str) -> Observation {
    Observation::CertificateShown {
        leaf: leaf.to_owned(),
    }
}

pub(crate) const fn ahead(side: Side, offset_ms: i64) -> Observation {
    Observation::ClockAhead { side, offset_ms }
}

pub(crate) fn offered(servers: &[SocketAddr]) -> Observation {
    Observation::RelayOffered {
        servers: servers.to_vec(),
    }
}

pub(crate) fn answered(method: TurnMethod, code: u16) -> Observation {
    Observation::TurnResult {
        server: relay(),
        transport: Transport::Udp,
        method,
        code: Some(code),
        reason: "Refused".to_owned(),
        rtt_ms: 4,
        challenge: false,
    }
}

pub(crate) fn denied(peer: IpAddr) -> Observation {
    Observation::RelayRefused {
        side: Side::Sharer,
        peer,
        because: "a private address".to_owned(),
    }
}

pub(crate) fn heard(side: Side, requests: u32) -> Observation {
    Observation::RelayHeard {
        side,
        client: address(side).ip(),
        transport: Transport::Udp,
        requests,
    }
}

/// What the port that [`Story::relay_allocated`] tells of did.
///
/// [`Story::relay_allocated`]: super::story::Story::relay_allocated
pub(crate) fn lent_port(requests: u32, answered: bool) -> Observation {
    Observation::LentPort {
        relayed: SocketAddr::new(relay().ip(), 50_001),
        requests,
        answered,
    }
}

/// Checks of `side` that the other end's relay passed on, from this port of the
/// address that a STUN server saw.
pub(crate) fn relayed_checks(side: Side, port: u16, received: u32) -> Observation {
    Observation::Checks {
        pair: Pair {
            local: SocketAddr::new(relay().ip(), 50_001),
            remote: SocketAddr::new(outside(side).ip(), port),
            via: Via::Relay(Transport::Udp),
        },
        sent: 12,
        answered: 0,
        received,
        refused: 0,
        waited_ms: 100,
    }
}

pub(crate) const fn too_big(offender: IpAddr, mtu: u32) -> Observation {
    Observation::IcmpError {
        destination: VIEWER,
        offender,
        kind: IcmpKind::TooBig,
        mtu: Some(mtu),
        matched: true,
        after_ms: 40,
    }
}

pub(crate) fn presented(fingerprint: &str) -> Observation {
    Observation::DtlsPeer {
        fingerprint: fingerprint.to_owned(),
    }
}

/// What the viewer's description said of its certificate.
pub(crate) fn promised(fingerprint: &str) -> Observation {
    Observation::Described {
        side: Side::Viewer,
        candidates: Vec::new(),
        hidden: 0,
        codecs: Vec::new(),
        fingerprint: Some(fingerprint.to_owned()),
    }
}

pub(crate) fn run_sent(pace: Pace, count: u32) -> Observation {
    Observation::RunSent {
        destination: address(Side::Viewer),
        pace,
        count,
    }
}

pub(crate) fn run_arrived(pace: Pace, count: u32) -> Observation {
    Observation::RunArrived {
        source: address(Side::Sharer),
        pace,
        count,
    }
}

pub(crate) fn stopped(lived_ms: u64, silent_ms: u64) -> Observation {
    stopped_for(Side::Viewer, lived_ms, silent_ms)
}

pub(crate) fn stopped_for(side: Side, lived_ms: u64, silent_ms: u64) -> Observation {
    Observation::FlowStopped {
        pair: pair(side),
        lived_ms,
        silent_ms,
    }
}

pub(crate) const fn end_asked(side: Side, presence: Presence) -> Observation {
    Observation::EndAsked {
        side,
        presence,
        waited_ms: 2000,
    }
}

pub(crate) const fn pictures(
    captured: u64,
    received: u64,
    decoded: u64,
    uniform: bool,
) -> Observation {
    Observation::Pictures {
        captured,
        encoded: captured,
        sent_packets: captured,
        received_packets: received,
        received,
        decoded,
        uniform,
    }
}

pub(crate) fn capture(state: CaptureState) -> Observation {
    Observation::Capture {
        state,
        text: "told by the system".to_owned(),
    }
}

/// Where the sign-in server listens.
pub(crate) fn server() -> SocketAddr {
    ([10, 21, 185, 20], 443).into()
}

/// The address of `side` outside its NAT.
pub(crate) fn outside(side: Side) -> SocketAddr {
    match side {
        Side::Sharer => ([203, 0, 113, 1], 5000).into(),
        Side::Viewer => ([203, 0, 113, 2], 5000).into(),
    }
}

pub(crate) const DESK1: Observer = Observer::Sharer;
pub(crate) const DESK2: Observer = Observer::Viewer;
pub(crate) const FRONT_END: Observer = Observer::FrontEnd;
pub(crate) const RELAY: Observer = Observer::Relay;
pub(crate) const ROUTER_A: [u8; 4] = [10, 102, 0, 1];
pub(crate) const ROUTER_B: [u8; 4] = [10, 103, 0, 1];
pub(crate) const CORE_A: [u8; 4] = [172, 16, 1, 1];
pub(crate) const CORE_B: [u8; 4] = [172, 16, 2, 1];
pub(crate) const ROUTER_SIX: IpAddr =
    IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 1));
pub(crate) const LOOPBACK: SocketAddr =
    SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 3478);
pub(crate) const LEAF: &str = "aa11";
pub(crate) const NAME: &str = "share.example";
/// A link address of nobody in the session.
pub(crate) const STRANGER: &str = "02:00:00:00:00:99";
/// Both PCs' own link address; they are on different links in most stories.
pub(crate) const OWN: &str = "02:00:00:00:00:01";
pub(crate) const WAY_A: [[u8; 4]; 3] = [ROUTER_A, CORE_A, CORE_B];
pub(crate) const WAY_B: [[u8; 4]; 2] = [ROUTER_B, CORE_B];
const VIEWER: SocketAddr =
    SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(10, 103, 0, 50)), 40_000);
