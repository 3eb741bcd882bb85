//! Reads traces of known formats into messages and facts.
//!
//! One format so far: the client log of Communicator and Lync
//! (`*.uccapilog`), also when it was republished on a web page and came back
//! with typographic quotes, long dashes, blank lines, emptied addresses and
//! prose around it. Reading gives a value and remarks; it never panics, and
//! every line is either part of a message or named in a remark. What the facts
//! mean is left to `diagnosis`; prose around a trace is not evidence.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod local_time;
mod media_debug;
mod message;
mod session;
mod text;
mod uccapi;

pub use local_time::LocalTime;
pub use media_debug::MediaDebug;
pub use message::{Direction, Header, TraceMessage};
pub use session::{Carried, TracedSession};

use hopsight_kit::{Place, Read, Remark};

/// What a trace holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Its format; `None` when no record of a known one was found.
    pub format: Option<Format>,
    /// Whether the text is as the program wrote it.
    pub provenance: Provenance,
    /// The SIP messages, in the order in which they begin.
    pub messages: Vec<TraceMessage>,
    /// The calls, in the order of their first message.
    pub sessions: Vec<TracedSession>,
}

/// The formats that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Client log of Communicator 2007 R2 and Lync (`*.uccapilog`).
    UccapiClient,
}

/// Whether the text is as the program wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Nothing shows that somebody changed it.
    Original,
    /// Changed on its way, by a web page or a person who removed addresses: an
    /// emptied value is unknown, not absent.
    Republished,
}

/// Reads a trace of any known format.
#[must_use]
pub fn read(bytes: &[u8]) -> Read<Trace> {
    let Read {
        value: lines,
        mut remarks,
    } = text::lines(bytes);
    let found = uccapi::read(&lines);
    remarks.extend(found.remarks);
    let (messages, is_republished) = found.value;
    let decoded = session::sessions(&messages);
    remarks.extend(decoded.remarks);
    if messages.is_empty() {
        remarks.push(Remark {
            place: Place::Whole,
            problem: "no SIP message in a known trace format".to_owned(),
        });
    }
    remarks.sort_by_key(|remark| remark.place);
    Read {
        value: Trace {
            format: (!messages.is_empty()).then_some(Format::UccapiClient),
            provenance: if is_republished {
                Provenance::Republished
            } else {
                Provenance::Original
            },
            messages,
            sessions: decoded.value,
        },
        remarks,
    }
}

#[cfg(test)]
mod tests;
