//! Decides which candidates this end offers, in which order they are liked, and
//! which of the other end's it takes.
//!
//! Order: direct UDP, relay over UDP, relay over TCP, relay over TLS. The type
//! preference of RFC 8445, section 5.1.2.1, is graded for relays so that a pair
//! of two relays keeps that order too.

use hopsight_evidence::{CandidateKind, Transport};
use std::net::{IpAddr, SocketAddr};
use str0m::net::Protocol;
use str0m::{Candidate, CandidateKind as Kind};

/// Candidates that are taken from the other end; each pairs with each of ours.
pub(crate) const MOST_REMOTE: usize = 32;

/// A longer name is none (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 255;

/// From this type preference on nothing of a relayed candidate's way to its relay
/// is a stream: libwebrtc grades its relays by the same numbers.
const DATAGRAMS: u32 = 2;

/// Whether a candidate is reached through a relay to which its end speaks over
/// TCP or TLS, which cut up by themselves what is too long for a link.
pub(crate) fn is_stream(candidate: &Candidate) -> bool {
    candidate.kind() == Kind::Relayed && candidate.prio() >> 24 < DATAGRAMS
}

/// A candidate that another end told.
#[derive(Clone, Debug)]
pub struct Told {
    /// What kind of address it is.
    pub kind: CandidateKind,
    /// UDP or TCP.
    pub transport: Transport,
    /// The address.
    pub address: SocketAddr,
    /// The form that the stack takes; `None` for what it cannot use (TCP).
    pub(crate) usable: Option<Candidate>,
}

/// A candidate of this host's own socket.
pub(crate) fn host(address: SocketAddr) -> Option<Candidate> {
    Candidate::host(address, Protocol::Udp).ok()
}

/// The address that a relay saw us under.
pub(crate) fn server_reflexive(mapped: SocketAddr, base: SocketAddr) -> Option<Candidate> {
    Candidate::server_reflexive(mapped, base, Protocol::Udp).ok()
}

/// An address on a relay. `nth` tells relays of the same transport apart.
pub(crate) fn relayed(relayed: SocketAddr, transport: Transport, nth: u16) -> Candidate {
    let hidden = SocketAddr::new(unspecified(relayed.ip()), 0);
    Candidate::from_parts(
        format!("relay{transport}{nth}"),
        1,
        Protocol::Udp,
        relayed_priority(transport, nth),
        relayed,
        Kind::Relayed,
        Some(hidden),
        None,
        None,
    )
}

fn relayed_priority(transport: Transport, nth: u16) -> u32 {
    let type_preference: u32 = match transport {
        Transport::Udp => 2,
        Transport::Tcp => 1,
        Transport::Tls => 0,
    };
    let local_preference = u32::from(u16::MAX.saturating_sub(nth));
    (type_preference << 24) | (local_preference << 8) | 255
}

const fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
    }
}

/// Reads a candidate attribute (`candidate:…`, without `a=`). `None` for
/// addresses that are names (mDNS) and for what no datagram should be sent to.
#[must_use]
pub fn read(attribute: &str, loopback_is_ours: bool) -> Option<Told> {
    let candidate = Candidate::from_sdp_string(attribute).ok()?;
    let address = candidate.addr();
    // What an IPv4 address means, it means in the clothes of IPv6 as well.
    let ip = address.ip().to_canonical();
    let is_loopback = ip.is_loopback() && !loopback_is_ours;
    let is_plain = !is_loopback && !ip.is_multicast() && !ip.is_unspecified();
    if !is_plain || ip == IpAddr::V4(std::net::Ipv4Addr::BROADCAST) {
        return None;
    }
    let is_udp = candidate.proto() == Protocol::Udp && address.port() != 0;
    Some(Told {
        kind: kind(candidate.kind()),
        transport: if candidate.proto() == Protocol::Udp {
            Transport::Udp
        } else {
            Transport::Tcp
        },
        address,
        usable: is_udp.then_some(candidate),
    })
}

/// The name that a candidate attribute tells instead of an address (mDNS).
pub(crate) fn name(attribute: &str) -> Option<String> {
    let told = attribute.split_ascii_whitespace().nth(4)?;
    let is_name = told.len() <= LONGEST_NAME && told.ends_with(".local");
    is_name.then(|| told.to_owned())
}

const fn kind(kind: Kind) -> CandidateKind {
    match kind {
        Kind::Host => CandidateKind::Host,
        Kind::PeerReflexive => CandidateKind::PeerReflexive,
        Kind::ServerReflexive => CandidateKind::ServerReflexive,
        Kind::Relayed => CandidateKind::Relayed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_is_liked_best_and_relays_by_their_transport() {
        let address = "10.0.0.1:4000".parse().unwrap();
        let priorities = [
            host(address).unwrap().prio(),
            server_reflexive("192.0.2.1:1".parse().unwrap(), address)
                .unwrap()
                .prio(),
            relayed(address, Transport::Udp, 0).prio(),
            relayed(address, Transport::Udp, 1).prio(),
            relayed(address, Transport::Tcp, 0).prio(),
            relayed(address, Transport::Tls, 0).prio(),
        ];

        assert!(priorities.is_sorted_by(|better, worse| better > worse));
    }

    #[test]
    fn a_name_instead_of_an_address_is_no_candidate_yet() {
        let mdns = "candidate:1 1 udp 2113937151 0a5b.local 54400 typ host generation 0";

        assert!(read(mdns, false).is_none());
        assert_eq!(name(mdns), Some("0a5b.local".to_owned()));
    }

    #[test]
    fn an_active_tcp_candidate_is_told_but_not_used() {
        let tcp = "candidate:2 1 tcp 1518280447 10.0.0.9 9 typ host tcptype active";

        let told = read(tcp, false).unwrap();

        assert_eq!(told.transport, Transport::Tcp);
        assert!(told.usable.is_none());
    }

    #[test]
    fn nobody_can_make_this_end_knock_at_its_own_doors() {
        let loopback = "candidate:1 1 udp 2113937151 127.0.0.1 54400 typ host";
        let multicast = "candidate:1 1 udp 2113937151 239.1.1.1 54400 typ host";

        assert!(read(loopback, false).is_none());
        assert!(read(loopback, true).is_some());
        assert!(read(multicast, true).is_none());
        for disguised in [
            "::ffff:127.0.0.1",
            "::ffff:0.0.0.0",
            "::ffff:239.1.1.1",
            "::ffff:255.255.255.255",
        ] {
            let candidate = format!("candidate:1 1 udp 2113937151 {disguised} 54400 typ host");
            assert!(read(&candidate, false).is_none(), "{disguised}");
        }
    }
}
