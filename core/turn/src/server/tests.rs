//! Stories told to the state machine: a client that speaks STUN, ports that
//! open, time that jumps. `harness` serves the stories.

mod allocation;
mod authentication;
mod even_port;
mod families;
mod forwarding;
mod grants;
mod harness;
mod lent_port;
mod negative;
mod permissions;
mod property;
mod tools;
mod vantage;
