//! STUN and TURN server as a state machine: allocations, session-bound
//! permissions, channels (RFC 8489, RFC 8656).
//!
//! [`Server`] takes [`Input`]s and [`Command`]s and answers with [`Action`]s;
//! whoever owns the sockets carries them out. Time, chance and keys are
//! arguments. [`PeerPolicy`] is the one place that says where the relay may
//! send; [`canonical`] the one place that undoes disguised addresses.
//!
//! Relayed addresses are IPv4 (a request for another family is refused with
//! 440). Not built: EVEN-PORT, RESERVATION-TOKEN, DONT-FRAGMENT (refused with
//! 420), TCP relaying (RFC 6062, never).

#![forbid(unsafe_code)]

pub mod canonical;
pub mod control;
pub mod framing;
pub mod message;
mod network;
mod policy;
mod server;
mod trace_probe;
mod values;

pub use control::{Command, Heard, PeerTraffic, Reply, Traffic};
pub use network::{Network, NetworkError};
pub use policy::{PeerPolicy, Refusal};
pub use server::{Server, Settings};
pub use trace_probe::{HIGHEST_HOP_LIMIT, hop_limit_of, trace_probe};
pub use values::{Action, Budget, Counter, Delivery, FiveTuple, Input, PeerError};
