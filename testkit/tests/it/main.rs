//! Stories of people who sign in, share and hang up, over many seeds.

mod busy;
mod call;
mod cancel;
mod determinism;
mod loss;
mod register;
mod restart;
mod store_failure;

use hopsight_testkit::{Link, Manner, PersonId, World};
use std::time::Duration;

const ALICE: &str = "sip:alice@hopsight.internal";
const BOB: &str = "sip:bob@hopsight.internal";
const SEEDS: std::ops::Range<u64> = 0..100;

/// Alice and Bob, signed in.
fn two_people(seed: u64, link: Link, manner: Manner) -> (World, PersonId, PersonId) {
    let mut world = World::new(seed, link);
    let alice = world.person("alice", manner);
    let bob = world.person("bob", manner);
    world.run_for(Duration::from_secs(100));
    (world, alice, bob)
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
