//! SIP from outside: what the crate promises to the proxy, the user agent and
//! the trace readers.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what serves the tests here fails as they do: by stopping"
)]

mod edits;
mod faults;
mod layer;
mod lossy;
mod machines;
mod properties;
mod torture;
mod torture_ipv6;
