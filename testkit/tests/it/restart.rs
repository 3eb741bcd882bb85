//! A server process that dies.

use crate::call::words;
use crate::{ALICE, BOB, SEEDS, seconds, two_people};
use hopsight_testkit::{Link, Manner};

#[test]
fn people_are_back_after_a_restart_and_their_call_can_be_ended() {
    for seed in SEEDS {
        let (mut world, alice, bob) = two_people(seed, Link::good(), Manner::Accepts);
        let call = world.invite(alice, BOB);
        world.run_for(seconds(10));
        world.restart_server();
        world.run_for(seconds(10));
        assert_eq!(
            (world.endpoints(ALICE), world.endpoints(BOB)),
            (1, 1),
            "seed {seed}"
        );
        assert_eq!(
            (world.calls(alice), world.calls(bob)),
            (1, 1),
            "seed {seed}"
        );
        world.hang_up(alice, call);
        world.run_for(seconds(10));

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
fn an_invitation_that_a_restart_swallowed_comes_to_an_end() {
    for seed in SEEDS {
        let (mut world, alice, bob) = two_people(seed, Link::good(), Manner::LetsRing);
        let call = world.invite(alice, BOB);
        world.run_for(seconds(3));
        world.restart_server();
        world.run_for(seconds(10));
        world.hang_up(alice, call);
        world.run_for(seconds(300));

        assert_eq!(world.calls(alice), 0, "seed {seed}");
        assert_eq!(words(world.records()), ["invited"], "seed {seed}");
        assert!(world.calls(bob) <= 1, "seed {seed}");
    }
}
