//! The kernel is asked in the namespace that the test runs in.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use hopsight_evidence::{NeighbourState, Observation, TcpOutcome};
use hopsight_probe::Followed;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

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
    let accepted = outcome(&hopsight_probe::tcp_connect(open, drop).await);
    drop(listener);
    let refused = outcome(&hopsight_probe::tcp_connect(open, drop).await);

    assert_eq!(
        (accepted, refused),
        (Some(TcpOutcome::Accepted), Some(TcpOutcome::Refused))
    );
}

#[tokio::test]
async fn a_trace_ends_where_the_server_accepts_or_resets() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let open = listener.local_addr().unwrap();
    let (since, next_hop) = (Instant::now(), NeighbourState::Unknown);
    let accepted = hopsight_probe::tcp_trace(open, since, next_hop).await;
    drop(listener);
    let refused = hopsight_probe::tcp_trace(open, since, next_hop).await;

    let expected = |outcome, reset_at| Followed {
        trace: Observation::TcpTrace {
            destination: open,
            highest: 12,
            hops: Vec::new(),
            outcome,
            reset_at,
        },
        refusals: Vec::new(),
    };
    assert_eq!(accepted, expected(TcpOutcome::Accepted, None));
    assert_eq!(refused, expected(TcpOutcome::Refused, Some(1)));
}

#[tokio::test]
async fn a_name_that_cannot_be_is_told_with_the_resolvers_words() {
    let known = hopsight_probe::name("127.0.0.1").await;
    let unknown = hopsight_probe::name("no-such-name.invalid").await;

    let expected = Observation::NameLookedUp {
        name: "127.0.0.1".to_owned(),
        addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        problem: None,
    };
    assert_eq!(known, expected);
    let Observation::NameLookedUp {
        addresses, problem, ..
    } = unknown
    else {
        unreachable!("a look-up gives a look-up");
    };
    assert_eq!(addresses, [] as [IpAddr; 0]);
    assert!(problem.is_some());
}

fn outcome(observation: &Observation) -> Option<TcpOutcome> {
    let Observation::TcpConnect { outcome, .. } = *observation else {
        return None;
    };
    Some(outcome)
}
