//! Every special-purpose block in every disguise, as text and as bytes.

use super::*;
use crate::canonical::read_address;
use proptest::prelude::*;
use std::net::{Ipv4Addr, Ipv6Addr};

#[test]
fn a_denied_address_is_denied_in_every_disguise() {
    let mut tried = 0;
    for (address, refusal) in never() {
        for disguise in disguises(address) {
            let decided = everything_allowed().decide(disguise, Some(4000), &knows(&[address]));

            assert_eq!(decided, Err(refusal), "{address} as {disguise}");
            tried += 1;
        }
    }
    assert!(tried >= 400, "{tried} cases");
}

#[test]
fn no_text_form_of_a_denied_address_is_read_as_a_permitted_one() {
    for text in [
        "0x7f.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "2130706433",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "127.0.0.1:80",
        "127.0.0.1%lo",
        "127.000.000.001",
        " 127.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::FFFF:7F00:0001",
        "0:0:0:0:0:ffff:127.0.0.1",
        "::127.0.0.1",
        "[::1]",
        "[127.0.0.1]",
        "::1",
        "0:0:0:0:0:0:0:1",
        "::1%lo",
        "fe80::1%eth0",
        "fe80::1%25eth0",
        "::1.",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "0.0.0.0",
        "0",
        "::",
        "localhost",
        "localhost.",
        "metadata.google.internal",
        "169.254.169.254",
        "169.254.169.254.",
        "2852039166",
        "0xa9fea9fe",
        "::ffff:a9fe:a9fe",
        "fd00:ec2::254",
        "100.100.100.200",
        "255.255.255.255",
        "224.0.0.251",
        "ff02::fb",
        "",
        "127.0.0.1\0",
        "127.0.0.1\n",
        "0b1e2f3a-0000-4000-8000-000000000000.local",
    ] {
        let Some(address) = read_address(text) else {
            continue;
        };
        let decided = everything_allowed().decide(address, None, &knows(&[address]));

        assert!(
            decided.is_err_and(|refusal| refusal != Refusal::NotOfSession),
            "{text:?} was read as {address} and decided {decided:?}"
        );
    }
}

#[test]
fn private_ranges_need_their_network_on_the_list() {
    let edge = PeerPolicy {
        peer_networks: Vec::new(),
        ..everything_allowed()
    };
    let inside = PeerPolicy {
        peer_networks: vec!["172.16.0.0/12".parse().unwrap()],
        ..everything_allowed()
    };
    for (text, by_inside) in [
        ("10.0.0.1", Err(Refusal::Private)),
        ("172.16.0.1", Ok(())),
        ("172.31.255.255", Ok(())),
        ("192.168.1.1", Err(Refusal::Private)),
        ("100.64.0.1", Err(Refusal::Private)),
        ("100.127.255.255", Err(Refusal::Private)),
        ("198.18.0.1", Err(Refusal::Private)),
        ("203.0.113.5", Err(Refusal::Private)),
        ("fd12::1", Err(Refusal::Private)),
        ("::ffff:10.0.0.1", Err(Refusal::Private)),
        ("::ffff:172.16.0.1", Ok(())),
    ] {
        let peer: IpAddr = text.parse().unwrap();
        let known = knows(&[canonical(peer).address]);

        assert_eq!(edge.decide(peer, None, &known), Err(Refusal::Private));
        assert_eq!(inside.decide(peer, None, &known), by_inside, "{text}");
    }
}

#[test]
fn a_public_address_needs_somebody_in_the_session_who_named_it() {
    let peer: IpAddr = [8, 8, 8, 8].into();
    let policy = everything_allowed();

    assert_eq!(
        policy.decide(peer, None, &BTreeSet::new()),
        Err(Refusal::NotOfSession)
    );
    assert_eq!(policy.decide(peer, None, &knows(&[peer])), Ok(()));
}

#[test]
fn own_listeners_and_relayed_ports_are_refused_and_other_own_ports_are_not() {
    let own: IpAddr = [198, 18, 0, 1].into();
    let elsewhere: IpAddr = [198, 18, 0, 2].into();
    let policy = PeerPolicy {
        own_addresses: vec![own],
        own_listeners: vec![
            "0.0.0.0:3478".parse().unwrap(),
            "[::]:8443".parse().unwrap(),
            "[::ffff:198.18.0.2]:5061".parse().unwrap(),
        ],
        ..everything_allowed()
    };
    let known = knows(&[own, elsewhere]);
    let decide = |address, port| policy.decide(address, Some(port), &known);

    for port in [53, 443, 1023, 3478, 8443, 49_152, 65_535] {
        assert_eq!(decide(own, port), Err(Refusal::OwnListener), "{port}");
    }
    assert_eq!(decide(elsewhere, 5061), Err(Refusal::OwnListener));
    assert_eq!(decide(own, 40_000), Ok(()));
    assert_eq!(decide(elsewhere, 3478), Ok(()));
    assert_eq!(policy.decide(own, None, &known), Ok(()));
}

proptest! {
    #[test]
    fn no_encoding_of_a_denied_address_is_allowed(address in denied()) {
        let policy = everything_allowed();
        let known = knows(&[address]);

        for disguise in disguises(address) {
            prop_assert!(policy.decide(disguise, Some(4000), &known).is_err(), "{disguise}");
        }
    }
}

/// A policy under which only what is never permitted is refused.
fn everything_allowed() -> PeerPolicy {
    PeerPolicy {
        peer_networks: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()],
        own_addresses: Vec::new(),
        own_listeners: Vec::new(),
        relayed_ports: 49_152..=65_535,
    }
}

fn knows<A: Copy + Into<IpAddr>>(addresses: &[A]) -> BTreeSet<IpAddr> {
    addresses.iter().map(|address| (*address).into()).collect()
}

/// First, last and some other address of every block that is never a peer.
fn never() -> Vec<(Ipv4Addr, Refusal)> {
    [
        ("0.0.0.0", Refusal::Unspecified),
        ("0.0.0.1", Refusal::Unspecified),
        ("0.1.2.3", Refusal::Unspecified),
        ("0.255.255.255", Refusal::Unspecified),
        ("127.0.0.0", Refusal::Loopback),
        ("127.0.0.1", Refusal::Loopback),
        ("127.0.0.53", Refusal::Loopback),
        ("127.255.255.255", Refusal::Loopback),
        ("169.254.0.0", Refusal::LinkLocal),
        ("169.254.1.1", Refusal::LinkLocal),
        ("169.254.255.255", Refusal::LinkLocal),
        ("169.254.169.254", Refusal::Metadata),
        ("169.254.170.2", Refusal::Metadata),
        ("100.100.100.200", Refusal::Metadata),
        ("192.0.0.192", Refusal::Metadata),
        ("168.63.129.16", Refusal::Metadata),
        ("192.0.0.0", Refusal::Reserved),
        ("192.0.0.8", Refusal::Reserved),
        ("192.0.0.170", Refusal::Reserved),
        ("192.0.0.255", Refusal::Reserved),
        ("192.88.99.0", Refusal::Reserved),
        ("192.88.99.1", Refusal::Reserved),
        ("192.88.99.255", Refusal::Reserved),
        ("224.0.0.0", Refusal::Multicast),
        ("224.0.0.251", Refusal::Multicast),
        ("232.1.1.1", Refusal::Multicast),
        ("239.255.255.255", Refusal::Multicast),
        ("240.0.0.0", Refusal::Reserved),
        ("250.1.2.3", Refusal::Reserved),
        ("255.255.255.254", Refusal::Reserved),
        ("255.255.255.255", Refusal::Broadcast),
    ]
    .into_iter()
    .map(|(text, refusal)| (text.parse().unwrap(), refusal))
    .collect()
}

/// Any address of a block that is never a peer.
fn denied() -> impl Strategy<Value = Ipv4Addr> {
    let blocks = vec![
        ([0, 0, 0, 0], 8),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([192, 0, 0, 0], 24),
        ([192, 88, 99, 0], 24),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    (prop::sample::select(blocks), any::<u32>()).prop_map(|((base, prefix), bits)| {
        Ipv4Addr::from(u32::from(Ipv4Addr::from(base)) | (bits & (u32::MAX >> prefix)))
    })
}

/// Every way in which an IPv4 address can stand in an address attribute.
fn disguises(address: Ipv4Addr) -> Vec<IpAddr> {
    let [a, b, c, d] = address.octets().map(u16::from);
    let (high, low) = ((a << 8) | b, (c << 8) | d);
    let six = |segments: [u16; 8]| IpAddr::V6(Ipv6Addr::from(segments));
    let mut all = vec![
        IpAddr::V4(address),
        six([0, 0, 0, 0, 0, 0xFFFF, high, low]),
        six([0, 0, 0, 0, 0xFFFF, 0, high, low]),
        six([0x64, 0xFF9B, 0, 0, 0, 0, high, low]),
        six([0x64, 0xFF9B, 1, 0, 0, 0, high, low]),
        six([0x64, 0xFF9B, 1, 0xFFFE, 0, 0, high, low]),
        six([0x2002, high, low, 0, 0, 0, 0, 1]),
        six([0x2002, high, low, 0xABCD, 1, 2, 3, 4]),
        six([0x2001, 0, 0x0808, 0x0808, 0x8000, 0x63BF, !high, !low]),
        six([0xFE80, 0, 0, 0, 0, 0x5EFE, high, low]),
        six([0x2A00, 1, 2, 3, 0, 0x5EFE, high, low]),
        six([0x2A00, 1, 2, 3, 0x0200, 0x5EFE, high, low]),
        six([0xFD00, 1, 2, 3, 0x0200, 0x5EFE, high, low]),
    ];
    // ::0.0.0.0 and ::0.0.0.1 are addresses of IPv6 itself.
    if u32::from(address) > 1 {
        all.push(six([0, 0, 0, 0, 0, 0, high, low]));
    }
    all
}
