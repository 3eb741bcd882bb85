//! Paths over loopback: two ends in one process, real sockets, a real relay.

mod direct;
mod end;
mod failures;
mod relay;
mod relay_server;
