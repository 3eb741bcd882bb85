//! SIP (RFC 3261 and its updates) as values: messages, framing, digest,
//! transactions, registrar, proxy, user agent.
//!
//! Nothing here opens a socket, reads a clock or rolls dice: bytes, time and
//! chance come in as arguments, decisions go out as values.

#![forbid(unsafe_code)]

pub mod dialog;
pub mod digest;
pub mod flow_token;
pub mod framing;
pub mod gruu;
pub mod message;
pub mod server;
pub mod transaction;
pub mod uri;
pub mod user_agent;

pub use message::{Builder, Edit, Message, Method, NameAddr, Start, Via};
pub use uri::Uri;
