//! Datagrams from another port of the same machine, by example.

use super::facts::{DESK1, DESK2, ROUTER_A, trace};
use super::story::{Story, address, silent, without_udp};
use crate::{Code, Confidence, Evidence};
use hopsight_evidence::{Observation, Side};
use std::net::SocketAddr;

#[test]
fn what_arrives_from_another_port_only_shows_a_filter_for_ports() {
    let mut story = one_way_loss();
    assert_eq!(story.said(), [(Code::SilentDrop, Confidence::Located)]);

    story.tell(DESK2, arrived(21_000));
    assert_eq!(story.said(), [(Code::PortsFiltered, Confidence::Located)]);
    let verdict = story.verdict(Code::PortsFiltered).unwrap();
    let lines: Vec<&str> = verdict.evidence.lines().map(Evidence::says).collect();
    assert!(
        lines.contains(
            &"datagrams of desk1's PC from port 21000 arrive, those from port 30000 do not"
        )
    );
}

#[test]
fn what_arrives_from_the_paths_own_port_shows_that_the_direction_delivers() {
    let mut story = one_way_loss();
    story.tell(DESK2, arrived(address(Side::Sharer).port()));

    assert_eq!(story.verdict(Code::PortsFiltered), None);
    assert_eq!(story.verdict(Code::SilentDrop), None);
}

#[test]
fn a_network_from_which_datagrams_arrive_does_not_block_all_of_udp() {
    let mut story = silent(|one| without_udp(one, &[Side::Sharer]));
    assert!(story.verdict(Code::UdpBlocked).is_some());

    story.tell(DESK2, arrived(21_000));
    assert_eq!(story.verdict(Code::UdpBlocked), None);
}

/// The viewer's checks arrive, the sharer's do not.
fn one_way_loss() -> Story {
    let mut story = Story::default();
    story
        .candidates()
        .checks(Side::Sharer, 12, 0, 3)
        .checks(Side::Viewer, 12, 0, 0)
        .tell(DESK1, trace(address(Side::Viewer), &[ROUTER_A]));
    story
}

fn arrived(port: u16) -> Observation {
    Observation::ProbesArrived {
        source: SocketAddr::new(address(Side::Sharer).ip(), port),
        lowest: 64,
        count: 2,
    }
}
