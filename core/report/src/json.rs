//! Decides the machine's form of a verdict: one JSON object a line, fields as
//! documented and stable.

use hopsight_diagnosis::Verdict;
use hopsight_kit::Timestamp;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A verdict that could not be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("the verdict {code} could not be written as JSON")]
pub struct JsonError {
    code: &'static str,
    #[source]
    source: serde_json::Error,
}

/// The event `{"event":"verdict","at":…,…}` of `share` and `view`.
///
/// # Errors
///
/// When the verdict cannot be written as JSON.
pub fn verdict_event(verdict: &Verdict, at: Timestamp) -> Result<String, JsonError> {
    let mut event = Map::new();
    event.insert("event".to_owned(), "verdict".into());
    event.insert("at".to_owned(), written(at).into());
    if let Value::Object(fields) = value(verdict)? {
        event.extend(fields);
    }
    Ok(Value::Object(event).to_string())
}

/// The verdict alone, as `explain --json` prints it.
///
/// # Errors
///
/// When the verdict cannot be written as JSON.
pub fn verdict_line(verdict: &Verdict) -> Result<String, JsonError> {
    value(verdict).map(|value| value.to_string())
}

/// A wall time in RFC 3339, UTC; empty for a time that no calendar has.
pub(crate) fn written(at: Timestamp) -> String {
    let nanos = i128::from(at.unix_micros()) * 1000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

fn value(verdict: &Verdict) -> Result<Value, JsonError> {
    serde_json::to_value(verdict).map_err(|source| JsonError {
        code: verdict.code.as_str(),
        source,
    })
}
