//! TLS and DTLS, by example.

use super::catalogue::decisive;
use super::facts::{
    DESK1, DESK2, FRONT_END, LEAF, ahead, certificate, certificate_shown, connection, presented,
    promised, server, trace,
};
use super::story::{address, inside, shared};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{CertificateProblem, DtlsStep, Observation, Side, TcpOutcome};

#[test]
fn another_certificate_than_the_server_shows_is_somebody_in_its_place() {
    let culprit = Culprit::new(
        CulpritKind::EdgeBetween,
        vec![address(Side::Sharer).ip(), server().ip()],
    );
    assert_eq!(
        decisive(Code::TlsIntercepted).named(Code::TlsIntercepted),
        Some((Confidence::Proven, culprit.on(&[Side::Sharer])))
    );
}

#[test]
fn another_certificate_tells_even_when_that_pc_trusts_it() {
    let story = inside(|one| {
        one.tell(FRONT_END, certificate_shown(LEAF))
            .tell(DESK1, certificate("bb22", None))
    });

    assert_eq!(story.said(), [(Code::TlsIntercepted, Confidence::Proven)]);
}

#[test]
fn without_the_servers_word_a_stranger_only_leads() {
    let story = decisive(Code::TlsIntercepted)
        .without(|one| matches!(one, Observation::CertificateShown { .. }));

    assert_eq!(story.said(), [(Code::TlsIntercepted, Confidence::Leading)]);
    assert_eq!(
        story.rivals(Code::TlsIntercepted),
        [Code::CertificateInvalid]
    );
}

#[test]
fn the_servers_own_certificate_is_nobodys_interception() {
    let story = inside(|one| {
        one.tell(FRONT_END, certificate_shown(LEAF))
            .tell(DESK1, certificate(LEAF, None))
    });

    assert_eq!(story.said(), []);
}

#[test]
fn what_both_ends_find_wrong_with_the_servers_own_certificate_proves_it() {
    let culprit = Culprit::new(CulpritKind::Service, vec![server().ip()]);
    assert_eq!(
        decisive(Code::CertificateInvalid).named(Code::CertificateInvalid),
        Some((Confidence::Proven, culprit))
    );
}

#[test]
fn one_ends_word_about_a_certificate_locates_it() {
    let story = inside(|one| {
        one.tell(FRONT_END, certificate_shown(LEAF)).tell(
            DESK1,
            certificate(LEAF, Some(CertificateProblem::Untrusted)),
        )
    });

    assert_eq!(
        story.said(),
        [(Code::CertificateInvalid, Confidence::Located)]
    );
}

#[test]
fn a_date_that_one_pc_alone_finds_wrong_may_be_its_clock() {
    let story = inside(|one| {
        one.tell(
            DESK1,
            certificate(LEAF, Some(CertificateProblem::NotYetValid)),
        )
    });

    assert_eq!(
        story.said(),
        [(Code::CertificateInvalid, Confidence::Leading)]
    );
    assert_eq!(
        story.rivals(Code::CertificateInvalid),
        [Code::TlsIntercepted, Code::ClockSkew]
    );
}

#[test]
fn a_clock_that_is_far_off_explains_an_expired_certificate() {
    let mut story = inside(|one| {
        one.tell(FRONT_END, certificate_shown(LEAF))
            .tell(DESK1, certificate(LEAF, Some(CertificateProblem::Expired)))
    });
    story
        .tell(FRONT_END, ahead(Side::Sharer, 40_000_000_000))
        .tell(FRONT_END, ahead(Side::Viewer, 0));

    assert_eq!(story.said(), [(Code::ClockSkew, Confidence::Proven)]);
}

#[test]
fn a_reset_from_nearer_than_the_server_is_forged() {
    let culprit = Culprit::new(
        CulpritKind::EdgeBetween,
        vec![[172, 16, 1, 1].into(), server().ip()],
    );
    let story = decisive(Code::MiddleboxReset);
    assert_eq!(
        story.named(Code::MiddleboxReset),
        Some((Confidence::Located, culprit.on(&[Side::Sharer])))
    );
    assert_eq!(story.verdict(Code::ServerNotListening), None);
}

#[test]
fn without_the_servers_distance_the_same_reset_is_taken_for_its_own() {
    let story =
        decisive(Code::MiddleboxReset).without(|one| matches!(one, Observation::Trace { .. }));

    assert_eq!(
        story.said(),
        [(Code::ServerNotListening, Confidence::Leading)]
    );
}

#[test]
fn a_trace_to_another_machine_tells_no_distance_of_the_server() {
    let story = inside(|one| {
        one.tell(DESK1, connection(2, TcpOutcome::Refused, Some(3)))
            .tell(DESK1, trace(address(Side::Viewer), &[[10, 102, 0, 1]; 5]))
    });

    assert_eq!(story.verdict(Code::MiddleboxReset), None);
}

#[test]
fn a_handshake_with_another_certificate_than_promised_is_a_service_in_between() {
    let culprit = Culprit::new(CulpritKind::Service, Vec::new());
    assert_eq!(
        decisive(Code::DtlsFingerprintMismatch).named(Code::DtlsFingerprintMismatch),
        Some((Confidence::Proven, culprit.on(&[Side::Viewer])))
    );
}

#[test]
fn the_same_fingerprint_written_another_way_is_the_same() {
    let story = shared(|one| {
        one.tell(DESK1, dtls(DtlsStep::Failed))
            .tell(DESK1, presented("abcd01"))
            .tell(FRONT_END, promised("sha-256 AB:CD:01"))
    });

    assert_eq!(story.said(), []);
}

#[test]
fn a_handshake_that_completed_or_has_no_promise_accuses_nobody() {
    let completed = shared(|one| {
        one.tell(DESK1, dtls(DtlsStep::Connected))
            .tell(DESK1, presented("abcd01"))
            .tell(FRONT_END, promised("sha-256 12:34:56"))
    });
    assert_eq!(completed.said(), []);

    let unpromised = decisive(Code::DtlsFingerprintMismatch)
        .without(|one| matches!(one, Observation::Described { .. }));
    assert_eq!(unpromised.said(), []);
}

#[test]
fn an_end_cannot_speak_for_the_servers_certificate() {
    let story = inside(|one| {
        one.tell(DESK2, certificate_shown(LEAF))
            .tell(DESK1, certificate("bb22", None))
    });

    assert_eq!(story.said(), []);
}

const fn dtls(step: DtlsStep) -> Observation {
    Observation::Dtls { step }
}
