//! `offer-not-acceptable`: the session description was refused.
//!
//! Evidence: the other end's refusal (RFC 3261, sections 21.4.26 and 21.6.4), as
//! the end tells that asked; and what was offered, where the front end saw it. It
//! is located, not proven: the word comes from one end and is about the other.
//! Excluded by: nothing; a refused invitation has no path to judge.
//! Remedy: a codec that both have, or the same encryption policy.

use super::answered::refused;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Observation, Side, SignallingRequest};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = refused(scene, &[SignallingRequest::Invite], &[488, 606])?;
    let far = scene.names.computer(found.side.other());
    let said = described(scene, found.side);
    let codecs = said.as_ref().map_or_else(
        || "what was offered".to_owned(),
        |(_, codecs)| super::listed(codecs),
    );
    let words = Words {
        user: format!("{far} cannot show what was offered. A newer program on it can help."),
        admin: format!(
            "{far} refused the description: {} {}; offered was {codecs}.",
            found.status, found.reason
        ),
        remedy: "align codecs and encryption policy of both ends; upgrade the older one".to_owned(),
    };
    let mut lines: Vec<Evidence> = found.proof(scene, "the invitation").into();
    lines.extend(said.map(|(fact, _)| Evidence::of(fact, format!("offered was {codecs}"))));
    let mut lines = lines.into_iter();
    Some(Verdict::new(
        Code::OfferNotAcceptable,
        Confidence::Located,
        Culprit::new(CulpritKind::Host, Vec::new()).on(&[found.side.other()]),
        words,
        Proof::new(lines.next()?, lines.collect()),
    ))
}

fn described<'a>(scene: &Scene<'a>, of: Side) -> Option<(&'a Fact, Vec<String>)> {
    scene.facts().find_map(|fact| {
        let Observation::Described { side, codecs, .. } = &fact.observation else {
            return None;
        };
        (*side == of && !codecs.is_empty()).then(|| (fact, codecs.clone()))
    })
}
