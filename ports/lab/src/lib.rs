//! Networks made of Linux namespaces, built without root from cards.
//!
//! A [`Card`] names a [`Topology`] and the faults in it. [`Network::build`]
//! makes namespaces, links, addresses and routes with the system's own `ip` and
//! `nft`; [`enter`] puts a program into a fresh user, network, mount and process
//! namespace first, so that nothing is left behind however it ends. Which
//! programs run at which node is left to the callers.

#![forbid(unsafe_code)]

mod card;
mod network;
mod topology;

pub use card::{Card, CardError, Expect, Fault};
pub use network::{BuildError, Network, enter};
pub use topology::{Also, End, Link, Places, Route, Topology};
