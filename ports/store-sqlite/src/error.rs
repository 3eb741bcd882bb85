//! Decides what an error of SQLite means to whoever uses the store.

use hopsight_store::{StoreError, StoreErrorKind};

/// Primary result codes of SQLite, and the one extended code that means a full
/// disk (no room for the shared memory beside the log).
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOT_A_DATABASE: i32 = 26;
const NO_ROOM_FOR_INDEX: i32 = 4874;

/// Gives the error of an operation, told as words that follow "could not".
pub(crate) fn failed(tried: &str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| {
        let (kind, detail) = meaning(&error);
        StoreError::new(tried, kind, detail)
    }
}

/// The error of an operation about something that does not exist.
pub(crate) fn not_found(tried: &str) -> StoreError {
    StoreError::new(tried, StoreErrorKind::NotFound, "it does not exist")
}

/// The error of a row that holds what no version of the program writes.
pub(crate) fn corrupt(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{what} holds something unknown").into())
}

fn meaning(error: &sqlx::Error) -> (StoreErrorKind, String) {
    let text = error.to_string();
    if let sqlx::Error::Database(database) = error {
        return database_meaning(database.as_ref());
    }
    if let sqlx::Error::PoolTimedOut = error {
        let text = "earlier operations take too long".to_owned();
        return (StoreErrorKind::Busy, text);
    }
    if let sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } = error {
        return (StoreErrorKind::Corrupt, text);
    }
    (StoreErrorKind::Unavailable, text)
}

fn database_meaning(error: &dyn sqlx::error::DatabaseError) -> (StoreErrorKind, String) {
    let code = error.code().and_then(|code| code.parse::<i32>().ok());
    let code = code.unwrap_or(0);
    if error.is_unique_violation() {
        return (StoreErrorKind::Conflict, "it exists already".to_owned());
    }
    if error.is_foreign_key_violation() {
        let text = "what it belongs to does not exist".to_owned();
        return (StoreErrorKind::NotFound, text);
    }
    let kind = match code & 0xff {
        _ if code == NO_ROOM_FOR_INDEX => StoreErrorKind::Full,
        FULL => StoreErrorKind::Full,
        BUSY | LOCKED => StoreErrorKind::Busy,
        CORRUPT | NOT_A_DATABASE => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Unavailable,
    };
    (kind, error.message().to_owned())
}
