//! Networks made of Linux namespaces, built without root from cards.
//!
//! A [`Card`] names a [`Topology`] and the faults in it. [`Network::build`]
//! makes namespaces, links, addresses and routes with the system's own `ip` and
//! `nft`; [`enter`] puts a program into a fresh user, network, mount and process
//! namespace first, so that nothing is left behind however it ends. What came of
//! a session is held against the card by [`problems`] and [`Score`]. Which programs run at
//! which node is left to the callers.

#![forbid(unsafe_code)]

mod card;
mod deployment;
mod expect;
mod fault;
mod later;
mod network;
mod routed;
mod score;
mod short;
mod told;
mod topology;

pub use card::{Act, Author, Card, CardError, Person, Task};
pub use deployment::Deployment;
pub use expect::{Expect, IcmpPolicy};
pub use fault::{BoxCertificate, DeviceKind, Fault, NatPorts, Personality, Router};
pub use later::{Display, Later};
pub use network::{BOX_PORT, BuildError, Network, bound, enter, may_enter};
pub use score::Score;
pub use short::Short;
pub use told::{Likeness, Named, Told, problems};
pub use topology::{Also, End, Lan, Link, Places, Route, Topology};
