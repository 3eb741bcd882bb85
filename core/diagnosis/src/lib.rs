//! Facts in, verdict out: which side, which hop, which rule.
//!
//! Rules are deterministic: the same facts in any order give the same
//! verdicts, and a verdict cannot be written down without the facts that it
//! rests on. Each fault has a file of its own under `faults/` with its code,
//! the proof it needs, what excludes it, its remedy and its words. When to
//! speak is decided by [`Deliberation`]; gathering facts and wording a page is
//! left to others.

#![forbid(unsafe_code)]

mod case;
mod deliberation;
mod faults;
mod hops;
mod plan;
mod scene;
mod verdict;

pub use case::{Case, Names};
pub use deliberation::Deliberation;
pub use hops::{HopState, SeenHop};
pub use plan::{Probe, ProbePlan};
pub use verdict::{
    Code, Confidence, Culprit, CulpritKind, CulpritSide, Direction, Evidence, Excluded, Layer,
    Proof, ProofError, Rival, Verdict,
};

/// What the facts of `case` amount to: nothing when the picture runs straight
/// and well, or nothing was tried; otherwise all independent causes, the main one first
/// and the others named in its `also`.
#[must_use]
pub fn diagnose(case: &Case<'_>) -> Vec<Verdict> {
    let scene = scene::Scene::new(case);
    let mut verdicts = faults::judge(&scene);
    for verdict in &mut verdicts {
        verdict.hops = hops::of(&scene, verdict);
    }
    name_the_others(verdicts)
}

/// The main verdict names the other causes.
fn name_the_others(mut verdicts: Vec<Verdict>) -> Vec<Verdict> {
    let others: Vec<Code> = verdicts
        .iter()
        .skip(1)
        .map(|verdict| verdict.code)
        .collect();
    if let Some(main) = verdicts.first_mut() {
        main.also = others;
    }
    verdicts
}

#[cfg(test)]
mod tests;
