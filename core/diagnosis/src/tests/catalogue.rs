//! For every code of the catalogue the facts that decide it, as both ends, the
//! relay and the front end would tell them. What follows when one of them is
//! missing or another one is added is tested where the fault belongs.

use super::story::{Story, address, pair, refused_both_ways, relay};
use crate::Code;
use hopsight_evidence::{
    CandidateKind, CaptureState, CertificateProblem, DtlsStep, HardwareAddress, Hop, IcmpKind,
    LinkKind, NeighbourState, Observation, Observer, Pace, Pair, RelayPort, Side,
    SignallingRequest, TcpOutcome, Transport, TurnMethod, Via,
};
use std::net::{IpAddr, SocketAddr};

/// The decisive facts of this fault and nothing else.
pub(crate) fn decisive(code: Code) -> Story {
    match code {
        Code::AdminProhibited => {
            silent(|one| one.refusal(Side::Sharer, ROUTER_A, IcmpKind::Prohibited, 2))
        }
        Code::AdvertisedAddressWrong => silent(|one| one.tell(FRONT_END, offered(&[LOOPBACK]))),
        Code::CaptureBlack => shared(|one| one.tell(DESK1, pictures(20, 0, 0, true))),
        Code::CaptureDenied => shared(|one| one.tell(DESK1, capture(CaptureState::Denied))),
        Code::CaptureNoSource => shared(|one| one.tell(DESK1, capture(CaptureState::NoSource))),
        Code::CertificateInvalid => certificate_invalid(),
        Code::ClientIsolation => client_isolation(),
        Code::ClockSkew => clock_skew(),
        Code::DtlsFingerprintMismatch => dtls_fingerprint_mismatch(),
        Code::DuplicateAddress => duplicate_address(),
        Code::FlowCut => shared(|one| one.tell(DESK2, stopped(9000, 3000))),
        Code::FramesNotDecoded => shared(|one| one.tell(DESK2, pictures(0, 40, 0, false))),
        Code::HairpinMissing => hairpin_missing(),
        Code::HostFirewallIn => {
            silent(|one| one.refusal(Side::Sharer, [10, 103, 0, 50], IcmpKind::Prohibited, 1))
        }
        Code::HostFirewallOut => silent(|one| one.tell(DESK1, not_sent(Side::Sharer, 1))),
        Code::Ipv6Broken => ipv6_broken(),
        Code::MdnsUnresolved => mdns_unresolved(),
        Code::MiddleboxReset => middlebox_reset(),
        Code::MtuTooSmall => shared(|one| one.tell(DESK1, too_big([172, 16, 1, 1].into(), 1200))),
        Code::NameResolution => inside(|one| one.tell(DESK1, looked_up(&[], Some("no such name")))),
        Code::NoRoute => refused_both_ways(),
        Code::NoRouteOnHost => silent(|one| one.tell(DESK1, not_sent(Side::Sharer, 101))),
        Code::NotPermitted => asked(SignallingRequest::Invite, 403, "Forbidden"),
        Code::OfferNotAcceptable => offer_not_acceptable(),
        Code::OverlappingSubnet => overlapping_subnet(),
        Code::PathLossy => lossy(&[(Pace::Slow, 50, 30)]),
        Code::PathPoliced => lossy(&[(Pace::Slow, 50, 50), (Pace::Burst, 50, 20)]),
        Code::PeerHostGone => peer_host_gone(),
        Code::PeerNotRegistered => asked(SignallingRequest::Invite, 480, "Nobody Is Signed In"),
        Code::PeerSocketClosed => peer_socket_closed(),
        Code::PortsFiltered => ports_filtered(),
        Code::RelayCredentials => {
            silent(|one| one.tell(DESK1, answered(TurnMethod::Allocate, 401)))
        }
        Code::RelayNotConfigured => silent(|one| one.tell(FRONT_END, offered(&[]))),
        Code::RelayPeerDenied => silent(|one| one.tell(RELAY, denied(address(Side::Viewer).ip()))),
        Code::RelayPortsBlocked => relay_ports_blocked(),
        Code::RelayQuota => silent(|one| {
            one.tell(DESK1, answered(TurnMethod::Allocate, 486))
                .tell(DESK2, answered(TurnMethod::Allocate, 486))
        }),
        Code::RelayUdpBlocked => relay_udp_blocked(),
        Code::RelayUnreachable => silent(|one| {
            one.relay_silent(Side::Sharer, &[Transport::Udp, Transport::Tcp])
                .relay_allocated(Side::Viewer)
        }),
        Code::RequestNotSupported => asked(SignallingRequest::Invite, 420, "Bad Extension"),
        Code::ReturnRouteMissing => return_route_missing(),
        Code::RoutingLoop => routing_loop(),
        Code::ServerNotListening => {
            inside(|one| one.tell(DESK1, connection(3, TcpOutcome::Refused, Some(4))))
        }
        Code::SigninPortBlocked => {
            inside(|one| one.tell(DESK1, connection(2, TcpOutcome::Silent, None)))
        }
        Code::SigninRefused => asked(SignallingRequest::SignIn, 403, "Forbidden"),
        Code::SilentDrop => silent_drop(),
        Code::SymmetricNatBoth => symmetric_nat_both(),
        Code::TlsIntercepted => tls_intercepted(),
        Code::UdpBlocked => silent(|one| without_udp(one, &[Side::Sharer, Side::Viewer])),
        Code::UdpRepliesFiltered => udp_replies_filtered(),
        Code::Undetermined => silent(|one| one),
        Code::VpnCapturesMedia => vpn_captures_media(),
        Code::WrongGateway => wrong_gateway(),
    }
}

fn certificate_invalid() -> Story {
    inside(|one| {
        one.tell(FRONT_END, certificate_shown(LEAF))
            .tell(DESK1, certificate(LEAF, Some(CertificateProblem::Expired)))
            .tell(DESK2, certificate(LEAF, Some(CertificateProblem::Expired)))
    })
}

fn tls_intercepted() -> Story {
    inside(|one| {
        one.tell(FRONT_END, certificate_shown(LEAF)).tell(
            DESK1,
            certificate("bb22", Some(CertificateProblem::Untrusted)),
        )
    })
}

fn middlebox_reset() -> Story {
    inside(|one| {
        one.tell(DESK1, connection(2, TcpOutcome::Refused, Some(3)))
            .tell(DESK1, trace(server(), &WAY_A))
    })
}

fn clock_skew() -> Story {
    silent(|one| {
        one.tell(FRONT_END, ahead(Side::Sharer, 200))
            .tell(FRONT_END, ahead(Side::Viewer, 3_600_000))
            .tell(DESK2, answered(TurnMethod::Allocate, 401))
    })
}

fn offer_not_acceptable() -> Story {
    let mut story = asked(SignallingRequest::Invite, 488, "Not Acceptable Here");
    let observation = Observation::Described {
        side: Side::Sharer,
        candidates: Vec::new(),
        hidden: 0,
        codecs: vec!["H264".to_owned()],
        fingerprint: None,
    };
    story.tell(FRONT_END, observation);
    story
}

fn client_isolation() -> Story {
    silent(|one| {
        in_one_network(one)
            .tell(DESK1, on_link(Side::Sharer, NeighbourState::Silent, None))
            .tell(DESK2, on_link(Side::Viewer, NeighbourState::Silent, None))
    })
}

fn duplicate_address() -> Story {
    silent(|one| {
        in_one_network(one).tell(
            DESK1,
            on_link(Side::Sharer, NeighbourState::Answers, Some(STRANGER)),
        )
    })
}

fn overlapping_subnet() -> Story {
    silent(|one| {
        one.networks().tell(
            DESK1,
            Observation::Route {
                destination: address(Side::Viewer).ip(),
                via: None,
                device: "docker0".to_owned(),
                device_kind: LinkKind::Bridge,
                source: None,
                neighbour: NeighbourState::Silent,
                neighbour_hardware: None,
            },
        )
    })
}

fn vpn_captures_media() -> Story {
    let by = |destination: SocketAddr, via: [u8; 4], device: &str, kind| Observation::Route {
        destination: destination.ip(),
        via: Some(via.into()),
        device: device.to_owned(),
        device_kind: kind,
        source: None,
        neighbour: NeighbourState::Answers,
        neighbour_hardware: None,
    };
    silent(|one| {
        one.networks()
            .tell(
                DESK1,
                by(
                    address(Side::Viewer),
                    [10, 8, 0, 1],
                    "tun0",
                    LinkKind::Tunnel,
                ),
            )
            .tell(DESK1, by(server(), ROUTER_A, "eth0", LinkKind::Ethernet))
    })
}

fn wrong_gateway() -> Story {
    silent(|one| {
        one.networks()
            .tell(
                DESK1,
                next_hop(Side::Sharer, [10, 102, 0, 254], NeighbourState::Silent),
            )
            .refusal(
                Side::Sharer,
                [10, 102, 0, 139],
                IcmpKind::HostUnreachable,
                3064,
            )
    })
}

fn peer_socket_closed() -> Story {
    let gone = SocketAddr::new(address(Side::Viewer).ip(), 41000);
    silent(|one| {
        one.candidate(Side::Sharer, false, CandidateKind::Host, gone)
            .refusal_about(Side::Sharer, gone, gone.ip(), IcmpKind::PortUnreachable, 2)
    })
}

/// The other end tells nothing at all.
fn peer_host_gone() -> Story {
    let mut story = Story::default();
    story
        .candidate(
            Side::Sharer,
            false,
            CandidateKind::Host,
            address(Side::Viewer),
        )
        .checks(Side::Sharer, 12, 0, 0)
        .refusal(Side::Sharer, ROUTER_B, IcmpKind::HostUnreachable, 3065);
    story
}

fn return_route_missing() -> Story {
    let mut story = Story::default();
    story
        .candidates()
        .checks(Side::Sharer, 12, 0, 0)
        .checks(Side::Viewer, 12, 0, 12)
        .refusal(Side::Viewer, ROUTER_B, IcmpKind::NetworkUnreachable, 3);
    story
}

fn silent_drop() -> Story {
    silent(|one| {
        one.tell(DESK1, trace(address(Side::Viewer), &WAY_A[..2]))
            .tell(DESK2, trace(address(Side::Sharer), &WAY_B))
    })
}

fn ports_filtered() -> Story {
    let mut story = silent_drop();
    let observation = Observation::TcpConnect {
        destination: address(Side::Viewer),
        outcome: TcpOutcome::Refused,
        after_ms: 1,
    };
    story.tell(DESK1, observation);
    story
}

fn routing_loop() -> Story {
    let circle = [ROUTER_A, CORE_A, CORE_B, CORE_A, CORE_B];
    silent(|one| {
        one.refusal(Side::Sharer, CORE_A, IcmpKind::TimeExceeded, 2)
            .tell(DESK1, trace(address(Side::Viewer), &circle))
    })
}

fn udp_replies_filtered() -> Story {
    silent(|one| without_udp(one, &[Side::Sharer]).tell(RELAY, heard(Side::Sharer, 3)))
}

/// The direct way has another reason, so that only the relay's leg is open.
fn relay_udp_blocked() -> Story {
    let mut story = refused_both_ways();
    without_udp(&mut story, &[Side::Sharer]).tell(RELAY, heard(Side::Sharer, 0));
    story
}

fn relay_ports_blocked() -> Story {
    silent(|one| {
        one.relay_allocated(Side::Sharer)
            .tell(RELAY, probed(Side::Sharer, RelayPort::Relayed, false))
            .tell(RELAY, probed(Side::Sharer, RelayPort::Listening, true))
    })
}

fn ipv6_broken() -> Story {
    let mut story = Story::default();
    for side in [Side::Sharer, Side::Viewer] {
        let (local, remote) = (six(side), six(side.other()));
        let observation = Observation::Checks {
            pair: Pair {
                local,
                remote,
                via: Via::Direct,
            },
            sent: 12,
            answered: 0,
            received: 0,
            refused: 0,
            waited_ms: 100,
        };
        story
            .candidate(side, true, CandidateKind::Host, local)
            .candidate(side, false, CandidateKind::Host, remote)
            .tell(side.into(), observation);
    }
    let observation = Observation::Trace {
        destination: six(Side::Viewer),
        highest: 12,
        hops: vec![Hop {
            ttl: 1,
            address: ROUTER_SIX,
        }],
    };
    story.relay_allocated(Side::Sharer).tell(DESK1, observation);
    story
}

fn symmetric_nat_both() -> Story {
    silent(|one| {
        for side in [Side::Sharer, Side::Viewer] {
            one.candidate(side, true, CandidateKind::ServerReflexive, outside(side));
            one.tell(side.other().into(), relayed_checks(side, 60_000, 3));
        }
        one
    })
}

fn hairpin_missing() -> Story {
    let shared = outside(Side::Sharer);
    silent(|one| {
        one.candidate(Side::Sharer, true, CandidateKind::ServerReflexive, shared)
            .candidate(Side::Viewer, true, CandidateKind::ServerReflexive, shared)
    })
}

fn mdns_unresolved() -> Story {
    let mut story = Story::default();
    story.candidate(
        Side::Sharer,
        true,
        CandidateKind::Host,
        address(Side::Sharer),
    );
    let name = "4f6a0c1e.local".to_owned();
    story.tell(DESK1, Observation::CandidateUnresolved { name });
    story
}

fn dtls_fingerprint_mismatch() -> Story {
    shared(|one| {
        one.tell(
            DESK1,
            Observation::Dtls {
                step: DtlsStep::Failed,
            },
        )
        .tell(DESK1, presented("AB:CD:01"))
        .tell(FRONT_END, promised("sha-256 12:34:56"))
    })
}

fn lossy(runs: &[(Pace, u32, u32)]) -> Story {
    shared(|one| {
        for (pace, sent, arrived) in runs {
            one.tell(DESK1, run_sent(*pace, *sent))
                .tell(DESK2, run_arrived(*pace, *arrived));
        }
        one
    })
}

/// An end that told its network, and nothing else yet.
pub(crate) fn inside(more: impl FnOnce(&mut Story) -> &mut Story) -> Story {
    let mut story = Story::default();
    more(story.networks());
    story
}

/// Neither end is answered, and nobody said why.
pub(crate) fn silent(more: impl FnOnce(&mut Story) -> &mut Story) -> Story {
    let mut story = Story::default();
    more(story.silence());
    story
}

/// The picture runs straight.
pub(crate) fn shared(more: impl FnOnce(&mut Story) -> &mut Story) -> Story {
    let mut story = Story::default();
    more(story.candidates().direct());
    story
}

/// The relay is silent over UDP and serves these sides over TCP.
pub(crate) fn without_udp<'a>(story: &'a mut Story, sides: &[Side]) -> &'a mut Story {
    for &side in sides {
        let observation = Observation::RelayAllocated {
            server: relay(),
            transport: Transport::Tcp,
            relayed: SocketAddr::new(relay().ip(), 50_002),
            mapped: None,
        };
        story
            .relay_silent(side, &[Transport::Udp])
            .tell(side.into(), observation);
    }
    story
}

/// Both ends stand in 10.0.0.0/8, and tell their addresses on the link.
pub(crate) fn in_one_network(story: &mut Story) -> &mut Story {
    for side in [Side::Sharer, Side::Viewer] {
        story.tell(side.into(), interface(address(side).ip(), 8, Some(OWN)));
    }
    story
}

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

fn hops(routers: &[[u8; 4]]) -> Vec<Hop> {
    let routers = (1_u8..).zip(routers);
    routers
        .map(|(ttl, address)| Hop {
            ttl,
            address: IpAddr::from(*address),
        })
        .collect()
}

/// The server's answer to a request of the sharer, who asks.
pub(crate) fn asked(request: SignallingRequest, status: u16, reason: &str) -> Story {
    let mut story = Story::default();
    story.tell(DESK1, told(request, status, reason));
    story
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

pub(crate) fn probed(side: Side, from: RelayPort, answered: bool) -> Observation {
    Observation::RelayProbe {
        side,
        client: address(side),
        from,
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
    Observation::FlowStopped {
        pair: pair(Side::Viewer),
        lived_ms,
        silent_ms,
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

fn six(side: Side) -> SocketAddr {
    let last = match side {
        Side::Sharer => 0x139,
        Side::Viewer => 0x50,
    };
    SocketAddr::new([0x2001, 0xDB8, 0, 0, 0, 0, 0, last].into(), 30_000)
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
const WAY_A: [[u8; 4]; 3] = [ROUTER_A, CORE_A, CORE_B];
const WAY_B: [[u8; 4]; 2] = [ROUTER_B, CORE_B];
const VIEWER: SocketAddr =
    SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(10, 103, 0, 50)), 40_000);
