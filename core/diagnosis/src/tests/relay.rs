//! The relay, by example.

use super::story::{Story, refused_both_ways, relay};
use crate::{Code, Confidence, CulpritKind, CulpritSide};
use hopsight_evidence::{IcmpKind, Observation, Side, Transport, TurnMethod};

#[test]
fn a_missing_route_and_a_dead_relay_leg_are_both_reported() {
    let mut story = refused_both_ways();
    story
        .relay_silent(Side::Sharer, &ALL)
        .relay_allocated(Side::Viewer);

    assert_eq!(
        story.said(),
        [
            (Code::NoRoute, Confidence::Proven),
            (Code::RelayUnreachable, Confidence::Located)
        ]
    );
    assert_eq!(story.verdicts()[0].also, [Code::RelayUnreachable]);
    let culprit = story.verdicts()[1].culprit.clone().unwrap();
    assert_eq!(culprit.kind, CulpritKind::EdgeBetween);
    assert_eq!(culprit.side, Some(CulpritSide::Sharer));
    assert_eq!(
        culprit.addresses,
        [
            std::net::IpAddr::from([10, 102, 0, 139]),
            [10, 21, 151, 10].into()
        ]
    );
}

#[test]
fn a_relay_that_serves_nobody_may_as_well_not_be_running() {
    let mut story = refused_both_ways();
    story
        .relay_silent(Side::Sharer, &ALL)
        .relay_silent(Side::Viewer, &ALL);

    let verdict = &story.verdicts()[1];
    assert_eq!(verdict.confidence, Confidence::SideOnly);
    assert_eq!(verdict.cannot_tell_apart[0].code, Code::ServerNotListening);
    let side = verdict.culprit.as_ref().and_then(|culprit| culprit.side);
    assert_eq!(side, Some(CulpritSide::Both));
}

#[test]
fn silence_over_udp_alone_is_another_fault() {
    let mut story = refused_both_ways();
    story.relay_silent(Side::Sharer, &[Transport::Udp]);

    assert_eq!(story.said(), [(Code::NoRoute, Confidence::Proven)]);
}

#[test]
fn a_relay_that_refuses_is_reachable() {
    let mut story = refused_both_ways();
    story.relay_silent(Side::Sharer, &ALL);
    let observation = Observation::TurnResult {
        server: relay(),
        transport: Transport::Tls,
        method: TurnMethod::Allocate,
        code: Some(401),
        reason: "Unauthorized".to_owned(),
        rtt_ms: 4,
        challenge: false,
    };
    story.tell(Side::Sharer.into(), observation);

    assert_eq!(
        story.said(),
        [
            (Code::NoRoute, Confidence::Proven),
            (Code::RelayCredentials, Confidence::Located)
        ]
    );
}

#[test]
fn a_router_that_has_no_route_to_the_relay_proves_it() {
    let mut story = refused_both_ways();
    story.relay_silent(Side::Sharer, &ALL).refusal_about(
        Side::Sharer,
        relay(),
        [10, 102, 0, 1].into(),
        IcmpKind::NetworkUnreachable,
        3,
    );

    let verdict = &story.verdicts()[1];
    assert_eq!(verdict.confidence, Confidence::Proven);
    let culprit = verdict.culprit.as_ref().unwrap();
    assert_eq!(culprit.kind, CulpritKind::Router);
}

#[test]
fn a_router_that_holds_the_relay_for_unreachable_proves_it_when_the_relay_is_alive() {
    let mut story = refused_about_the_relay(2);
    let routed = (Confidence::Leading, CulpritKind::Router);
    assert_eq!(cut(&story), routed, "the relay may as well be gone");
    assert_eq!(
        story.rivals(Code::RelayUnreachable),
        [Code::ServerNotListening]
    );

    story.relay_allocated(Side::Viewer);
    let routed = (Confidence::Proven, CulpritKind::Router);
    assert_eq!(cut(&story), routed);
    assert_eq!(story.rivals(Code::RelayUnreachable), []);
}

#[test]
fn a_router_that_waited_for_the_relay_in_vain_has_a_way_to_it() {
    let story = refused_about_the_relay(3066);

    let unknown = (Confidence::SideOnly, CulpritKind::EdgeBetween);
    assert_eq!(cut(&story), unknown);
}

fn refused_about_the_relay(after_ms: u64) -> Story {
    let mut story = Story::default();
    story.relay_silent(Side::Sharer, &ALL).refusal_about(
        Side::Sharer,
        relay(),
        [172, 16, 1, 1].into(),
        IcmpKind::HostUnreachable,
        after_ms,
    );
    story
}

fn cut(story: &Story) -> (Confidence, CulpritKind) {
    let (confidence, culprit) = story.named(Code::RelayUnreachable).unwrap();
    (confidence, culprit.kind)
}

const ALL: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];
