//! Keeps what happened to a session before anybody is told that it happened.

use hopsight_evidence::Side;
use hopsight_kit::{SessionId, Timestamp};
use hopsight_sip::server::{Consent, Identity, Role, SessionEvent};
use hopsight_store::{
    self as store, SessionRecord, SessionState, Store, StoreError, StoreErrorKind,
};

/// So many characters of somebody's goodbye are kept.
const LONGEST_OUTCOME: usize = 200;

/// The end that a SIP role stands for.
pub(super) const fn side(role: Role) -> Side {
    match role {
        Role::Sharer => Side::Sharer,
        Role::Viewer => Side::Viewer,
    }
}

/// Stores `event` and gives the record as it is now. An event that does not fit
/// the record (a stranger, a session that is over) is refused.
pub(super) async fn keep(
    store: &dyn Store,
    event: &SessionEvent,
    now: Timestamp,
) -> Result<SessionRecord, StoreError> {
    let id = session_of(event);
    let record = store.session(id).await?;
    let mut record = record.ok_or_else(|| refused(id, "there is no such session"))?;
    match event {
        SessionEvent::Invited { by, role, to, .. } => invited(&mut record, by, side(*role), to)?,
        SessionEvent::Answered { by, consent, .. } => {
            answered(store, &mut record, by, consent, now).await?;
            return Ok(record);
        }
        SessionEvent::Refused { status, .. } => {
            record.state = SessionState::Refused;
            record.ended = Some(now);
            record.outcome = Some(format!("refused-{status}"));
        }
        SessionEvent::Ended { by, reason, .. } => {
            if let Some(by) = by {
                takes_part(&record, by)?;
            }
            ended(&mut record, reason, now);
        }
    }
    store.put_session(&record).await?;
    Ok(record)
}

/// The session that an event is about.
pub(super) const fn session_of(event: &SessionEvent) -> &SessionId {
    match event {
        SessionEvent::Invited { session, .. }
        | SessionEvent::Answered { session, .. }
        | SessionEvent::Refused { session, .. }
        | SessionEvent::Ended { session, .. } => session,
    }
}

fn invited(
    record: &mut SessionRecord,
    by: &Identity,
    side: Side,
    to: &str,
) -> Result<(), StoreError> {
    let is_caller = |party: &&store::Party| party.account == by.name && party.side == side;
    let is_callee = |party: &&store::Party| party.uri == to && party.side == side.other();
    let parties = &record.parties;
    if parties.iter().find(is_caller).is_none() || parties.iter().find(is_callee).is_none() {
        return Err(refused(&record.id, "it was made for other people"));
    }
    if record.state != SessionState::Created {
        return Err(refused(&record.id, "it was used already"));
    }
    record.state = SessionState::Invited;
    Ok(())
}

async fn answered(
    store: &dyn Store,
    record: &mut SessionRecord,
    by: &Identity,
    consent: &Consent,
    now: Timestamp,
) -> Result<(), StoreError> {
    takes_part(record, by)?;
    let kept = store::Consent {
        session: record.id.clone(),
        by: consent.by.name.clone(),
        viewer: consent.viewer.name.clone(),
        at: now,
    };
    // The consent first: a session is never kept as answered without it.
    store.add_consent(&kept).await?;
    record.state = SessionState::Answered;
    store.put_session(record).await
}

fn ended(record: &mut SessionRecord, reason: &str, now: Timestamp) {
    if record.state == SessionState::Ended {
        return;
    }
    record.state = SessionState::Ended;
    record.ended = Some(now);
    if record.outcome.is_none() {
        record.outcome = text_of(reason);
    }
}

/// The words in a `Reason` header (RFC 3326, `text="…"`), shortened.
fn text_of(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("text=\"")?;
    let words = rest.split('"').next()?;
    (!words.is_empty()).then(|| words.chars().take(LONGEST_OUTCOME).collect())
}

fn takes_part(record: &SessionRecord, by: &Identity) -> Result<(), StoreError> {
    let takes_part = record.parties.iter().any(|party| party.account == by.name);
    takes_part
        .then_some(())
        .ok_or_else(|| refused(&record.id, "this person does not take part"))
}

fn refused(id: &SessionId, because: &str) -> StoreError {
    StoreError::new(
        format!("keep what happened to session {id}"),
        StoreErrorKind::Invalid,
        because,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_goodbye_are_kept_and_nothing_else_of_it() {
        assert_eq!(
            text_of("SIP;cause=200;text=\"stopped\""),
            Some("stopped".to_owned())
        );
        assert_eq!(text_of("SIP;cause=200"), None);
        assert_eq!(text_of("SIP;text=\"\""), None);
    }
}
