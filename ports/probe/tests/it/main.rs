//! The kernel is asked in the namespace that the test runs in.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use hopsight_evidence::{NeighbourState, Observation, TcpOutcome};
use std::net::{IpAddr, Ipv4Addr};

#[tokio::test]
async fn the_way_to_this_machine_itself_has_no_next_hop() {
    let own = IpAddr::V4(Ipv4Addr::LOCALHOST);

    let found = hopsight_probe::route(own).await.unwrap();

    let expected = Observation::Route {
        destination: own,
        via: None,
        device: "lo".to_owned(),
        source: Some(own),
        neighbour: NeighbourState::Unknown,
        device_kind: hopsight_evidence::LinkKind::Loopback,
        neighbour_hardware: None,
    };
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_open_and_a_closed_port_both_show_that_tcp_passes() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let open = listener.local_addr().unwrap();
    let accepted = outcome(&hopsight_probe::tcp_connect(open).await);
    drop(listener);
    let refused = outcome(&hopsight_probe::tcp_connect(open).await);

    assert_eq!(
        (accepted, refused),
        (Some(TcpOutcome::Accepted), Some(TcpOutcome::Refused))
    );
}

fn outcome(observation: &Observation) -> Option<TcpOutcome> {
    let Observation::TcpConnect { outcome, .. } = *observation else {
        return None;
    };
    Some(outcome)
}
