//! What becomes of packets on a way that runs, by example: loss, limits, sizes,
//! and flows that die.

use super::catalogue::decisive;
use super::facts::{
    CORE_A, DESK1, DESK2, ROUTER_A, ROUTER_B, run_arrived, run_sent, stopped, stopped_for, too_big,
    trace,
};
use super::story::{Story, address, pair, relay, shared, silent};
use crate::{Code, Confidence, Culprit, CulpritKind, Direction};
use hopsight_evidence::{Hop, IcmpKind, Observation, Pace, Pair, Side, Transport, Via};
use std::net::IpAddr;

#[test]
fn slow_packets_that_are_lost_are_a_lossy_segment() {
    assert_eq!(
        decisive(Code::PathLossy).named(Code::PathLossy),
        Some((Confidence::Located, between().stops(&[Side::Sharer])))
    );
}

#[test]
fn bursts_that_are_lost_where_slow_packets_are_not_are_policed() {
    let story = decisive(Code::PathPoliced);
    assert_eq!(
        story.named(Code::PathPoliced),
        Some((Confidence::Located, between().stops(&[Side::Sharer])))
    );
    assert_eq!(story.verdict(Code::PathLossy), None);
}

#[test]
fn slow_and_burst_alike_is_loss_and_no_policer() {
    let story = runs(&[(Pace::Slow, 50, 30), (Pace::Burst, 50, 20)]);

    assert_eq!(story.said(), [(Code::PathLossy, Confidence::Located)]);
}

#[test]
fn what_a_slow_run_and_a_burst_lose_is_added_up() {
    let story = runs(&[(Pace::Slow, 20, 17), (Pace::Burst, 20, 14)]);
    assert_eq!(story.said(), [(Code::PathLossy, Confidence::Located)]);

    let fewer = runs(&[(Pace::Slow, 20, 17), (Pace::Burst, 20, 15)]);
    assert_eq!(fewer.said(), []);
}

#[test]
fn a_burst_lost_almost_whole_leads_to_a_limiter_that_a_picture_fills_as_well() {
    let story = runs(&[(Pace::Slow, 20, 14), (Pace::Burst, 20, 4)]);
    assert_eq!(story.said(), [(Code::PathPoliced, Confidence::Leading)]);
    assert_eq!(story.rivals(Code::PathPoliced), [Code::PathLossy]);

    let alike = runs(&[(Pace::Slow, 20, 10), (Pace::Burst, 20, 4)]);
    assert_eq!(alike.said(), [(Code::PathLossy, Confidence::Located)]);
}

#[test]
fn a_burst_without_a_slow_run_of_the_same_direction_shows_no_policer() {
    let burst = runs(&[(Pace::Burst, 50, 20)]);
    assert_eq!(burst.said(), []);

    let mut other = runs(&[(Pace::Burst, 50, 20)]);
    other
        .tell(DESK2, run_sent(Pace::Slow, 50))
        .tell(DESK1, run_arrived(Pace::Slow, 50));
    assert_eq!(other.said(), []);
}

#[test]
fn a_little_loss_or_too_few_packets_say_nothing() {
    assert_eq!(runs(&[(Pace::Slow, 50, 47)]).said(), []);
    assert_eq!(runs(&[(Pace::Slow, 9, 1)]).said(), []);
    let fine = runs(&[(Pace::Slow, 50, 50), (Pace::Burst, 50, 45)]);
    assert_eq!(fine.said(), []);
}

#[test]
fn one_ends_count_alone_is_no_loss() {
    let said = decisive(Code::PathLossy)
        .without(|one| matches!(one, Observation::RunArrived { .. }))
        .said();
    assert_eq!(said, []);
}

#[test]
fn a_router_that_tells_its_small_limit_proves_it() {
    let culprit = Culprit::new(CulpritKind::Router, vec![[172, 16, 1, 1].into()]);
    assert_eq!(
        decisive(Code::MtuTooSmall).named(Code::MtuTooSmall),
        Some((Confidence::Proven, culprit.stops(&[Side::Sharer])))
    );
}

#[test]
fn a_limit_that_a_picture_fits_through_is_no_fault() {
    let enough = shared(|one| one.tell(DESK1, too_big([172, 16, 1, 1].into(), 1400)));
    assert_eq!(enough.said(), []);

    let mut arrived = decisive(Code::MtuTooSmall);
    arrived.tell(DESK2, sizes_arrived(&[1100, 1250, 1400]));
    assert_eq!(arrived.said(), []);
}

#[test]
fn no_party_and_no_relay_is_made_a_router_by_too_big() {
    for offender in [address(Side::Viewer).ip(), relay().ip()] {
        let story = shared(|one| {
            one.relay_allocated(Side::Sharer)
                .tell(DESK1, too_big(offender, 1200))
        });
        assert_eq!(story.said(), [], "{offender}");
    }
}

#[test]
fn sizes_that_split_show_a_small_link_of_which_only_the_direction_is_known() {
    let story = shared(|one| {
        one.tell(DESK1, sizes_sent(&[1100, 1250, 1400]))
            .tell(DESK2, sizes_arrived(&[1100]))
    });

    assert_eq!(
        story.named(Code::MtuTooSmall),
        Some((Confidence::SideOnly, between().stops(&[Side::Sharer])))
    );
}

#[test]
fn full_packets_that_routers_answered_show_where_the_small_link_begins() {
    let story = shared(|one| {
        one.tell(DESK1, sizes_sent(&[1100, 1250, 1400]))
            .tell(DESK1, sized_trace(&[[172, 16, 0, 1], [172, 16, 1, 1]]))
            .tell(DESK2, sizes_arrived(&[1100]))
    });
    let place = Culprit::new(CulpritKind::EdgeBetween, vec![[172, 16, 1, 1].into()]);

    assert_eq!(
        story.named(Code::MtuTooSmall),
        Some((Confidence::Located, place.stops(&[Side::Sharer])))
    );
    let weaker = story.without(|one| matches!(one, Observation::SizedTrace { .. }));
    assert_eq!(weaker.said(), [(Code::MtuTooSmall, Confidence::SideOnly)]);
}

#[test]
fn sizes_of_which_nothing_is_known_to_arrive_are_no_ladder() {
    let story = shared(|one| one.tell(DESK1, sizes_sent(&[1100, 1250, 1400])));

    assert_eq!(story.said(), []);
}

#[test]
fn a_kernel_that_calls_a_datagram_too_long_knows_of_a_small_link() {
    let story = silent(|one| one.tell(DESK1, super::facts::not_sent(Side::Sharer, 90)));

    assert_eq!(
        story.verdict(Code::MtuTooSmall).map(|one| one.confidence),
        Some(Confidence::SideOnly)
    );
    assert_eq!(story.verdict(Code::NoRouteOnHost), None);
}

#[test]
fn a_flow_that_worked_and_died_was_cut() {
    let story = decisive(Code::FlowCut);
    assert_eq!(
        story.named(Code::FlowCut),
        Some((Confidence::SideOnly, between().stops(&[Side::Sharer])))
    );
    let verdict = story.verdict(Code::FlowCut).unwrap();
    assert_eq!(verdict.excluded[0].code, Code::PortsFiltered);
}

#[test]
fn a_flow_that_never_carried_anything_was_not_cut() {
    assert_eq!(shared(|one| one.tell(DESK2, stopped(0, 3000))).said(), []);
}

fn runs(runs: &[(Pace, u32, u32)]) -> Story {
    shared(|one| {
        for (pace, sent, arrived) in runs {
            one.tell(DESK1, run_sent(*pace, *sent))
                .tell(DESK2, run_arrived(*pace, *arrived));
        }
        one
    })
}

fn sizes_sent(sizes: &[u16]) -> Observation {
    Observation::SizesSent {
        destination: address(Side::Viewer),
        sizes: sizes.to_vec(),
    }
}

fn sizes_arrived(sizes: &[u16]) -> Observation {
    Observation::SizesArrived {
        source: address(Side::Sharer),
        sizes: sizes.to_vec(),
    }
}

fn sized_trace(routers: &[[u8; 4]]) -> Observation {
    let hops = (1..).zip(routers).map(|(ttl, address)| Hop {
        ttl,
        address: (*address).into(),
    });
    Observation::SizedTrace {
        destination: address(Side::Viewer),
        size: 1228,
        highest: 8,
        hops: hops.collect(),
    }
}

/// Something between the two PCs.
fn between() -> Culprit {
    Culprit::new(
        CulpritKind::EdgeBetween,
        vec![address(Side::Sharer).ip(), address(Side::Viewer).ip()],
    )
}

#[test]
fn too_big_is_not_said_by_any_other_error() {
    let story = shared(|one| one.refusal(Side::Sharer, [172, 16, 1, 1], IcmpKind::Prohibited, 2));

    assert_eq!(story.said(), []);
}

#[test]
fn a_flow_that_died_both_ways_is_cut_between_the_last_routers_that_still_answer() {
    let mut story = shared(|one| {
        one.tell(DESK1, stopped_for(Side::Sharer, 9000, 1500))
            .tell(DESK2, stopped_for(Side::Viewer, 9000, 1500))
            .tell(DESK1, trace(address(Side::Viewer), &[ROUTER_A, CORE_A]))
    });
    assert_eq!(story.said(), [(Code::FlowCut, Confidence::SideOnly)]);

    story.tell(DESK2, trace(address(Side::Sharer), &[ROUTER_B]));
    let (confidence, culprit) = story.named(Code::FlowCut).unwrap();
    assert_eq!(confidence, Confidence::Located);
    assert_eq!(culprit.addresses, [CORE_A, ROUTER_B].map(IpAddr::from));
    assert_eq!(culprit.direction, Some(Direction::Both));
}

#[test]
fn a_flow_on_which_runs_arrive_since_was_not_cut() {
    let mut story = shared(|one| one.tell(DESK2, stopped(9000, 1500)));
    story.tell(DESK1, run_sent(Pace::Slow, 18));
    assert_eq!(story.said(), [(Code::FlowCut, Confidence::SideOnly)]);

    story.tell(DESK2, run_arrived(Pace::Slow, 9));
    let codes: Vec<Code> = story.said().into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, [Code::PathLossy]);
}

#[test]
fn sizes_that_a_limiter_took_are_no_small_link() {
    let sized = || {
        shared(|one| {
            one.tell(DESK1, sizes_sent(&[576, 1000, 1228, 1400, 1500]))
                .tell(DESK2, sizes_arrived(&[576, 1000]))
        })
    };
    assert!(sized().verdict(Code::MtuTooSmall).is_some());

    let mut limited = sized();
    limited
        .tell(DESK1, run_sent(Pace::Burst, 28))
        .tell(DESK2, run_arrived(Pace::Burst, 9));
    assert_eq!(limited.verdict(Code::MtuTooSmall), None);
    let mut whole = sized();
    whole
        .tell(DESK1, run_sent(Pace::Burst, 28))
        .tell(DESK2, run_arrived(Pace::Burst, 28));
    assert!(whole.verdict(Code::MtuTooSmall).is_some());
}

#[test]
fn four_runs_that_lose_a_little_each_are_lossy_together() {
    let all = |slow: [u32; 2], burst: [u32; 2]| {
        let mut story = shared(|one| one);
        for (side, (slow, burst)) in [DESK1, DESK2].into_iter().zip(slow.into_iter().zip(burst)) {
            let far = match side.side() {
                Some(Side::Sharer) => DESK2,
                _ => DESK1,
            };
            story
                .tell(side, run_sent(Pace::Slow, 18))
                .tell(far, run_arrived(Pace::Slow, slow))
                .tell(side, run_sent(Pace::Burst, 28))
                .tell(far, run_arrived(Pace::Burst, burst));
        }
        story.verdict(Code::PathLossy).map(|one| one.confidence)
    };

    assert_eq!(all([15, 16], [21, 17]), Some(Confidence::Located));
    assert_eq!(all([17, 18], [25, 26]), None, "one in twenty");
    assert_eq!(all([18, 18], [12, 12]), None, "a limiter");
}

#[test]
fn checks_that_mostly_die_both_ways_are_a_lossy_segment_while_the_relay_is_used() {
    let told = |sent: u32, arrived: [u32; 2]| {
        let mut story = Story::default();
        story.candidates();
        for (side, received) in [Side::Sharer, Side::Viewer].into_iter().zip(arrived) {
            story.tell(side.into(), checks_for(side, sent, received, 2500));
        }
        story
    };
    let codes = |story: &Story| {
        story
            .said()
            .into_iter()
            .map(|(code, _)| code)
            .collect::<Vec<_>>()
    };

    let mut lossy = told(5, [1, 2]);
    assert_eq!(
        codes(&lossy),
        [Code::Undetermined],
        "no path was chosen yet"
    );
    lossy.tell(DESK1, chosen_by_relay());
    assert_eq!(lossy.said(), [(Code::PathLossy, Confidence::Leading)]);
    assert_eq!(lossy.rivals(Code::PathLossy), [Code::PathPoliced]);

    let mut light = told(5, [4, 4]);
    light.tell(DESK1, chosen_by_relay());
    assert_eq!(light.verdict(Code::PathLossy), None);
    let mut one_way = told(5, [0, 2]);
    one_way.tell(DESK1, chosen_by_relay());
    assert_eq!(one_way.verdict(Code::PathLossy), None);
}

#[test]
fn a_direction_whose_run_was_not_counted_is_lossy_where_its_checks_are_lost() {
    let with_checks = |received: u32| {
        let mut story = runs(&[(Pace::Slow, 20, 10), (Pace::Burst, 20, 10)]);
        story.candidates();
        story.tell(DESK1, checks_for(Side::Sharer, 6, received, 2500));
        story.tell(DESK2, checks_for(Side::Viewer, 6, 3, 2500));
        let (_, culprit) = story.named(Code::PathLossy).unwrap();
        culprit.direction
    };

    assert_eq!(with_checks(5), Some(Direction::SharerToViewer));
    assert_eq!(with_checks(4), Some(Direction::Both));
}

pub(super) fn checks_for(side: Side, sent: u32, received: u32, waited_ms: u64) -> Observation {
    Observation::Checks {
        pair: pair(side),
        sent,
        answered: 0,
        received,
        refused: 0,
        waited_ms,
    }
}

fn chosen_by_relay() -> Observation {
    Observation::PathChosen {
        pair: Pair {
            via: Via::Relay(Transport::Udp),
            ..pair(Side::Sharer)
        },
    }
}
