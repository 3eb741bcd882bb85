//! Decides what a card says must come of a session, as sets: what the physics of
//! its network leaves open, a label leaves open as well.

use serde::{Deserialize, Deserializer};
use std::net::IpAddr;

/// What must come of a session in this network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// How the picture comes: `direct`, `relay`, `any` of the two where it depends on
    /// which packets are lost, or `none` when it cannot.
    pub path: String,
    /// Whether a picture comes; when absent it does, unless there is no path.
    pub picture: Option<bool>,
    /// What carries the picture at both ends: `udp`, `tcp` or `tls`; absent when
    /// it does not matter.
    pub transport: Option<String>,
    /// Codes one of which the verdict must have, the exact one first; empty when
    /// none may be spoken.
    #[serde(default, alias = "code", deserialize_with = "one_or_several")]
    pub codes: Vec<String>,
    /// The confidence of the verdict.
    pub confidence: Option<String>,
    /// Who the verdict may name, as addresses or as names of nodes; whatever it
    /// names must be among them.
    #[serde(default)]
    pub culprits: Vec<String>,
    /// The smallest set that can be told from the facts, when that is less than
    /// `culprits`.
    #[serde(default)]
    pub exact: Vec<String>,
    /// Nodes that are at fault, when those are not the ones on which the faults
    /// were brought about.
    #[serde(default)]
    pub guilty: Vec<String>,
    /// On whose side it is: `sharer`, `viewer` or `both`.
    pub side: Option<String>,
    /// Which direction fails: `sharer-to-viewer`, `viewer-to-sharer` or `both`.
    pub direction: Option<String>,
    /// Codes of further causes that must be reported.
    #[serde(default)]
    pub also: Vec<String>,
    /// Codes that the verdict must name among what it cannot tell apart.
    #[serde(default)]
    pub rivals: Vec<String>,
}

/// What the routers say of packets that they do not forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum IcmpPolicy {
    /// They say it, as often as Linux lets them.
    #[default]
    Normal,
    /// They say it twice a second at most.
    Limited,
    /// They say nothing.
    Silent,
}

impl IcmpPolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Limited, Self::Silent];

    /// The word for it, on the command line and in results.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Limited => "limited",
            Self::Silent => "silent",
        }
    }

    /// The end of the name of a recorded case.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Limited => ".limited",
            Self::Silent => ".silent",
        }
    }
}

impl Expect {
    /// Whether a picture must come.
    #[must_use]
    pub fn has_picture(&self) -> bool {
        self.picture.unwrap_or(self.path != "none")
    }

    /// Whether a verdict may be spoken at all.
    #[must_use]
    pub fn is_verdict(&self) -> bool {
        !self.codes.is_empty()
    }

    /// The names of nodes among those that may be named.
    pub(crate) fn named_nodes(&self) -> impl Iterator<Item = &str> {
        let parties = self.culprits.iter().chain(&self.exact).chain(&self.guilty);
        parties
            .map(String::as_str)
            .filter(|party| party.parse::<IpAddr>().is_err())
    }
}

fn one_or_several<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Codes {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Codes::deserialize(from)? {
        Codes::One(code) => vec![code],
        Codes::Several(codes) => codes,
    })
}
