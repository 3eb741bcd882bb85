//! Paths over loopback: two ends in one process, real sockets, a real relay.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test ends where something is not as it should be"
)]

mod browser;
mod direct;
mod end;
mod failures;
mod relay;
mod relay_server;
