//! Keeps what happened to a session before anybody is told that it happened.
//! What fits a record is decided by `hopsight_session`.

use hopsight_evidence::Side;
use hopsight_kit::{SessionId, Timestamp};
use hopsight_session::record::Misfit;
use hopsight_sip::server::{Consent, Role, SessionEvent, SessionPurpose};
use hopsight_store::{self as store, SessionRecord, Store, StoreError, StoreErrorKind};

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
    happened(&mut record, event, now).map_err(|misfit| refused(id, &misfit.to_string()))?;
    if let SessionEvent::Answered { consent, .. } = event
        && !record.is_check()
    {
        // The consent first: a session is never kept as answered without it.
        store.add_consent(&kept(id, consent, now)).await?;
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

fn happened(
    record: &mut SessionRecord,
    event: &SessionEvent,
    now: Timestamp,
) -> Result<(), Misfit> {
    match event {
        SessionEvent::Invited {
            by,
            role,
            purpose,
            to,
            ..
        } => {
            // A share must not pass without consent by calling itself a check.
            if record.is_check() != (*purpose == SessionPurpose::Check) {
                return Err(Misfit::OtherPurpose);
            }
            record.invited(&by.name, side(*role), to)
        }
        SessionEvent::Answered { by, .. } => record.answered(&by.name),
        SessionEvent::Refused { caller, status, .. } => record.refused(&caller.name, *status, now),
        SessionEvent::Ended { by, reason, .. } => {
            record.ended(by.as_ref().map(|by| by.name.as_str()), reason, now)
        }
    }
}

fn kept(session: &SessionId, consent: &Consent, now: Timestamp) -> store::Consent {
    store::Consent {
        session: session.clone(),
        by: consent.by.name.clone(),
        viewer: consent.viewer.name.clone(),
        at: now,
    }
}

fn refused(id: &SessionId, because: &str) -> StoreError {
    StoreError::new(
        format!("keep what happened to session {id}"),
        StoreErrorKind::Invalid,
        because,
    )
}
