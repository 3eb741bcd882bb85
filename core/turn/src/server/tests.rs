//! Stories told to the state machine: a client that speaks STUN, ports that
//! open, time that jumps. `harness` serves the stories.

mod allocation;
mod authentication;
mod forwarding;
mod grants;
mod harness;
mod permissions;
mod property;
mod vantage;
