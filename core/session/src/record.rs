//! Decides what is kept of one session: who takes part, how far it came, how it
//! ended, and which happening fits it.
//!
//! Takes account names that the caller has verified. Where the record is kept
//! is left to the store; what a verdict says, to diagnosis.

use hopsight_evidence::Side;
use hopsight_kit::{SessionId, Timestamp};

/// So many characters of somebody's goodbye are kept.
const LONGEST_OUTCOME: usize = 200;

/// The outcome of every check.
const CHECK: &str = "check";

/// The outcome of a check that was refused, before the SIP status.
const CHECK_REFUSED: &str = "check-refused-";

/// One sharing session from its making to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Names the session.
    pub id: SessionId,
    /// When it was made.
    pub created: Timestamp,
    /// Who takes part; whoever invited comes first.
    pub parties: Vec<Party>,
    /// How far it came.
    pub state: SessionState,
    /// When it was over; absent while it is not.
    pub ended: Option<Timestamp>,
    /// How it ended: `refused-` and a SIP status, or the words of whoever
    /// ended it. A check is no share and says so from the beginning: `check`,
    /// or `check-refused-` and a status.
    pub outcome: Option<String>,
    /// What carried the picture, for example `direct/udp` or `relay/tls`.
    pub path: Option<String>,
}

/// Somebody who takes part in a sharing session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Which end.
    pub side: Side,
    /// The account.
    pub account: String,
    /// The SIP address under which they take part.
    pub uri: String,
    /// The name that the other party was shown.
    pub display_name: String,
}

/// How far a sharing session came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SessionState {
    /// An id was drawn; nobody was invited.
    Created,
    /// The invitation is out.
    Invited,
    /// The invitation was accepted.
    Answered,
    /// The invitation was refused, or nobody answered it.
    Refused,
    /// It took place and is over.
    Ended,
}

/// Why a happening does not fit a session. Trying again does not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The session names other people or other roles.
    #[error("it was made for other people")]
    OtherPeople,
    /// The session was made for a share and the invitation is for a check, or
    /// the other way round.
    #[error("it was made for another purpose")]
    OtherPurpose,
    /// An invitation went out under this id before.
    #[error("it was used already")]
    Used,
    /// Whoever acts is no party of the session.
    #[error("this person does not take part")]
    Stranger,
}

impl SessionState {
    /// The state as the word under which it is kept and served.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Invited => "invited",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    /// The state that `word` stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Created,
            Self::Invited,
            Self::Answered,
            Self::Refused,
            Self::Ended,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

impl SessionRecord {
    /// A session to which nobody was invited yet.
    #[must_use]
    pub const fn new(id: SessionId, parties: Vec<Party>, now: Timestamp) -> Self {
        Self {
            id,
            created: now,
            parties,
            state: SessionState::Created,
            ended: None,
            outcome: None,
            path: None,
        }
    }

    /// The same for a check: a path is looked at, no picture is shown, so there
    /// is nothing to consent to.
    #[must_use]
    pub fn check(id: SessionId, parties: Vec<Party>, now: Timestamp) -> Self {
        Self {
            outcome: Some(CHECK.to_owned()),
            ..Self::new(id, parties, now)
        }
    }

    /// Whether it is a check and no share.
    #[must_use]
    pub fn is_check(&self) -> bool {
        let outcome = self.outcome.as_deref().unwrap_or_default();
        outcome == CHECK || outcome.starts_with(CHECK_REFUSED)
    }

    /// `caller`, who will be at `side`, invites the address-of-record `to`.
    pub fn invited(&mut self, caller: &str, side: Side, to: &str) -> Result<(), Misfit> {
        let has_caller = |party: &Party| party.account == caller && party.side == side;
        let has_callee = |party: &Party| party.uri == to && party.side == side.other();
        if !self.parties.iter().any(has_caller) || !self.parties.iter().any(has_callee) {
            return Err(Misfit::OtherPeople);
        }
        if self.state != SessionState::Created {
            return Err(Misfit::Used);
        }
        self.state = SessionState::Invited;
        Ok(())
    }

    /// `by` accepts the invitation.
    pub fn answered(&mut self, by: &str) -> Result<(), Misfit> {
        self.with_party(by)?;
        self.state = SessionState::Answered;
        Ok(())
    }

    /// The invitation of `caller` comes to nothing with this SIP status. What
    /// was accepted or is over already stays as it is.
    pub fn refused(&mut self, caller: &str, status: u16, now: Timestamp) -> Result<(), Misfit> {
        self.with_party(caller)?;
        match self.state {
            SessionState::Created | SessionState::Invited => {
                self.state = SessionState::Refused;
                self.ended = Some(now);
                self.outcome = Some(if self.is_check() {
                    format!("{CHECK_REFUSED}{status}")
                } else {
                    format!("refused-{status}")
                });
            }
            SessionState::Answered | SessionState::Refused | SessionState::Ended => {}
        }
        Ok(())
    }

    /// `by` ends the session, or its timer does (`None`). `reason` is the value
    /// of a `Reason` header (RFC 3326); an end that comes twice changes
    /// nothing.
    pub fn ended(&mut self, by: Option<&str>, reason: &str, now: Timestamp) -> Result<(), Misfit> {
        by.map_or(Ok(()), |by| self.with_party(by))?;
        if self.state != SessionState::Ended {
            self.state = SessionState::Ended;
            self.ended = Some(now);
            self.outcome = self.outcome.take().or_else(|| words_of(reason));
        }
        Ok(())
    }

    fn with_party(&self, account: &str) -> Result<(), Misfit> {
        let takes_part = self.parties.iter().any(|party| party.account == account);
        takes_part.then_some(()).ok_or(Misfit::Stranger)
    }
}

/// What somebody said at the end. Nobody talks a share into having been a check.
fn words_of(reason: &str) -> Option<String> {
    text_of(reason).filter(|words| words != CHECK && !words.starts_with(CHECK_REFUSED))
}

/// The words in a `Reason` header (RFC 3326, `text="…"`), shortened.
fn text_of(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("text=\"")?;
    let words = rest.split('"').next()?;
    (!words.is_empty()).then(|| words.chars().take(LONGEST_OUTCOME).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::SeededRandom;

    #[test]
    fn a_session_is_kept_from_invitation_to_end() {
        let mut record = made();
        record.invited("desk1", Side::Sharer, DESK2).unwrap();
        record.answered("desk2").unwrap();
        let reason = "SIP;cause=200;text=\"stopped\"";
        record.ended(Some("desk1"), reason, at(9)).unwrap();
        let once = record.clone();
        record.ended(Some("desk2"), "", at(12)).unwrap();

        let expected = SessionRecord {
            state: SessionState::Ended,
            ended: Some(at(9)),
            outcome: Some("stopped".to_owned()),
            ..made()
        };
        assert_eq!((&record, &once), (&expected, &expected));
    }

    #[test]
    fn an_invitation_fits_the_people_and_roles_it_was_made_for_and_only_once() {
        let mut record = made();
        let strangers = [
            ("mallory", Side::Sharer, DESK2),
            ("desk1", Side::Viewer, DESK2),
            ("desk1", Side::Sharer, "sip:mallory@example.org"),
        ];
        for (caller, side, to) in strangers {
            assert_eq!(record.invited(caller, side, to), Err(Misfit::OtherPeople));
        }
        assert_eq!(record.invited("desk1", Side::Sharer, DESK2), Ok(()));
        let again = record.invited("desk1", Side::Sharer, DESK2);
        assert_eq!(again, Err(Misfit::Used));
    }

    #[test]
    fn nobody_else_refuses_answers_or_ends_a_session() {
        let mut record = made();
        assert_eq!(record.answered("mallory"), Err(Misfit::Stranger));
        assert_eq!(record.refused("mallory", 404, at(2)), Err(Misfit::Stranger));
        assert_eq!(
            record.ended(Some("mallory"), "", at(2)),
            Err(Misfit::Stranger)
        );
        assert_eq!(record, made());
    }

    #[test]
    fn a_refusal_is_kept_with_its_status_and_not_after_an_answer() {
        let mut refused = made();
        refused.refused("desk1", 480, at(2)).unwrap();
        let mut answered = made();
        answered.answered("desk2").unwrap();
        let before = answered.clone();
        answered.refused("desk1", 603, at(3)).unwrap();

        let expected = SessionRecord {
            state: SessionState::Refused,
            ended: Some(at(2)),
            outcome: Some("refused-480".to_owned()),
            ..made()
        };
        assert_eq!(refused, expected);
        assert_eq!(answered, before);
    }

    #[test]
    fn the_words_of_a_goodbye_are_kept_and_nothing_else_of_it() {
        assert_eq!(
            text_of("SIP;cause=200;text=\"stopped\""),
            Some("stopped".to_owned())
        );
        assert_eq!(text_of("SIP;cause=200"), None);
        assert_eq!(text_of("SIP;text=\"\""), None);
    }

    const DESK2: &str = "sip:desk2@example.org";

    #[test]
    fn a_check_is_known_as_one_however_it_ends_and_a_share_never() {
        let check = || SessionRecord::check(made().id, made().parties, made().created);
        let (mut done, mut refused, mut share) = (check(), check(), made());
        done.ended(Some("desk1"), "SIP;text=\"stopped\"", at(9))
            .unwrap();
        refused.refused("desk1", 480, at(9)).unwrap();
        share
            .ended(Some("desk1"), "SIP;text=\"check\"", at(9))
            .unwrap();

        let outcome = |record: &SessionRecord| record.outcome.clone();
        assert_eq!(outcome(&done).as_deref(), Some("check"));
        assert_eq!(outcome(&refused).as_deref(), Some("check-refused-480"));
        assert_eq!(outcome(&share), None);
        assert_eq!(
            [&done, &refused, &share].map(SessionRecord::is_check),
            [true, true, false]
        );
    }

    fn made() -> SessionRecord {
        let id = SessionId::draw(at(1), &mut SeededRandom::new(1));
        let parties = [(Side::Sharer, "desk1"), (Side::Viewer, "desk2")];
        let parties = parties.map(|(side, name)| Party {
            side,
            account: name.to_owned(),
            uri: format!("sip:{name}@example.org"),
            display_name: name.to_owned(),
        });
        SessionRecord::new(id, parties.into(), at(1))
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }
}
