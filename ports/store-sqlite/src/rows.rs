//! Decides how values stand in columns.

use crate::error::corrupt;
use hopsight_kit::Timestamp;
use hopsight_store::TokenHash;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// A time as it is bound.
pub(crate) fn time(at: Timestamp) -> i64 {
    i64::try_from(at.unix_micros()).unwrap_or(i64::MAX)
}

/// The time in a column.
pub(crate) fn time_in(row: &SqliteRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    let micros: i64 = row.try_get(column)?;
    let micros = u64::try_from(micros).map_err(|_| corrupt(column))?;
    Ok(Timestamp::from_unix_micros(micros))
}

/// The time in a column that may be empty.
pub(crate) fn time_if_in(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    match row.try_get::<Option<i64>, _>(column)? {
        Some(_) => time_in(row, column).map(Some),
        None => Ok(None),
    }
}

/// The hash in a column.
pub(crate) fn hash_in(row: &SqliteRow, column: &str) -> Result<TokenHash, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get(column)?;
    let bytes = bytes.try_into().map_err(|_| corrupt(column))?;
    Ok(TokenHash(bytes))
}

/// A hash as it is bound.
pub(crate) fn hash(token: &TokenHash) -> Vec<u8> {
    token.0.to_vec()
}

/// The word under which a value without content is kept: its word in JSON.
pub(crate) fn word(value: &impl Serialize) -> Result<String, sqlx::Error> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(_) | Err(_) => Err(sqlx::Error::Encode("a value is no single word".into())),
    }
}

/// The value in a column that [`word`] filled.
pub(crate) fn word_in<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &str,
) -> Result<T, sqlx::Error> {
    let word: String = row.try_get(column)?;
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| corrupt(column))
}

/// A value as the JSON under which it is kept.
pub(crate) fn json(value: &impl Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// The JSON in a column.
pub(crate) fn json_in<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &str,
) -> Result<T, sqlx::Error> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|_| corrupt(column))
}
