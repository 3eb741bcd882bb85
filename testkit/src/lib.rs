//! Simulated networks, a jumping clock and simulated people, for tests; and
//! [`Folder`]s that go with them.
//!
//! A [`World`] holds one front end's SIP server, a network that delays, loses
//! and reorders, and people with one endpoint each. Time jumps from one event
//! to the next, so that an hour passes in milliseconds; chance comes from one
//! seed, so that two runs of a seed are alike to the last byte.
//!
//! ```
//! use hopsight_testkit::{Link, Manner, World};
//! use std::time::Duration;
//!
//! let mut world = World::new(7, Link::lossy());
//! let alice = world.person("alice", Manner::Accepts);
//! let bob = world.person("bob", Manner::Accepts);
//! world.run_for(Duration::from_secs(40));
//! let call = world.invite(alice, "sip:bob@hopsight.internal");
//! world.run_for(Duration::from_secs(40));
//!
//! assert!(world.is_answered(alice, call));
//! assert_eq!(world.events(bob).len(), 3);
//! ```

#![forbid(unsafe_code)]

mod folder;
mod network;
mod person;
mod world;

pub use folder::Folder;
pub use network::Link;
pub use person::{Manner, PersonId};
pub use world::World;
