//! Who cannot sign in because of its own next hop; by example.

use super::facts::{DESK1, ROUTER_A, connection, server};
use super::story::{Story, address, inside};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{IcmpKind, LinkKind, NeighbourState, Observation, Side, TcpOutcome};
use std::net::IpAddr;

#[test]
fn a_next_hop_that_nobody_is_keeps_its_pc_from_the_server_and_nobody_else_does() {
    let mut story = by(Some(GATEWAY), NeighbourState::Silent);
    own_word(&mut story, address(Side::Sharer).ip(), 3066);

    let culprit = Culprit::new(CulpritKind::Host, vec![address(Side::Sharer).ip()]);
    assert_eq!(story.said(), [(Code::WrongGateway, Confidence::Proven)]);
    assert_eq!(
        story.named(Code::WrongGateway),
        Some((Confidence::Proven, culprit.on(&[Side::Sharer]))),
        "nobody was called, so no direction of theirs is lost"
    );
    let verdict = story.verdict(Code::WrongGateway).unwrap();
    let excluded: Vec<Code> = verdict.excluded.iter().map(|one| one.code).collect();
    assert_eq!(excluded, [Code::SigninPortBlocked]);
    assert_eq!(verdict.first_evidence_ms, Some(3066));
}

#[test]
fn without_the_kernels_word_the_neighbour_table_only_locates_it() {
    let story = by(Some(GATEWAY), NeighbourState::Silent);

    assert_eq!(story.said(), [(Code::WrongGateway, Confidence::Located)]);
}

#[test]
fn a_gateway_beyond_which_a_router_answered_is_there() {
    let mut story = without_trace(&by(Some(GATEWAY), NeighbourState::Silent));
    story.tell(DESK1, connection(1, TcpOutcome::Silent, None));

    assert_eq!(story.said(), [BLOCKED]);
}

#[test]
fn a_gateway_that_was_only_slow_is_there() {
    for state in [NeighbourState::Answers, NeighbourState::Unknown] {
        assert_eq!(by(Some(GATEWAY), state).said(), [BLOCKED_SOMEWHERE]);
    }
    let mut late = by(Some(GATEWAY), NeighbourState::Answers);
    own_word(&mut late, address(Side::Sharer).ip(), 3066);
    assert_eq!(late.said(), [BLOCKED_SOMEWHERE]);
}

#[test]
fn a_server_on_the_own_link_that_does_not_answer_is_no_gateway() {
    let story = by(None, NeighbourState::Silent);

    assert_eq!(story.said(), [BLOCKED_SOMEWHERE]);
}

#[test]
fn a_router_that_gives_its_own_next_hop_up_is_not_this_pc() {
    let mut story = by(Some(GATEWAY), NeighbourState::Answers);
    own_word(&mut story, IpAddr::from(ROUTER_A), 3066);

    assert_eq!(story.verdict(Code::WrongGateway), None);
}

#[test]
fn a_refusal_at_once_is_not_a_neighbour_that_was_waited_for() {
    let mut story = by(Some(GATEWAY), NeighbourState::Unknown);
    own_word(&mut story, address(Side::Sharer).ip(), 2);

    assert_eq!(story.verdict(Code::WrongGateway), None);
}

#[test]
fn who_was_shown_the_servers_certificate_has_a_gateway() {
    let mut story = by(Some(GATEWAY), NeighbourState::Silent);
    story.tell(DESK1, super::facts::certificate(super::facts::LEAF, None));

    assert_eq!(story.said(), []);
}

/// The sharer's PC sends to the server by this next hop, and nothing comes back.
fn by(via: Option<[u8; 4]>, neighbour: NeighbourState) -> Story {
    inside(|one| {
        one.tell(
            DESK1,
            Observation::Route {
                destination: server().ip(),
                via: via.map(IpAddr::from),
                device: "eth0".to_owned(),
                device_kind: LinkKind::Ethernet,
                source: Some(address(Side::Sharer).ip()),
                neighbour,
                neighbour_hardware: None,
            },
        )
        .tell(DESK1, connection(0, TcpOutcome::Unreachable, None))
    })
}

fn without_trace(story: &Story) -> Story {
    story.without(|one| matches!(one, Observation::TcpTrace { .. }))
}

fn own_word(story: &mut Story, offender: IpAddr, after_ms: u64) {
    story.refusal_about(
        Side::Sharer,
        server(),
        offender,
        IcmpKind::HostUnreachable,
        after_ms,
    );
}

const GATEWAY: [u8; 4] = [10, 102, 0, 254];
const BLOCKED: (Code, Confidence) = (Code::SigninPortBlocked, Confidence::Located);
const BLOCKED_SOMEWHERE: (Code, Confidence) = (Code::SigninPortBlocked, Confidence::SideOnly);
