//! Real TLS over loopback: the one port, pinned trust, the two clients.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what serves the tests may fail as they do"
)]

mod clients;
mod house;
mod one_port;
mod trust;
