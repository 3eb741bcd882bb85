//! Signing in and calling, certificates and clocks.

use crate::tests::facts::{
    DESK1, DESK2, FRONT_END, LEAF, WAY_A, ahead, answered, certificate, certificate_shown,
    connection, presented, promised, server, trace,
};
use crate::tests::story::{Story, asked, inside, shared, silent};
use hopsight_evidence::{
    CertificateProblem, DtlsStep, Observation, Side, SignallingRequest, TcpOutcome, TurnMethod,
};

pub(super) fn certificate_invalid() -> Story {
    inside(|one| {
        one.tell(FRONT_END, certificate_shown(LEAF))
            .tell(DESK1, certificate(LEAF, Some(CertificateProblem::Expired)))
            .tell(DESK2, certificate(LEAF, Some(CertificateProblem::Expired)))
    })
}

pub(super) fn tls_intercepted() -> Story {
    inside(|one| {
        one.tell(FRONT_END, certificate_shown(LEAF)).tell(
            DESK1,
            certificate("bb22", Some(CertificateProblem::Untrusted)),
        )
    })
}

pub(super) fn middlebox_reset() -> Story {
    inside(|one| {
        one.tell(DESK1, connection(2, TcpOutcome::Refused, Some(3)))
            .tell(DESK1, trace(server(), &WAY_A))
    })
}

pub(super) fn clock_skew() -> Story {
    silent(|one| {
        one.tell(FRONT_END, ahead(Side::Sharer, 200))
            .tell(FRONT_END, ahead(Side::Viewer, 3_600_000))
            .tell(DESK2, answered(TurnMethod::Allocate, 401))
    })
}

pub(super) fn offer_not_acceptable() -> Story {
    let mut story = asked(SignallingRequest::Invite, 488, "Not Acceptable Here");
    let observation = Observation::Described {
        side: Side::Sharer,
        candidates: Vec::new(),
        hidden: 0,
        codecs: vec!["H264".to_owned()],
        fingerprint: None,
    };
    story.tell(FRONT_END, observation);
    story
}

pub(super) fn dtls_fingerprint_mismatch() -> Story {
    shared(|one| {
        one.tell(
            DESK1,
            Observation::Dtls {
                step: DtlsStep::Failed,
            },
        )
        .tell(DESK1, presented("AB:CD:01"))
        .tell(FRONT_END, promised("sha-256 12:34:56"))
    })
}
