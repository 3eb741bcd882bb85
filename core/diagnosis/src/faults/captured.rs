//! What became of the sharer's screen, before any fault reads it.

use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{CaptureState, Fact, Observation, Side};

/// The sharer's word that its capture is in this state, and in which words.
pub(super) fn state<'a>(scene: &Scene<'a>, wanted: CaptureState) -> Option<(&'a Fact, &'a str)> {
    scene.seen_by(Side::Sharer).find_map(|fact| {
        let Observation::Capture { state, text } = &fact.observation else {
            return None;
        };
        (*state == wanted).then_some((fact, text.as_str()))
    })
}

/// A verdict about the sharer's own screen, by its own word.
pub(super) fn verdict(
    scene: &Scene<'_>,
    code: Code,
    kind: CulpritKind,
    words: Words,
    (fact, says): (&Fact, String),
) -> Verdict {
    let addresses = scene.address_of(Side::Sharer).into_iter().collect();
    let culprit = Culprit::new(kind, addresses).on(&[Side::Sharer]);
    let proof = Proof::new(Evidence::of(fact, says), Vec::new());
    Verdict::new(code, Confidence::Proven, culprit, words, proof)
        .not(Code::NoRoute, "no picture was there to be sent")
}
