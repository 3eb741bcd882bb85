//! A verdict in words: terminal text, JSON, ticket.
//!
//! First line: what it means for me. Second: what to do. Then the proof. Every
//! face here is 80 columns wide, needs no colour, and shows a code only
//! beside a sentence and a confidence only as a word. What is wrong is decided
//! by `diagnosis`; where the text goes is left to the caller.

#![forbid(unsafe_code)]

mod explained;
mod json;
mod layout;
mod progress;
mod terminal;
mod ticket;
mod way;
mod words;

pub use explained::{ExplainedCall, ExplainedTrace, explained};
pub use json::{JsonError, verdict_event, verdict_line};
pub use progress::{failed_step, outcome, step};
pub use terminal::{Question, verdicts};
pub use ticket::ticket;
pub use words::plain;

#[cfg(test)]
mod tests;
