//! The two machines and the links they stand on.

use crate::tests::facts::{DESK1, DESK2, ROUTER_A, ROUTER_B, STRANGER, next_hop, on_link, server};
use crate::tests::story::{Story, address, in_one_network, silent};
use hopsight_evidence::{CandidateKind, IcmpKind, LinkKind, NeighbourState, Observation, Side};
use std::net::SocketAddr;

pub(super) fn client_isolation() -> Story {
    silent(|one| {
        in_one_network(one)
            .tell(DESK1, on_link(Side::Sharer, NeighbourState::Silent, None))
            .tell(DESK2, on_link(Side::Viewer, NeighbourState::Silent, None))
    })
}

pub(super) fn duplicate_address() -> Story {
    silent(|one| {
        in_one_network(one).tell(
            DESK1,
            on_link(Side::Sharer, NeighbourState::Answers, Some(STRANGER)),
        )
    })
}

pub(super) fn overlapping_subnet() -> Story {
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

pub(super) fn vpn_captures_media() -> Story {
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

pub(super) fn wrong_gateway() -> Story {
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

pub(super) fn peer_socket_closed() -> Story {
    let gone = SocketAddr::new(address(Side::Viewer).ip(), 41000);
    silent(|one| {
        one.candidate(Side::Sharer, false, CandidateKind::Host, gone)
            .refusal_about(Side::Sharer, gone, gone.ip(), IcmpKind::PortUnreachable, 2)
    })
}

/// The other end tells nothing at all.
pub(super) fn peer_host_gone() -> Story {
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

pub(super) fn mdns_unresolved() -> Story {
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
