//! For every code of the catalogue the facts that decide it, as both ends, the
//! relay and the front end would tell them. What follows when one of them is
//! missing or another one is added is tested where the fault belongs.

mod machines;
mod relay;
mod signin;
mod ways;

use super::facts::{
    DESK1, DESK2, FRONT_END, LOOPBACK, RELAY, ROUTER_A, answered, capture, connection, denied,
    looked_up, not_sent, offered, pictures, stopped, too_big,
};
use super::story::{Story, address, asked, inside, refused_both_ways, shared, silent, without_udp};
use crate::Code;
use hopsight_evidence::{
    CaptureState, IcmpKind, Pace, Side, SignallingRequest, TcpOutcome, Transport, TurnMethod,
};

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
        Code::CertificateInvalid => signin::certificate_invalid(),
        Code::ClientIsolation => machines::client_isolation(),
        Code::ClockSkew => signin::clock_skew(),
        Code::DtlsFingerprintMismatch => signin::dtls_fingerprint_mismatch(),
        Code::DuplicateAddress => machines::duplicate_address(),
        Code::FlowCut => shared(|one| one.tell(DESK2, stopped(9000, 3000))),
        Code::FramesNotDecoded => shared(|one| one.tell(DESK2, pictures(0, 40, 0, false))),
        Code::HairpinMissing => ways::hairpin_missing(),
        Code::HostFirewallIn => {
            silent(|one| one.refusal(Side::Sharer, [10, 103, 0, 50], IcmpKind::Prohibited, 1))
        }
        Code::HostFirewallOut => silent(|one| one.tell(DESK1, not_sent(Side::Sharer, 1))),
        Code::Ipv6Broken => ways::ipv6_broken(),
        Code::MdnsUnresolved => machines::mdns_unresolved(),
        Code::MiddleboxReset => signin::middlebox_reset(),
        Code::MtuTooSmall => shared(|one| one.tell(DESK1, too_big([172, 16, 1, 1].into(), 1200))),
        Code::NameResolution => inside(|one| one.tell(DESK1, looked_up(&[], Some("no such name")))),
        Code::NoRoute => refused_both_ways(),
        Code::NoRouteOnHost => silent(|one| one.tell(DESK1, not_sent(Side::Sharer, 101))),
        Code::NotPermitted => asked(SignallingRequest::Invite, 403, "Forbidden"),
        Code::OfferNotAcceptable => signin::offer_not_acceptable(),
        Code::OverlappingSubnet => machines::overlapping_subnet(),
        Code::PathLossy => ways::lossy(&[(Pace::Slow, 50, 30)]),
        Code::PathPoliced => ways::lossy(&[(Pace::Slow, 50, 50), (Pace::Burst, 50, 20)]),
        Code::PeerHostGone => machines::peer_host_gone(),
        Code::PeerNotRegistered => asked(SignallingRequest::Invite, 480, "Nobody Is Signed In"),
        Code::PeerSocketClosed => machines::peer_socket_closed(),
        Code::PortsFiltered => ways::ports_filtered(),
        Code::RelayCredentials => {
            silent(|one| one.tell(DESK1, answered(TurnMethod::Allocate, 401)))
        }
        Code::RelayNotConfigured => silent(|one| one.tell(FRONT_END, offered(&[]))),
        Code::RelayPeerDenied => silent(|one| one.tell(RELAY, denied(address(Side::Viewer).ip()))),
        Code::RelayPortsBlocked => relay::relay_ports_blocked(),
        Code::RelayQuota => silent(|one| {
            one.tell(DESK1, answered(TurnMethod::Allocate, 486))
                .tell(DESK2, answered(TurnMethod::Allocate, 486))
        }),
        Code::RelayUdpBlocked => relay::relay_udp_blocked(),
        Code::RelayUnreachable => silent(|one| {
            one.relay_silent(Side::Sharer, &[Transport::Udp, Transport::Tcp])
                .relay_allocated(Side::Viewer)
        }),
        Code::RequestNotSupported => asked(SignallingRequest::Invite, 420, "Bad Extension"),
        Code::ReturnRouteMissing => ways::return_route_missing(),
        Code::RoutingLoop => ways::routing_loop(),
        Code::ServerNotListening => {
            inside(|one| one.tell(DESK1, connection(3, TcpOutcome::Refused, Some(4))))
        }
        Code::SigninPortBlocked => {
            inside(|one| one.tell(DESK1, connection(2, TcpOutcome::Silent, None)))
        }
        Code::SigninRefused => asked(SignallingRequest::SignIn, 403, "Forbidden"),
        Code::SilentDrop => ways::silent_drop(),
        Code::SymmetricNatBoth => ways::symmetric_nat_both(),
        Code::TlsIntercepted => signin::tls_intercepted(),
        Code::UdpBlocked => silent(|one| without_udp(one, &[Side::Sharer, Side::Viewer])),
        Code::UdpRepliesFiltered => relay::udp_replies_filtered(),
        Code::Undetermined => silent(|one| one),
        Code::VpnCapturesMedia => machines::vpn_captures_media(),
        Code::WrongGateway => machines::wrong_gateway(),
    }
}
