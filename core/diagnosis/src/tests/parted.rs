//! Ends that go away while a flow works, by example: their machine, their
//! program; and two ends behind one translator.

use super::catalogue::decisive;
use super::facts::{DESK1, DESK2, FRONT_END, end_asked, outside, stopped};
use super::story::{Story, address, pair, shared};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{CandidateKind, IcmpKind, Observation, Presence, Side};
use hopsight_kit::Timestamp;

#[test]
fn a_flow_that_dies_while_the_last_router_looks_in_vain_is_a_machine_that_is_gone() {
    let story = died(|one| {
        one.refusal(
            Side::Sharer,
            [172, 16, 2, 2],
            IcmpKind::HostUnreachable,
            6000,
        )
    });

    assert_eq!(story.said(), [(Code::PeerHostGone, Confidence::Located)]);
    assert_eq!(
        story.named(Code::PeerHostGone),
        Some((Confidence::Located, viewer()))
    );
}

#[test]
fn a_flow_that_dies_while_its_own_machine_says_that_the_port_is_closed_is_a_program_that_ended() {
    let story = died(|one| {
        one.refusal(
            Side::Sharer,
            [10, 103, 0, 50],
            IcmpKind::PortUnreachable,
            6000,
        )
    });

    assert_eq!(
        story.said(),
        [(Code::PeerSocketClosed, Confidence::Located)]
    );
    assert_eq!(
        story.named(Code::PeerSocketClosed),
        Some((Confidence::Located, viewer()))
    );
}

#[test]
fn an_end_that_tells_that_its_flow_stopped_is_not_gone() {
    for (offender, kind) in [
        ([172, 16, 2, 2], IcmpKind::HostUnreachable),
        ([10, 103, 0, 50], IcmpKind::PortUnreachable),
    ] {
        let mut story = died(|one| one.refusal(Side::Sharer, offender, kind, 6000));
        story.tell(DESK2, stopped(9000, 3000));

        assert_eq!(story.said(), [(Code::FlowCut, Confidence::SideOnly)]);
    }
}

#[test]
fn an_end_whose_connection_to_the_server_was_closed_as_well_has_most_likely_ended() {
    let story = died(|one| one.tell(FRONT_END, end_asked(Side::Viewer, Presence::Gone)));

    assert_eq!(
        story.named(Code::PeerSocketClosed),
        Some((Confidence::Leading, viewer()))
    );
    assert_eq!(story.rivals(Code::PeerSocketClosed), [Code::PeerHostGone]);
    assert_eq!(story.verdicts().len(), 1);
}

#[test]
fn an_end_that_nobody_hears_any_more_is_known_by_its_side_only() {
    let story = died(|one| one.tell(FRONT_END, end_asked(Side::Viewer, Presence::Silent)));
    let ends = [Side::Sharer, Side::Viewer].map(|side| address(side).ip());
    let somewhere = Culprit::new(CulpritKind::EdgeBetween, ends.to_vec());

    assert_eq!(
        story.named(Code::PeerHostGone),
        Some((
            Confidence::SideOnly,
            somewhere.on(&[Side::Viewer]).stops(&[Side::Sharer])
        ))
    );
    assert_eq!(story.rivals(Code::PeerHostGone), [Code::FlowCut]);
    assert_eq!(story.verdicts().len(), 1);
}

#[test]
fn an_end_that_the_server_still_hears_or_that_tells_of_the_stop_is_not_gone() {
    let answers = died(|one| one.tell(FRONT_END, end_asked(Side::Viewer, Presence::Answers)));
    let mut tells = died(|one| one.tell(FRONT_END, end_asked(Side::Viewer, Presence::Silent)));
    tells.tell(DESK2, stopped(9000, 3000));
    let claimed = died(|one| one.tell(DESK1, end_asked(Side::Viewer, Presence::Gone)));

    for story in [answers, tells, claimed] {
        assert_eq!(story.said(), [(Code::FlowCut, Confidence::SideOnly)]);
    }
}

#[test]
fn the_word_of_a_router_or_of_the_machine_says_more_than_what_the_server_hears() {
    for (offender, kind, presence, code) in [
        (
            [172, 16, 2, 2],
            IcmpKind::HostUnreachable,
            Presence::Gone,
            Code::PeerHostGone,
        ),
        (
            [10, 103, 0, 50],
            IcmpKind::PortUnreachable,
            Presence::Silent,
            Code::PeerSocketClosed,
        ),
    ] {
        let story = died(|one| {
            one.refusal(Side::Sharer, offender, kind, 6000)
                .tell(FRONT_END, end_asked(Side::Viewer, presence))
        });

        assert_eq!(story.said(), [(code, Confidence::Located)]);
    }
}

#[test]
fn an_error_from_before_the_last_packet_says_nothing_about_the_end_of_a_flow() {
    let mut story = died(|one| {
        one.refusal(
            Side::Sharer,
            [10, 103, 0, 50],
            IcmpKind::PortUnreachable,
            10,
        )
    });
    for fact in &mut story.facts {
        let is_stop = matches!(fact.observation, Observation::FlowStopped { .. });
        fact.at = Timestamp::from_unix_seconds(if is_stop { 1009 } else { 1000 });
    }

    assert_eq!(story.said(), [(Code::FlowCut, Confidence::SideOnly)]);
}

#[test]
fn host_unreachable_at_once_is_no_neighbour_that_was_waited_for() {
    let mut story = died(|one| {
        one.refusal(
            Side::Sharer,
            [172, 16, 2, 2],
            IcmpKind::HostUnreachable,
            3500,
        )
    });
    for fact in &mut story.facts {
        let is_stop = matches!(fact.observation, Observation::FlowStopped { .. });
        fact.at = Timestamp::from_unix_seconds(if is_stop { 1003 } else { 1000 });
    }

    assert_eq!(story.said(), [(Code::FlowCut, Confidence::SideOnly)]);
}

#[test]
fn a_translator_that_refuses_its_own_outside_address_from_inside_does_not_reflect() {
    let common = outside(Side::Sharer);
    let mut story = decisive(Code::HairpinMissing);
    story.refusal_about(
        Side::Sharer,
        common,
        common.ip(),
        IcmpKind::PortUnreachable,
        1,
    );

    assert_eq!(
        story
            .verdict(Code::HairpinMissing)
            .map(|one| one.confidence),
        Some(Confidence::Located)
    );
}

#[test]
fn a_router_outside_of_the_house_has_no_say_about_addresses_inside() {
    let common = outside(Side::Sharer);
    let mut story = decisive(Code::HairpinMissing)
        .without(|one| matches!(one, Observation::SignedInFrom { .. }));
    for side in [Side::Sharer, Side::Viewer] {
        let from = Observation::SignedInFrom {
            side,
            address: common,
        };
        story
            .tell(FRONT_END, from)
            .candidate(side, true, CandidateKind::Host, address(side));
    }
    let mut outer = story.clone();
    outer.refusal(
        Side::Sharer,
        [198, 51, 100, 1],
        IcmpKind::NetworkUnreachable,
        1,
    );
    assert_eq!(outer.verdict(Code::NoRoute), None);

    story.refusal(Side::Sharer, [10, 1, 0, 1], IcmpKind::NetworkUnreachable, 1);
    assert!(story.verdict(Code::NoRoute).is_some());
}

/// A direct flow of which the sharer tells that it died.
fn died(more: impl FnOnce(&mut Story) -> &mut Story) -> Story {
    shared(|one| {
        let stop = Observation::FlowStopped {
            pair: pair(Side::Sharer),
            lived_ms: 9000,
            silent_ms: 3000,
        };
        one.candidate(
            Side::Viewer,
            true,
            CandidateKind::Host,
            address(Side::Viewer),
        );
        more(one.tell(DESK1, stop))
    })
}

fn viewer() -> Culprit {
    Culprit::new(CulpritKind::Host, vec![address(Side::Viewer).ip()])
        .on(&[Side::Viewer])
        .stops(&[Side::Sharer])
}
