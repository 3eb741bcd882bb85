//! Decides what a fact is: a small typed record, append-only, whose observer
//! was stamped by somebody who authenticated it.
//!
//! An endpoint sends [`Claim`]s; the front end makes [`Fact`]s of them. Facts
//! are stored as JSON with the session, so a newer engine can judge them again.

use crate::{Observation, Observer};
use hopsight_kit::{SessionId, Timestamp};
use serde::{Deserialize, Serialize};

/// Names a fact within its session: the order in which the front end took it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactId(pub u32);

/// What somebody says to have observed, before anybody vouches for who it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// When, by the observer's own clock.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub observation: Observation,
}

/// A claim with its observer stamped on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The name of this fact within its session.
    pub id: FactId,
    /// The session it belongs to.
    pub session: SessionId,
    /// Who observed it; taken from the authenticated flow.
    pub observer: Observer,
    /// When, by the observer's own clock.
    pub at: Timestamp,
    /// With which rights it was observed.
    pub privilege: Privilege,
    /// Seen itself, or concluded from something seen.
    pub quality: Quality,
    /// What was observed.
    #[serde(flatten)]
    pub observation: Observation,
}

/// With which rights something was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Privilege {
    /// As any program may.
    User,
    /// With raw sockets.
    Raw,
    /// As the administrator of that machine.
    Admin,
}

/// Seen itself, or concluded from something seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Seen itself.
    Direct,
    /// Concluded from something seen.
    Inferred,
}
