//! Decides what a verdict is: a cause with its culprit, confidence, words and
//! the facts that it rests on. Its JSON form is public and stable.
//!
//! A [`Verdict`] holds a [`Proof`], and a proof cannot be empty.

mod code;
mod culprit;
mod proof;

use crate::SeenHop;
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
    /// The routers between the two ends, from the sharer to the viewer, as far as
    /// probes named them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hops: Vec<SeenHop>,
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

/// What a verdict says to people.
pub(crate) struct Words {
    /// For the person in front of the screen.
    pub(crate) user: String,
    /// For the administrator.
    pub(crate) admin: String,
    /// What to change.
    pub(crate) remedy: String,
}

impl Verdict {
    /// A verdict that excludes nothing and has no rival yet.
    pub(crate) fn new(
        code: Code,
        confidence: Confidence,
        culprit: Culprit,
        words: Words,
        evidence: Proof,
    ) -> Self {
        Self {
            code,
            layer: code.layer(),
            confidence,
            culprit: Some(culprit),
            user: words.user,
            admin: words.admin,
            remedy: words.remedy,
            evidence,
            excluded: Vec::new(),
            cannot_tell_apart: Vec::new(),
            also: Vec::new(),
            first_evidence_ms: None,
            verdict_ms: None,
            hops: Vec::new(),
        }
    }

    /// It is not this.
    pub(crate) fn not(mut self, code: Code, because: impl Into<String>) -> Self {
        self.excluded.push(Excluded::new(code, because));
        self
    }

    /// It may be this as well.
    pub(crate) fn or(mut self, code: Code, test: impl Into<String>) -> Self {
        self.cannot_tell_apart.push(Rival::new(code, test));
        self
    }

    /// It is none of these.
    pub(crate) fn excluding(mut self, others: impl IntoIterator<Item = Excluded>) -> Self {
        self.excluded.extend(others);
        self
    }

    /// It may be any of these as well.
    pub(crate) fn rivalled_by(mut self, others: impl IntoIterator<Item = Rival>) -> Self {
        self.cannot_tell_apart.extend(others);
        self
    }

    /// The first fact of its proof was there so long after the first check.
    pub(crate) const fn first_seen(mut self, after_ms: Option<u64>) -> Self {
        self.first_evidence_ms = after_ms;
        self
    }
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
