//! Decides which address stands behind a disguise. Every check of a peer
//! address goes through [`canonical`]; there is no second place.
//!
//! What may be done with the address is left to `PeerPolicy`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address with everything that may hide inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canonical {
    /// The address meant: the inner IPv4 of a disguise, else the address.
    pub address: IpAddr,
    /// Other readings of the same bits. Each of them must be permitted too.
    others: [Option<Ipv4Addr>; 2],
}

impl Canonical {
    /// All readings, the address meant first.
    pub fn readings(&self) -> impl Iterator<Item = IpAddr> {
        let others = self.others.into_iter().flatten().map(IpAddr::V4);
        std::iter::once(self.address).chain(others)
    }
}

/// Undoes every disguise that some router, operating system or library would
/// undo: IPv4-mapped and IPv4-compatible (RFC 4291), IPv4-translated (RFC
/// 7915), NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380) and
/// ISATAP (RFC 5214).
#[must_use]
pub fn canonical(address: IpAddr) -> Canonical {
    match address {
        IpAddr::V4(_) => Canonical {
            address,
            others: [None; 2],
        },
        IpAddr::V6(v6) => canonical_v6(v6),
    }
}

/// Reads an address as it stands in an SDP candidate. Only the two standard
/// forms are read; shorthand, octal, hexadecimal, brackets, zones, ports and
/// trailing dots are none, however many resolvers take them.
#[must_use]
pub fn read_address(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(|address| canonical(address).address)
}

fn canonical_v6(v6: Ipv6Addr) -> Canonical {
    let readings = readings(v6);
    let mut found = readings.into_iter().flatten();
    let Some(first) = found.next() else {
        return Canonical {
            address: IpAddr::V6(v6),
            others: [None; 2],
        };
    };
    Canonical {
        address: IpAddr::V4(first),
        others: [found.next(), found.next()],
    }
}

/// The IPv4 addresses that the disguises of this form hold, the meant one first.
fn readings(v6: Ipv6Addr) -> [Option<Ipv4Addr>; 3] {
    let segments = v6.segments();
    let last = Some(join(segments[6], segments[7]));
    match segments {
        // Unspecified and loopback are themselves, not disguises.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => [None; 3],
        // Compatible, mapped, translated, NAT64 well-known.
        [0, 0, 0, 0, 0, 0, _, _]
        | [0, 0, 0, 0, 0, 0xFFFF, _, _]
        | [0, 0, 0, 0, 0xFFFF, 0, _, _]
        | [0x64, 0xFF9B, 0, 0, 0, 0, _, _] => [last, None, None],
        // NAT64 for local use: the prefix may be a /48, a /64 or a /96.
        [0x64, 0xFF9B, 1, third, fourth, fifth, ..] => [
            last,
            Some(in_prefix_48(third, fourth, fifth)),
            Some(in_prefix_64(fourth, fifth, segments[6])),
        ],
        // 6to4; the interface id may be an ISATAP one as well.
        [0x2002, high, low, ..] => [Some(join(high, low)), isatap(segments), None],
        // Teredo: the client's address inverted, the server's as it is.
        [0x2001, 0, high, low, ..] => [
            Some(join(!segments[6], !segments[7])),
            Some(join(high, low)),
            None,
        ],
        _ => [isatap(segments), None, None],
    }
}

fn isatap(segments: [u16; 8]) -> Option<Ipv4Addr> {
    let is_isatap = segments[4] & !0x0200 == 0 && segments[5] == 0x5EFE;
    is_isatap.then(|| join(segments[6], segments[7]))
}

fn join(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

/// The IPv4 address in a /48 prefix: an octet of zeros stands between its
/// halves (RFC 6052, section 2.2).
fn in_prefix_48(third: u16, fourth: u16, fifth: u16) -> Ipv4Addr {
    join(third, (fourth << 8) | (fifth >> 8))
}

/// The IPv4 address in a /64 prefix: an octet of zeros stands before it.
fn in_prefix_64(fourth: u16, fifth: u16, sixth: u16) -> Ipv4Addr {
    let first = u32::from(fourth & 0xFF) << 24;
    Ipv4Addr::from(first | (u32::from(fifth) << 8) | u32::from(sixth >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_disguise_holds_the_address_it_hides() {
        let hidden = Ipv4Addr::new(127, 0, 0, 1);
        for disguise in [
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:7f00:1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1:fffe::127.0.0.1",
            "2002:7f00:1::",
            "2002:7f00:1:1234::5678",
            "2001:0:4136:e378:8000:63bf:80ff:fffe",
            "2001:db8::5efe:127.0.0.1",
            "2001:db8::200:5efe:127.0.0.1",
            "fe80::5efe:127.0.0.1",
        ] {
            let address = disguise.parse().unwrap();

            assert_eq!(canonical(address).address, hidden, "{disguise}");
        }
    }

    #[test]
    fn every_reading_of_a_local_nat64_address_is_given() {
        // 127.0.0.1 written for a /48 and for a /64 prefix (RFC 6052, section 2.2).
        for disguise in ["64:ff9b:1:7f00:0:100::", "64:ff9b:1:abcd:7f:0:100:0"] {
            let address = disguise.parse().unwrap();
            let hidden = IpAddr::from([127, 0, 0, 1]);

            assert!(
                canonical(address).readings().any(|found| found == hidden),
                "{disguise}"
            );
        }
    }

    #[test]
    fn both_addresses_of_a_teredo_address_are_readings() {
        let address = "2001:0:7f00:1:8000:63bf:3fff:fdd2".parse().unwrap();
        let readings: Vec<_> = canonical(address).readings().collect();

        assert_eq!(
            readings,
            [IpAddr::from([192, 0, 2, 45]), IpAddr::from([127, 0, 0, 1])]
        );
    }

    #[test]
    fn an_address_without_a_disguise_stays_itself() {
        for plain in ["192.0.2.1", "::", "::1", "2001:db8::1", "fe80::1"] {
            let address: IpAddr = plain.parse().unwrap();

            assert_eq!(canonical(address).address, address);
            assert_eq!(canonical(address).readings().count(), 1);
        }
    }
}
