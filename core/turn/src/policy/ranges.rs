//! Decides what kind of address an address is, after the IANA registries of
//! special-purpose addresses (RFC 6890 and its updates).

use super::Refusal;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// Never a peer.
    Never(Refusal),
    /// A peer only where the administrator says so.
    Private,
    /// A peer where the session says so.
    Public,
}

/// The kind of an address that `canonical` has already been at.
pub(super) fn range(address: IpAddr) -> Range {
    if METADATA.contains(&address) {
        return Range::Never(Refusal::Metadata);
    }
    match address {
        IpAddr::V4(v4) => range_v4(v4),
        IpAddr::V6(v6) => range_v6(v6),
    }
}

fn range_v4(address: Ipv4Addr) -> Range {
    match address.octets() {
        [0, ..] => Range::Never(Refusal::Unspecified),
        [127, ..] => Range::Never(Refusal::Loopback),
        [169, 254, ..] => Range::Never(Refusal::LinkLocal),
        [192, 0, 0, _] | [192, 88, 99, _] => Range::Never(Refusal::Reserved),
        [255, 255, 255, 255] => Range::Never(Refusal::Broadcast),
        [224..=239, ..] => Range::Never(Refusal::Multicast),
        [240..=255, ..] => Range::Never(Refusal::Reserved),
        [10, ..]
        | [100, 64..=127, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        | [198, 18..=19, ..]
        | [192, 0, 2, _]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Range::Private,
        _ => Range::Public,
    }
}

fn range_v6(address: Ipv6Addr) -> Range {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Range::Never(Refusal::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Range::Never(Refusal::Loopback),
        [0xFE80..=0xFEFF, ..] => Range::Never(Refusal::LinkLocal),
        [0xFF00..=0xFFFF, ..] => Range::Never(Refusal::Multicast),
        [0xFC00..=0xFDFF, ..] | [0x2001, 0xDB8, ..] | [0x3FFF, 0..=0x0FFF, ..] => Range::Private,
        [0x2001, 0..=0x01FF, ..] => Range::Never(Refusal::Reserved),
        [0x2000..=0x3FFF, ..] => Range::Public,
        _ => Range::Never(Refusal::Reserved),
    }
}

/// Metadata services that lie outside the link-local range, and those within
/// it that are worth their own name: Amazon and most others, Amazon over IPv6,
/// Google over IPv6, Alibaba, Oracle, Azure.
const METADATA: [IpAddr; 7] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V6(Ipv6Addr::new(0xFD00, 0xEC2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xFD20, 0xCE, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
];
