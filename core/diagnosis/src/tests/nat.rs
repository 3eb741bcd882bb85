//! Translation on the way and the two families of addresses, by example.

use super::catalogue::decisive;
use super::facts::{DESK1, DESK2, ROUTER_SIX, WAY_A, WAY_B, outside, relayed_checks, trace};
use super::story::{Story, address, relay, silent, without_udp};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{CandidateKind, IcmpKind, Observation, Observer, Side};

#[test]
fn another_port_for_each_destination_on_both_sides_keeps_them_apart() {
    let culprit = Culprit::new(
        CulpritKind::EdgeBetween,
        vec![outside(Side::Sharer).ip(), outside(Side::Viewer).ip()],
    );
    assert_eq!(
        decisive(Code::SymmetricNatBoth).named(Code::SymmetricNatBoth),
        Some((Confidence::Located, culprit.on(&BOTH).stops(&BOTH)))
    );
}

#[test]
fn two_nats_that_answer_in_their_own_names_only_lead() {
    let mut story = behind_two_nats();
    for side in BOTH {
        let nat = outside(side.other());
        story
            .candidate(side, false, CandidateKind::ServerReflexive, nat)
            .refusal_about(side, nat, nat.ip(), IcmpKind::PortUnreachable, 2);
    }

    assert_eq!(
        story.said(),
        [(Code::SymmetricNatBoth, Confidence::Leading)]
    );
    assert_eq!(story.rivals(Code::SymmetricNatBoth), [Code::PortsFiltered]);
}

#[test]
fn the_mapping_of_one_nat_alone_says_nothing_of_the_other() {
    let mut story = behind_two_nats();
    story.tell(DESK2, relayed_checks(Side::Sharer, 60_000, 3));

    assert_eq!(story.verdict(Code::SymmetricNatBoth), None);
}

#[test]
fn a_mapping_that_stays_is_not_symmetric() {
    let mut story = behind_two_nats();
    for side in BOTH {
        let port = outside(side).port();
        story.tell(side.other().into(), relayed_checks(side, port, 3));
    }

    assert_eq!(story.verdict(Code::SymmetricNatBoth), None);
}

#[test]
fn one_end_without_a_nat_can_be_found() {
    let story = decisive(Code::SymmetricNatBoth).without(|one| {
        matches!(one, Observation::Candidate { address, .. } if *address == outside(Side::Viewer))
    });

    assert_eq!(story.verdict(Code::SymmetricNatBoth), None);
}

#[test]
fn packets_that_come_straight_show_that_translation_is_no_obstacle() {
    for code in [
        Code::SymmetricNatBoth,
        Code::HairpinMissing,
        Code::MdnsUnresolved,
    ] {
        let mut story = decisive(code);
        let arrived = Observation::ProbesArrived {
            source: address(Side::Viewer),
            lowest: 3,
            count: 1,
        };
        story.tell(DESK1, arrived);
        assert_eq!(story.verdict(code), None, "{code}");
    }
}

#[test]
fn a_browser_that_signs_in_from_another_address_than_its_own_sits_behind_a_nat() {
    let story = |own: bool| {
        let mut story = Story::default();
        let viewer = address(Side::Viewer);
        let gate = Observation::SignedInFrom {
            side: Side::Viewer,
            address: ([203, 0, 113, 9], 50000).into(),
        };
        story
            .candidate(
                Side::Sharer,
                true,
                CandidateKind::Host,
                address(Side::Sharer),
            )
            .candidate(Side::Sharer, false, CandidateKind::Host, viewer)
            .tell(Observer::FrontEnd, gate)
            .checks(Side::Sharer, 12, 0, 0)
            .refusal(
                Side::Sharer,
                [198, 51, 100, 1],
                IcmpKind::NetworkUnreachable,
                2,
            );
        if own {
            story.candidate(Side::Viewer, true, CandidateKind::Host, viewer);
        }
        story
    };

    assert_eq!(story(true).verdict(Code::NoRoute), None);
    assert!(story(false).verdict(Code::NoRoute).is_some());
}

#[test]
fn two_ends_with_one_outside_address_that_do_not_meet_lack_reflection() {
    let culprit = Culprit::new(CulpritKind::Router, vec![outside(Side::Sharer).ip()]);
    let story = decisive(Code::HairpinMissing);
    assert_eq!(
        story.named(Code::HairpinMissing),
        Some((Confidence::Leading, culprit.on(&BOTH).stops(&BOTH)))
    );
    assert_eq!(story.rivals(Code::HairpinMissing), [Code::SilentDrop]);
}

#[test]
fn an_inner_way_on_which_probes_get_far_is_judged_by_itself() {
    let mut story = decisive(Code::HairpinMissing);
    let hops = [[10, 102, 0, 1], [172, 16, 1, 1]];
    story.tell(DESK1, trace(address(Side::Viewer), &hops));

    assert_eq!(story.said(), [(Code::SilentDrop, Confidence::SideOnly)]);
}

#[test]
fn two_networks_behind_one_nat_may_lack_a_route_between_them() {
    let mut story = decisive(Code::HairpinMissing);
    story
        .refusal(
            Side::Sharer,
            [10, 102, 0, 1],
            IcmpKind::NetworkUnreachable,
            3,
        )
        .refusal(
            Side::Viewer,
            [10, 103, 0, 1],
            IcmpKind::NetworkUnreachable,
            3,
        );

    assert_eq!(story.said(), [(Code::NoRoute, Confidence::Proven)]);
}

#[test]
fn a_name_that_nobody_resolves_leaves_nothing_to_try() {
    let culprit = Culprit::new(CulpritKind::Host, Vec::new());
    assert_eq!(
        decisive(Code::MdnsUnresolved).named(Code::MdnsUnresolved),
        Some((Confidence::Located, culprit.on(&[Side::Viewer])))
    );
}

#[test]
fn a_name_does_not_matter_where_an_address_was_tried() {
    let mut story = decisive(Code::MdnsUnresolved);
    story.checks(Side::Sharer, 12, 0, 0);

    assert_eq!(story.verdict(Code::MdnsUnresolved), None);
}

#[test]
fn a_name_is_not_the_whole_reason_when_the_other_way_fails_as_well() {
    let mut story = decisive(Code::MdnsUnresolved);
    story.checks(Side::Viewer, 12, 0, 0);

    assert_eq!(
        story
            .verdict(Code::MdnsUnresolved)
            .map(|one| one.confidence),
        Some(Confidence::Leading)
    );
    assert_eq!(story.rivals(Code::MdnsUnresolved), [Code::SilentDrop]);
}

#[test]
fn ipv6_that_ends_at_the_first_router_where_ipv4_works_is_broken_there() {
    let culprit = Culprit::new(CulpritKind::Router, vec![ROUTER_SIX]);
    assert_eq!(
        decisive(Code::Ipv6Broken).named(Code::Ipv6Broken),
        Some((
            Confidence::Located,
            culprit.on(&[Side::Sharer]).stops(&BOTH)
        ))
    );
}

#[test]
fn where_ipv4_is_as_dead_ipv6_is_not_to_blame() {
    let mut story =
        decisive(Code::Ipv6Broken).without(|one| matches!(one, Observation::RelayAllocated { .. }));
    story.silence();

    assert_eq!(story.verdict(Code::Ipv6Broken), None);
}

#[test]
fn a_pc_is_never_named_as_the_router_that_does_not_answer() {
    let mut story = decisive(Code::Ipv6Broken);
    for fact in &mut story.facts {
        if let Observation::Trace { hops, .. } = &mut fact.observation {
            hops.clear();
        }
    }

    let (confidence, culprit) = story.named(Code::Ipv6Broken).unwrap();
    assert_eq!(confidence, Confidence::Located);
    assert_eq!(culprit.kind, CulpritKind::EdgeBetween);
}

#[test]
fn a_router_that_says_it_has_no_route_over_ipv6_is_named_and_one_that_forbids_it_breaks_nothing() {
    let with = |kind| {
        let mut story = decisive(Code::Ipv6Broken);
        let mut destination = None;
        for fact in &mut story.facts {
            if let Observation::Trace {
                destination: there,
                hops,
                ..
            } = &mut fact.observation
            {
                hops.clear();
                destination = Some(*there);
            }
        }
        let refused = Observation::IcmpError {
            destination: destination.unwrap(),
            offender: ROUTER_SIX,
            kind,
            mtu: None,
            matched: true,
            after_ms: 0,
        };
        story
            .silence()
            .tell(DESK1, refused)
            .tell(DESK1, trace(address(Side::Viewer), &WAY_A[..2]))
            .tell(DESK2, trace(address(Side::Sharer), &WAY_B));
        story.named(Code::Ipv6Broken)
    };

    let culprit = Culprit::new(CulpritKind::Router, vec![ROUTER_SIX]);
    assert_eq!(
        with(IcmpKind::NetworkUnreachable),
        Some((
            Confidence::Located,
            culprit.on(&[Side::Sharer]).stops(&BOTH)
        ))
    );
    assert_eq!(with(IcmpKind::Prohibited), None);
}

#[test]
fn ipv6_that_ends_nearer_than_ipv4_is_told_beside_what_ends_ipv4() {
    let mut story = decisive(Code::Ipv6Broken);
    story
        .silence()
        .tell(DESK1, trace(address(Side::Viewer), &WAY_A[..2]))
        .tell(DESK2, trace(address(Side::Sharer), &WAY_B));
    for fact in &mut story.facts {
        let is_own = fact.observer == DESK1;
        if let Observation::Checks { pair, received, .. } = &mut fact.observation
            && is_own
            && pair.remote.is_ipv6()
        {
            // The way back over IPv6 works.
            *received = 5;
        }
    }

    assert_eq!(
        story.said(),
        [
            (Code::SilentDrop, Confidence::Located),
            (Code::Ipv6Broken, Confidence::Located)
        ]
    );
}

#[test]
fn what_another_port_delivers_over_ipv6_says_nothing_of_a_filter_in_ipv4() {
    let mut story = decisive(Code::Ipv6Broken);
    story
        .silence()
        .tell(DESK1, trace(address(Side::Viewer), &WAY_A[..2]))
        .tell(DESK2, trace(address(Side::Sharer), &WAY_B));
    let from_beside = story.facts.iter().find_map(|fact| {
        let Observation::Checks { pair, .. } = fact.observation else {
            return None;
        };
        let is_six = fact.observer == DESK2 && pair.local.is_ipv6();
        is_six.then(|| std::net::SocketAddr::new(pair.local.ip(), 21_000))
    });
    let source = from_beside.unwrap();
    let seen = |source| Observation::ProbesArrived {
        source,
        lowest: 64,
        count: 2,
    };
    story.tell(DESK1, seen(source));

    assert_eq!(story.verdict(Code::PortsFiltered), None);
    assert!(story.verdict(Code::SilentDrop).is_some());
}

#[test]
fn ipv6_on_which_anything_arrived_is_not_broken() {
    let mut story = decisive(Code::Ipv6Broken);
    for fact in &mut story.facts {
        if let Observation::Checks { received, .. } = &mut fact.observation {
            *received = 1;
        }
    }

    assert_eq!(story.verdict(Code::Ipv6Broken), None);
}

/// Both ends are behind NATs; the relay answers the viewer over TCP only, so that
/// nobody can tell it where the viewer is to be found outside.
fn one_hidden(more: impl FnOnce(&mut Story) -> &mut Story) -> Story {
    let mut story = silent(|one| {
        let sharers = outside(Side::Sharer);
        one.networks()
            .candidate(Side::Sharer, true, CandidateKind::ServerReflexive, sharers)
            .candidate(Side::Viewer, false, CandidateKind::ServerReflexive, sharers);
        more(without_udp(one, &[Side::Viewer]))
    });
    for fact in &mut story.facts {
        if let Observation::SignedInFrom { side, address } = &mut fact.observation {
            *address = outside(*side);
        }
    }
    story
}

#[test]
fn a_router_outside_is_right_to_know_no_way_to_an_address_behind_a_nat() {
    let provider = [198, 51, 100, 1].into();
    let story = one_hidden(|one| {
        one.refusal_about(
            Side::Sharer,
            address(Side::Viewer),
            provider,
            IcmpKind::NetworkUnreachable,
            2,
        )
    });

    assert_eq!(story.verdict(Code::NoRoute), None);
}

#[test]
fn packets_of_a_hidden_end_die_at_the_others_nat_as_they_should() {
    let story = one_hidden(|one| {
        let routers = [[10, 103, 0, 1], [198, 51, 100, 5]];
        one.tell(DESK2, trace(outside(Side::Sharer), &routers))
    });

    assert_eq!(
        story.said(),
        [(Code::RelayUdpBlocked, Confidence::SideOnly)]
    );
}

#[test]
fn packets_that_end_at_the_own_first_router_are_all_the_udp_there_is() {
    let story = one_hidden(|one| one.tell(DESK2, trace(outside(Side::Sharer), &[[10, 103, 0, 1]])));

    // Whoever drops them may stand behind a router that says nothing.
    let way = vec![[10, 103, 0, 1].into(), relay().ip()];
    let way = Culprit::new(CulpritKind::EdgeBetween, way);
    assert_eq!(
        story.named(Code::UdpBlocked),
        Some((Confidence::SideOnly, way.on(&[Side::Viewer]).stops(&BOTH)))
    );
}

fn behind_two_nats() -> Story {
    silent(|one| {
        for side in BOTH {
            one.candidate(side, true, CandidateKind::ServerReflexive, outside(side));
        }
        one
    })
}

const BOTH: [Side; 2] = [Side::Sharer, Side::Viewer];
