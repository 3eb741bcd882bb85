//! The native endpoint: shares this desktop or views another.
//!
//! [`Endpoint::start`] signs in and begins what its [`Purpose`] says; what
//! happens comes out as [`Event`]s, and who may see this desktop is asked by
//! [`Question`]s, which count as refused until they are answered with yes. One
//! task feeds the SIP user agent, the sessions and their paths; pictures are
//! made and decoded on threads of their own, only while somebody watches.
//!
//! What is printed and who is trusted is left to the program.

#![forbid(unsafe_code)]

mod call;
mod check;
mod consumer;
mod endpoint;
mod engine;
mod error;
mod event;
mod flow;
mod prepare;
mod producer;
mod reporter;
mod sentence;
mod server;
mod settings;
mod target;

pub use check::{Checked, check, explain, verdict_event};
pub use endpoint::Endpoint;
pub use error::EndpointError;
pub use event::{CheckStep, End, Event, What};
pub use producer::ProduceError;
pub use server::{Account, Opened, Server};
pub use settings::{Purpose, Question, Settings};
pub use target::{ShareLink, ShareLinkError, WhoError, address_of};
