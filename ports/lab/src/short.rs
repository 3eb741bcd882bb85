//! The plays in which the product does not yet end as a card says: which, what
//! came instead, and why as far as one can see. A label is not bent to what
//! came; it stands here until the product keeps it.

use crate::{CardError, IcmpPolicy};
use serde::Deserialize;

const TEXT: &str = include_str!("../../../cards/short.toml");

/// A play that does not end as its card says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Short {
    /// The card.
    pub card: String,
    /// What the routers said: `normal`, `limited` or `silent`.
    pub icmp: String,
    /// Whether only a live play shows it, because it is no matter of the verdict
    /// or nobody called anybody.
    #[serde(default)]
    pub live: bool,
    /// What came instead.
    pub came: String,
    /// Why, as far as one can see.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    short: Vec<Short>,
}

impl Short {
    /// The whole list.
    pub fn all() -> Result<Vec<Self>, CardError> {
        let list: List = toml::from_str(TEXT).map_err(|error| CardError::Malformed {
            file: "cards/short.toml".to_owned(),
            problem: error.to_string(),
        })?;
        Ok(list.short)
    }

    /// Whether it is about this play.
    #[must_use]
    pub fn is_about(&self, card: &str, icmp: IcmpPolicy) -> bool {
        self.card == card && self.icmp == icmp.word()
    }
}
