//! A network that loses, doubles and reorders.

use crate::call::words;
use crate::{ALICE, BOB, SEEDS, seconds, two_people};
use hopsight_testkit::{Link, Manner};

#[test]
fn a_call_survives_a_tenth_of_all_messages_lost() {
    for seed in SEEDS {
        let (mut world, alice, bob) = two_people(seed, Link::lossy(), Manner::Accepts);
        assert_eq!(
            (world.endpoints(ALICE), world.endpoints(BOB)),
            (1, 1),
            "seed {seed}"
        );
        let call = world.invite(alice, BOB);
        world.trickle(alice, call, "192.0.2.1");
        world.run_for(seconds(60));
        assert!(world.is_answered(alice, call), "seed {seed}");
        world.hang_up(alice, call);
        world.run_for(seconds(60));

        assert_eq!(
            (world.calls(alice), world.calls(bob)),
            (0, 0),
            "seed {seed}"
        );
        assert_eq!(
            words(world.records()),
            ["invited", "answered", "ended"],
            "seed {seed}"
        );
    }
}

#[test]
fn taking_back_survives_loss() {
    for seed in SEEDS {
        let (mut world, alice, bob) = two_people(seed, Link::lossy(), Manner::LetsRing);
        let call = world.invite(alice, BOB);
        world.run_for(seconds(5));
        world.hang_up(alice, call);
        world.run_for(seconds(100));

        assert_eq!(
            (world.calls(alice), world.calls(bob)),
            (0, 0),
            "seed {seed}"
        );
        assert_eq!(
            words(world.records()),
            ["invited", "refused"],
            "seed {seed}"
        );
    }
}
