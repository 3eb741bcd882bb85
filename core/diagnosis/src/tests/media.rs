//! Pictures and their capture, by example.

use super::catalogue::decisive;
use super::facts::{DESK1, DESK2, FRONT_END, capture, pictures};
use super::story::{address, asked, shared, silent};
use crate::{Code, Confidence, Culprit, CulpritKind, Layer};
use hopsight_evidence::{CaptureState, Side, SignallingRequest};

#[test]
fn a_share_that_the_person_or_the_system_ended_is_no_fault() {
    let story = shared(|one| one.tell(DESK1, capture(CaptureState::Ended)));

    assert_eq!(story.said(), []);
}

#[test]
fn pictures_that_arrive_and_are_never_shown_are_the_viewers_decoder() {
    assert_eq!(
        decisive(Code::FramesNotDecoded).named(Code::FramesNotDecoded),
        Some((Confidence::Proven, of(CulpritKind::Host, Side::Viewer)))
    );
}

#[test]
fn one_picture_that_was_shown_or_too_few_that_came_are_no_fault() {
    for shown in [pictures(0, 40, 1, false), pictures(0, 4, 0, false)] {
        assert_eq!(shared(|one| one.tell(DESK2, shown.clone())).said(), []);
    }
    let sharer = shared(|one| one.tell(DESK1, pictures(0, 40, 0, false)));
    assert_eq!(sharer.said(), [], "the sharer shows nothing");
}

#[test]
fn a_description_that_the_peer_refuses_is_located_by_the_end_that_offered() {
    let culprit = Culprit::new(CulpritKind::Host, Vec::new()).on(&[Side::Viewer]);
    let story = decisive(Code::OfferNotAcceptable);
    assert_eq!(
        story.named(Code::OfferNotAcceptable),
        Some((Confidence::Located, culprit))
    );
    let verdict = story.verdict(Code::OfferNotAcceptable).unwrap();
    assert_eq!(verdict.evidence.lines().count(), 2);
    assert_eq!(verdict.layer, Layer::Media);
}

#[test]
fn what_was_offered_is_not_needed_to_know_that_it_was_refused() {
    let story = asked(SignallingRequest::Invite, 606, "Not Acceptable");

    let verdict = story.verdict(Code::OfferNotAcceptable).unwrap();
    assert_eq!(verdict.evidence.lines().count(), 1);
}

#[test]
fn a_refused_capture_is_a_matter_of_permission() {
    assert_eq!(
        decisive(Code::CaptureDenied).named(Code::CaptureDenied),
        Some((Confidence::Proven, of(CulpritKind::Policy, Side::Sharer)))
    );
}

#[test]
fn a_machine_without_a_screen_has_nothing_to_capture() {
    assert_eq!(
        decisive(Code::CaptureNoSource).named(Code::CaptureNoSource),
        Some((Confidence::Proven, of(CulpritKind::Host, Side::Sharer)))
    );
}

#[test]
fn pictures_of_one_colour_are_located_at_the_sharer() {
    assert_eq!(
        decisive(Code::CaptureBlack).named(Code::CaptureBlack),
        Some((Confidence::Located, of(CulpritKind::Host, Side::Sharer)))
    );
}

#[test]
fn a_capture_that_runs_with_colours_is_no_fault() {
    let runs = shared(|one| {
        one.tell(DESK1, capture(CaptureState::Running))
            .tell(DESK1, pictures(20, 0, 0, false))
    });
    assert_eq!(runs.said(), []);

    let begun = shared(|one| one.tell(DESK1, pictures(3, 0, 0, true)));
    assert_eq!(begun.said(), []);
}

#[test]
fn nobody_tells_of_the_others_screen() {
    let story = shared(|one| {
        one.tell(DESK2, capture(CaptureState::Denied))
            .tell(FRONT_END, capture(CaptureState::Denied))
            .tell(DESK2, pictures(20, 0, 0, true))
    });

    assert_eq!(story.said(), []);
}

#[test]
fn a_black_picture_never_becomes_a_verdict_about_the_network() {
    for code in [
        Code::CaptureBlack,
        Code::CaptureDenied,
        Code::CaptureNoSource,
        Code::FramesNotDecoded,
    ] {
        let story = decisive(code);
        assert_eq!(story.verdicts().len(), 1, "{code}");
        assert_eq!(story.verdicts()[0].code, code);
    }
}

#[test]
fn a_path_and_a_screen_that_both_fail_are_both_told_the_path_first() {
    let mut story = silent(|one| one.tell(DESK1, capture(CaptureState::NoSource)));
    story.tell(DESK1, super::facts::not_sent(Side::Sharer, 101));

    assert_eq!(
        story.said(),
        [
            (Code::NoRouteOnHost, Confidence::Proven),
            (Code::CaptureNoSource, Confidence::Proven)
        ]
    );
}

fn of(kind: CulpritKind, side: Side) -> Culprit {
    Culprit::new(kind, vec![address(side).ip()]).on(&[side])
}
