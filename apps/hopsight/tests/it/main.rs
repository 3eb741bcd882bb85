//! The binary as people run it: commands, exit codes, words, networks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test says what is wrong by failing"
)]

mod check;
mod commands;
mod demo;
mod explain;
mod lab;
mod peers;
mod program;
mod relay;
