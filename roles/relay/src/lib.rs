//! The relay: carries out what `core/turn` decides, on real sockets.
//!
//! [`Relay::start`] opens the UDP listeners; streams (TCP, TLS) are handed over
//! by whoever accepted them ([`RelayHandle::serve_stream`]); the front end
//! speaks through [`RelayHandle::command`] and hears what was observed through
//! the receiver that `start` gives. Clock and chance are arguments.

#![forbid(unsafe_code)]

mod counts;
mod engine;
mod ports;
mod settings;
mod streams;
mod traces;
mod udp;

pub use engine::{Relay, RelayHandle};
pub use settings::{RelaySettings, StartRelayError};
