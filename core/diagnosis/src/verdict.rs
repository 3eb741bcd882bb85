//! Decides what a verdict is: a cause with its culprit, confidence, words and
//! the facts that it rests on. Its JSON form is public and stable.
//!
//! A [`Verdict`] holds a [`Proof`], and a proof cannot be empty.

mod code;
mod culprit;
mod proof;

use serde::{Deserialize, Serialize};

pub use code::{Code, Layer};
pub use culprit::{Culprit, CulpritKind, CulpritSide, Direction};
pub use proof::{Evidence, Proof, ProofError};

/// Why a path failed, as far as the facts tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The fault.
    pub code: Code,
    /// The layer to which the fault belongs.
    pub layer: Layer,
    /// How sure.
    pub confidence: Confidence,
    /// Who or what; `None` only when the cause is undetermined.
    pub culprit: Option<Culprit>,
    /// For the person in front of the screen.
    pub user: String,
    /// For the administrator.
    pub admin: String,
    /// What to change, the way back included.
    pub remedy: String,
    /// The facts that it rests on; for an undetermined cause, what was looked at.
    pub evidence: Proof,
    /// What it is not, and why.
    pub excluded: Vec<Excluded>,
    /// What it may be as well, and the one test that would decide.
    pub cannot_tell_apart: Vec<Rival>,
    /// Codes of further independent causes.
    pub also: Vec<Code>,
    /// When the first fact of the proof was there, from the first check.
    pub first_evidence_ms: Option<u64>,
    /// When this was said, from the first check; `None` for a trace.
    pub verdict_ms: Option<u64>,
}

/// How sure a verdict is. Ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Nothing explains what was seen.
    Unknown,
    /// Several explanations are left, this one needs the fewest assumptions.
    Leading,
    /// The side or the direction is known, no more.
    SideOnly,
    /// The only explanation left.
    Located,
    /// A fact from the culprit or about it.
    Proven,
}

impl Confidence {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Leading => "leading",
            Self::SideOnly => "side-only",
            Self::Located => "located",
            Self::Proven => "proven",
        }
    }
}

/// A fault that it is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The fault.
    pub code: Code,
    /// Why not.
    pub because: String,
}

/// A fault that the facts do not tell apart from the one named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    /// The fault.
    pub code: Code,
    /// The one test that would decide.
    pub test: String,
}

impl Excluded {
    pub(crate) fn new(code: Code, because: impl Into<String>) -> Self {
        Self {
            code,
            because: because.into(),
        }
    }
}

impl Rival {
    pub(crate) fn new(code: Code, test: impl Into<String>) -> Self {
        Self {
            code,
            test: test.into(),
        }
    }
}
