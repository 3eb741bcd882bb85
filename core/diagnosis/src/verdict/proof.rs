//! Decides that a verdict rests on something: a proof has at least one line,
//! and a line is made from a fact.

use hopsight_evidence::{Fact, FactId};
use serde::{Deserialize, Serialize};

/// The facts that a verdict rests on. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Evidence>", into = "Vec<Evidence>")]
pub struct Proof {
    first: Evidence,
    rest: Vec<Evidence>,
}

/// A proof without a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a verdict rests on at least one fact")]
pub struct ProofError;

/// One fact and what it says to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    #[serde(with = "fact_name")]
    fact: FactId,
    says: String,
}

impl Proof {
    /// A proof of one line or more.
    #[must_use]
    pub const fn new(first: Evidence, rest: Vec<Evidence>) -> Self {
        Self { first, rest }
    }

    /// Its lines, the most telling first.
    pub fn lines(&self) -> impl Iterator<Item = &Evidence> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl Evidence {
    /// The reading `says` of `fact`.
    #[must_use]
    pub fn of(fact: &Fact, says: impl Into<String>) -> Self {
        Self {
            fact: fact.id,
            says: says.into(),
        }
    }

    /// Which fact.
    #[must_use]
    pub const fn fact(&self) -> FactId {
        self.fact
    }

    /// What it says, without a full stop.
    #[must_use]
    pub fn says(&self) -> &str {
        &self.says
    }
}

impl TryFrom<Vec<Evidence>> for Proof {
    type Error = ProofError;

    fn try_from(lines: Vec<Evidence>) -> Result<Self, ProofError> {
        let mut lines = lines.into_iter();
        let first = lines.next().ok_or(ProofError)?;
        Ok(Self::new(first, lines.collect()))
    }
}

impl From<Proof> for Vec<Evidence> {
    fn from(proof: Proof) -> Self {
        std::iter::once(proof.first).chain(proof.rest).collect()
    }
}

/// A fact is called `f` and its number.
mod fact_name {
    use hopsight_evidence::FactId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature is serde's"
    )]
    pub(super) fn serialize<S: Serializer>(id: &FactId, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("f{}", id.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<FactId, D::Error> {
        let text = String::deserialize(from)?;
        let number = text
            .strip_prefix('f')
            .and_then(|number| number.parse().ok());
        number
            .map(FactId)
            .ok_or_else(|| D::Error::custom("a fact is called f and its number"))
    }
}
