//! Hostile input: one target per parser. A target takes any bytes and stops when
//! a promise of the parser does not hold.
//!
//! Each is called in two ways: by the test that replays the corpus, and by
//! libFuzzer, which looks for inputs that reach new code (`cargo xtask fuzz`).
//! Both find their inputs in `corpus/`, a folder per target. An input that once
//! broke a promise stays there.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a target says what is wrong by stopping"
)]

mod api;
mod card;
mod claims;
mod configuration;
mod demultiplexer;
mod digest_challenge;
mod digest_credentials;
mod ice_candidate;
mod session_description;
mod sip_address;
mod sip_message;
mod sip_server;
mod sip_stream;
mod steps;
mod stun_message;
mod trace;
mod turn_sequence;
mod turn_stream;

/// Takes any bytes; stops the program when a promise does not hold.
pub type Target = fn(&[u8]);

/// Every target, by the name of its folder in `corpus/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("api", api::run),
    ("card", card::run),
    ("claims", claims::run),
    ("configuration", configuration::run),
    ("demultiplexer", demultiplexer::run),
    ("digest-challenge", digest_challenge::run),
    ("digest-credentials", digest_credentials::run),
    ("ice-candidate", ice_candidate::run),
    ("session-description", session_description::run),
    ("sip-address", sip_address::run),
    ("sip-message", sip_message::run),
    ("sip-server", sip_server::run),
    ("sip-stream", sip_stream::run),
    ("stun-message", stun_message::run),
    ("trace", trace::run),
    ("turn-sequence", turn_sequence::run),
    ("turn-stream", turn_stream::run),
];
