//! Decides what the front end keeps of one session: who, when, how, and how it
//! ended.
//!
//! The kind of verdict is left open (`V`), because what a verdict says is
//! decided above this crate. Happenings that come twice or late change
//! nothing that is already known.

use crate::endpoint::PathUsed;
use hopsight_evidence::Side;
use hopsight_kit::{SessionId, Timestamp};
use serde::{Deserialize, Serialize};

/// The front end's view of one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record<V> {
    /// Its name.
    pub id: SessionId,
    /// When the invitation came.
    pub invited_at: Timestamp,
    /// Who takes part: the inviting party first.
    pub parties: Vec<Party>,
    /// When both ends agreed.
    pub answered_at: Option<Timestamp>,
    /// When the first picture was seen.
    pub first_frame_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// The way that the picture took last.
    pub path: Option<PathUsed>,
    /// Where it stands, or how it ended.
    pub outcome: Outcome,
    /// What diagnosis says, the main verdict first.
    pub verdicts: Vec<V>,
}

/// Somebody who takes part in a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Which end.
    pub side: Side,
    /// The SIP address of record.
    pub uri: String,
    /// The name to show.
    pub display_name: String,
}

/// Where a session stands, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Nobody has answered yet.
    Inviting,
    /// The invitation was refused.
    Refused {
        /// SIP status.
        status: u16,
    },
    /// Both ends agreed and nobody has ended it.
    Running,
    /// It ran and ended.
    Ended {
        /// The words of whoever ended it.
        reason: String,
    },
}

/// Something that happened to the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening<V> {
    /// The other party agreed.
    Answered(Party),
    /// The invitation was refused.
    Refused {
        /// SIP status.
        status: u16,
    },
    /// The picture takes this way now.
    Path(PathUsed),
    /// The first picture was seen.
    FirstFrame,
    /// Diagnosis spoke; this replaces what it said before.
    Verdicts(Vec<V>),
    /// Somebody ended it.
    Ended {
        /// The words of whoever ended it.
        reason: String,
    },
}

impl<V> Record<V> {
    /// A session to which `inviting` has just invited somebody.
    #[must_use]
    pub fn begin(id: SessionId, inviting: Party, now: Timestamp) -> Self {
        Self {
            id,
            invited_at: now,
            parties: vec![inviting],
            answered_at: None,
            first_frame_at: None,
            ended_at: None,
            path: None,
            outcome: Outcome::Inviting,
            verdicts: Vec::new(),
        }
    }

    /// Takes in what happened at `now`.
    pub fn happened(&mut self, happening: Happening<V>, now: Timestamp) {
        match happening {
            Happening::Answered(party) => self.answered(party, now),
            Happening::Refused { status } => {
                if self.outcome == Outcome::Inviting {
                    self.outcome = Outcome::Refused { status };
                    self.ended_at = Some(now);
                }
            }
            Happening::Path(path) => self.path = Some(path),
            Happening::FirstFrame => {
                self.first_frame_at.get_or_insert(now);
            }
            Happening::Verdicts(verdicts) => self.verdicts = verdicts,
            Happening::Ended { reason } => {
                if !self.is_over() {
                    self.outcome = Outcome::Ended { reason };
                    self.ended_at = Some(now);
                }
            }
        }
    }

    /// Whether nothing more will come of it.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        match self.outcome {
            Outcome::Inviting | Outcome::Running => false,
            Outcome::Refused { .. } | Outcome::Ended { .. } => true,
        }
    }

    /// The party at `side`, once known.
    #[must_use]
    pub fn party(&self, side: Side) -> Option<&Party> {
        self.parties.iter().find(|party| party.side == side)
    }

    /// Whether `uri` takes part; only then may its owner see this record.
    #[must_use]
    pub fn includes(&self, uri: &str) -> bool {
        self.parties.iter().any(|party| party.uri == uri)
    }

    fn answered(&mut self, party: Party, now: Timestamp) {
        if self.outcome != Outcome::Inviting {
            return;
        }
        self.parties.push(party);
        self.answered_at = Some(now);
        self.outcome = Outcome::Running;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::PathKind;
    use hopsight_evidence::Transport;
    use hopsight_kit::SeededRandom;

    #[test]
    fn a_session_is_recorded_from_invitation_to_end_and_survives_json() {
        let mut record = begun();
        record.happened(Happening::Answered(party(Side::Viewer, "desk2")), at(2));
        record.happened(Happening::Path(relay()), at(3));
        record.happened(Happening::FirstFrame, at(4));
        let reason = "stopped".to_owned();
        record.happened(Happening::Ended { reason }, at(9));

        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(
            serde_json::from_str::<Record<String>>(&text).unwrap(),
            record
        );
        assert!(record.is_over());
        assert_eq!(
            (record.answered_at, record.first_frame_at, record.ended_at),
            (Some(at(2)), Some(at(4)), Some(at(9)))
        );
        assert!(record.includes("sip:desk2@example.org"));
    }

    #[test]
    fn an_answer_after_a_refusal_changes_nothing() {
        let mut record = begun();
        record.happened(Happening::Refused { status: 603 }, at(2));
        let refused = record.clone();
        record.happened(Happening::Answered(party(Side::Viewer, "desk2")), at(3));

        assert_eq!(record, refused);
    }

    fn begun() -> Record<String> {
        let id = SessionId::draw(at(1), &mut SeededRandom::new(1));
        Record::begin(id, party(Side::Sharer, "desk1"), at(1))
    }

    fn party(side: Side, name: &str) -> Party {
        Party {
            side,
            uri: format!("sip:{name}@example.org"),
            display_name: name.to_owned(),
        }
    }

    fn relay() -> PathUsed {
        PathUsed {
            kind: PathKind::Relay,
            transport: Transport::Udp,
        }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }
}
