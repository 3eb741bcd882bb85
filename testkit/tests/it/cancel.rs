//! An invitation that is taken back.

use crate::call::words;
use crate::{BOB, SEEDS, seconds, two_people};
use hopsight_sip::user_agent::Event;
use hopsight_testkit::{Link, Manner};
use std::time::Duration;

#[test]
fn an_invitation_can_be_taken_back_at_any_time() {
    for seed in SEEDS {
        let (mut world, alice, bob) = two_people(seed, Link::good(), Manner::LetsRing);
        let call = world.invite(alice, BOB);
        world.run_for(Duration::from_millis(seed * 3));
        world.hang_up(alice, call);
        world.run_for(seconds(60));

        let refused = Event::Refused {
            call,
            status: 487,
            reason: "Request Terminated".into(),
        };
        assert_eq!(world.events(alice).last(), Some(&refused), "seed {seed}");
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

#[test]
fn nobody_rings_for_ever() {
    let (mut world, alice, bob) = two_people(1, Link::good(), Manner::LetsRing);
    world.invite(alice, BOB);
    world.run_for(seconds(300));

    assert_eq!((world.calls(alice), world.calls(bob)), (0, 0));
    assert_eq!(words(world.records()), ["invited", "refused"]);
}

#[test]
fn taking_back_and_answering_at_once_leaves_nobody_behind() {
    for seed in SEEDS {
        let (mut world, alice, bob) = two_people(seed, Link::good(), Manner::Accepts);
        let call = world.invite(alice, BOB);
        world.run_for(Duration::from_millis(300 + seed * 16));
        world.hang_up(alice, call);
        world.run_for(seconds(100));

        assert_eq!(
            (world.calls(alice), world.calls(bob)),
            (0, 0),
            "seed {seed}"
        );
    }
}
