//! Whose reset it was that refused a sign-in; by example.

use super::story::Story;
use crate::{Code, Confidence};
use hopsight_evidence::{Hop, Observation, Side, TcpOutcome};
use std::net::{IpAddr, SocketAddr};

const SIGN_IN: u16 = 443;

/// A port where nobody is to listen: a trace to it shows how far the server is.
const CLOSED: u16 = 9;

#[test]
fn a_reset_from_nearer_than_the_server_is_forged_and_the_server_is_not_to_blame() {
    let mut story = Story::default();
    story
        .tell(Side::Sharer.into(), refused(SIGN_IN))
        .tell(Side::Sharer.into(), trace(SIGN_IN, &[1, 2], 3))
        .tell(Side::Sharer.into(), trace(CLOSED, &[1, 2, 3, 4], 5));

    assert_eq!(codes(&story), [Code::MiddleboxReset]);
}

#[test]
fn a_reset_from_as_far_as_the_server_is_the_servers_own() {
    let mut story = Story::default();
    story
        .tell(Side::Sharer.into(), refused(SIGN_IN))
        .tell(Side::Sharer.into(), trace(SIGN_IN, &[1, 2], 3))
        .tell(Side::Sharer.into(), trace(CLOSED, &[1, 2], 3));

    let verdicts = story.verdicts();
    assert_eq!(codes(&story), [Code::ServerNotListening]);
    assert!(verdicts[0].admin.contains(":443"), "{}", verdicts[0].admin);
}

#[test]
fn silent_routers_leave_the_refusal_of_another_port_to_tell_how_far_the_server_is() {
    let mut story = Story::default();
    story
        .tell(Side::Sharer.into(), refused(SIGN_IN))
        .tell(Side::Sharer.into(), trace(SIGN_IN, &[], 3))
        .tell(Side::Sharer.into(), trace(CLOSED, &[], 5));

    let verdicts = story.verdicts();
    assert_eq!(codes(&story), [Code::MiddleboxReset]);
    assert_eq!(verdicts[0].confidence, Confidence::Leading);
    let rivals: Vec<Code> = verdicts[0]
        .cannot_tell_apart
        .iter()
        .map(|one| one.code)
        .collect();
    assert_eq!(rivals, [Code::ServerNotListening]);
}

#[test]
fn silent_routers_and_refusals_from_the_same_place_are_the_servers_own() {
    let mut story = Story::default();
    story
        .tell(Side::Sharer.into(), refused(SIGN_IN))
        .tell(Side::Sharer.into(), trace(SIGN_IN, &[], 5))
        .tell(Side::Sharer.into(), trace(CLOSED, &[], 5));

    assert_eq!(codes(&story), [Code::ServerNotListening]);
}

fn codes(story: &Story) -> Vec<Code> {
    let verdicts = story.verdicts();
    verdicts.iter().map(|verdict| verdict.code).collect()
}

fn refused(port: u16) -> Observation {
    Observation::TcpConnect {
        destination: server(port),
        outcome: TcpOutcome::Refused,
        after_ms: 1,
    }
}

fn trace(port: u16, routers: &[u8], reset_at: u8) -> Observation {
    let hop = |ttl: &u8| Hop {
        ttl: *ttl,
        address: IpAddr::from([172, 16, *ttl, 1]),
    };
    Observation::TcpTrace {
        destination: server(port),
        highest: 12,
        hops: routers.iter().map(hop).collect(),
        outcome: TcpOutcome::Refused,
        reset_at: Some(reset_at),
    }
}

fn server(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 21, 185, 10], port))
}
