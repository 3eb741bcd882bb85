//! Words that every other crate speaks: time, chance, ids, hidden values and
//! readings with remarks.
//!
//! Nothing here opens a socket, reads a clock or rolls dice. Time and chance
//! are types that somebody above hands in.

#![forbid(unsafe_code)]

mod fingerprint;
mod identifier;
mod random;
mod read;
mod redacted;
mod time;

pub use fingerprint::{Fingerprint, FingerprintError};
pub use identifier::{SessionId, SessionIdError, Token};
pub use random::{Random, SeededRandom};
pub use read::{Place, Read, Remark};
pub use redacted::Redacted;
pub use time::{Moment, Timestamp};
