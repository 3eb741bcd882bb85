//! `dtls-fingerprint-mismatch`: the certificate in the DTLS handshake is not the
//! one that the session description promised (RFC 8122, section 5).
//!
//! Proof: the fingerprint that one end was shown, and the one that the front
//! end forwarded for the other end; the handshake failed.
//! Excluded by: equal fingerprints; a handshake that completed.
//! Remedy: find what rewrote the description or the media.

use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{DtlsStep, Fact, Observation, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    super::SIDES
        .into_iter()
        .find_map(|side| mismatch(scene, side))
}

fn mismatch(scene: &Scene<'_>, side: Side) -> Option<Verdict> {
    scene.seen_by(side).find(|fact| {
        matches!(
            fact.observation,
            Observation::Dtls {
                step: DtlsStep::Failed
            }
        )
    })?;
    let (presented, shown) = presented(scene, side)?;
    let (promised, told) = promised(scene, side.other())?;
    if plain(shown) == plain(told) {
        return None;
    }
    let far = scene.names.computer(side.other());
    let words = Words {
        user: format!(
            "The connection to {far} was not made, because somebody else answered in its place. \
             Your administrator can find out who."
        ),
        admin: format!("{far} promised the certificate {told} and {shown} was presented."),
        remedy: "find what rewrites session descriptions or media between the two PCs; \
                 restart both endpoints"
            .to_owned(),
    };
    let proof = Proof::new(
        Evidence::of(presented, format!("the handshake presented {shown}")),
        vec![Evidence::of(
            promised,
            format!("the description of {far} promised {told}"),
        )],
    );
    Some(Verdict::new(
        Code::DtlsFingerprintMismatch,
        Confidence::Proven,
        Culprit::new(CulpritKind::Service, Vec::new()).on(&[side.other()]),
        words,
        proof,
    ))
}

fn presented<'a>(scene: &Scene<'a>, side: Side) -> Option<(&'a Fact, &'a str)> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::DtlsPeer { fingerprint } = &fact.observation else {
            return None;
        };
        Some((fact, fingerprint.as_str()))
    })
}

fn promised<'a>(scene: &Scene<'a>, of: Side) -> Option<(&'a Fact, &'a str)> {
    scene.facts().find_map(|fact| {
        let Observation::Described {
            side,
            fingerprint: Some(fingerprint),
            ..
        } = &fact.observation
        else {
            return None;
        };
        (*side == of).then_some((fact, fingerprint.as_str()))
    })
}

/// Only the digits: colons and case differ between the places it is written.
fn plain(fingerprint: &str) -> String {
    let digits = fingerprint.rsplit(' ').next().unwrap_or_default();
    let digits = digits.chars().filter(char::is_ascii_hexdigit);
    digits.map(|digit| digit.to_ascii_lowercase()).collect()
}
