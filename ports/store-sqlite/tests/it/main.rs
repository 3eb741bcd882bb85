//! What was acknowledged survives the process.
#![allow(
    clippy::unwrap_used,
    reason = "what serves the tests may fail as they do"
)]

mod killed;
