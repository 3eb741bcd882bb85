//! Two runs of one seed are alike.

use crate::{BOB, seconds, two_people};
use hopsight_testkit::{Link, Manner};

#[test]
fn two_runs_of_one_seed_are_alike_and_two_seeds_are_not() {
    assert_eq!(run(11), run(11));
    assert_ne!(run(11), run(12));
}

fn run(seed: u64) -> u64 {
    let (mut world, alice, bob) = two_people(seed, Link::lossy(), Manner::Accepts);
    let call = world.invite(alice, BOB);
    world.run_for(seconds(30));
    world.break_flow(bob);
    world.run_for(seconds(30));
    world.hang_up(alice, call);
    world.run_for(seconds(60));
    world.digest()
}
