//! What only the network between can be, by example: loops and isolation.

use super::catalogue::decisive;
use super::facts::{CORE_A, CORE_B, DESK1, DESK2, on_link};
use super::story::{address, in_one_network, silent};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{IcmpKind, NeighbourState, Observation, Side};

#[test]
fn routers_that_take_turns_and_let_a_full_hop_limit_run_out_are_a_loop() {
    let culprit = Culprit::new(CulpritKind::Router, vec![CORE_A.into(), CORE_B.into()]);
    assert_eq!(
        decisive(Code::RoutingLoop).named(Code::RoutingLoop),
        Some((Confidence::Located, culprit.stops(&[Side::Sharer])))
    );
}

#[test]
fn without_the_turns_the_router_that_said_so_is_a_guess_among_two() {
    let story = decisive(Code::RoutingLoop).without(|one| matches!(one, Observation::Trace { .. }));

    let culprit = Culprit::new(CulpritKind::Router, vec![CORE_A.into()]);
    assert_eq!(
        story.named(Code::RoutingLoop),
        Some((Confidence::SideOnly, culprit.stops(&[Side::Sharer])))
    );
}

#[test]
fn turns_in_a_trace_without_an_expired_packet_are_no_loop() {
    let story =
        decisive(Code::RoutingLoop).without(|one| matches!(one, Observation::IcmpError { .. }));

    assert_eq!(story.verdict(Code::RoutingLoop), None);
}

#[test]
fn a_party_is_no_member_of_a_loop() {
    let story =
        silent(|one| one.refusal(Side::Sharer, [10, 103, 0, 50], IcmpKind::TimeExceeded, 2));

    assert_eq!(story.verdict(Code::RoutingLoop), None);
}

#[test]
fn two_ends_of_one_network_that_both_look_in_vain_are_isolated() {
    let culprit = Culprit::new(
        CulpritKind::EdgeBetween,
        vec![address(Side::Sharer).ip(), address(Side::Viewer).ip()],
    );
    assert_eq!(
        decisive(Code::ClientIsolation).named(Code::ClientIsolation),
        Some((Confidence::Located, culprit.on(&BOTH).stops(&BOTH)))
    );
    let story = decisive(Code::ClientIsolation);
    assert_eq!(story.verdict(Code::OverlappingSubnet), None);
}

#[test]
fn one_end_that_looks_in_vain_only_leads_to_isolation() {
    let story = silent(|one| {
        in_one_network(one).tell(DESK1, on_link(Side::Sharer, NeighbourState::Silent, None))
    });

    assert_eq!(
        story
            .verdict(Code::ClientIsolation)
            .map(|one| one.confidence),
        Some(Confidence::Leading)
    );
}

#[test]
fn two_networks_with_the_same_prefix_are_not_one() {
    let mut story = silent(|one| {
        in_one_network(one)
            .tell(DESK1, on_link(Side::Sharer, NeighbourState::Silent, None))
            .tell(DESK2, on_link(Side::Viewer, NeighbourState::Silent, None))
    });
    // The server sees two places, so a translation lies between each and it.
    for fact in &mut story.facts {
        if let Observation::SignedInFrom { side, address } = &mut fact.observation {
            *address = super::facts::outside(*side);
        }
    }

    assert_eq!(story.said(), [(Code::Undetermined, Confidence::Unknown)]);
}

const BOTH: [Side; 2] = [Side::Sharer, Side::Viewer];
