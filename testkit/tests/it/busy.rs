//! Somebody who has a call already.

use crate::{ALICE, BOB, SEEDS, seconds, two_people};
use hopsight_sip::user_agent::Event;
use hopsight_testkit::{Link, Manner};

#[test]
fn whoever_is_in_a_call_is_busy() {
    for seed in SEEDS {
        let (mut world, alice, _) = two_people(seed, Link::good(), Manner::Accepts);
        let carol = world.person("carol", Manner::Accepts);
        world.run_for(seconds(5));
        let first = world.invite(alice, BOB);
        world.run_for(seconds(5));
        let second = world.invite(carol, ALICE);
        world.run_for(seconds(5));

        let refused = Event::Refused {
            call: second,
            status: 486,
            reason: "Busy Here".into(),
        };
        assert_eq!(world.events(carol).last(), Some(&refused), "seed {seed}");
        assert!(world.is_answered(alice, first), "seed {seed}");
    }
}

#[test]
fn whoever_is_away_is_not_signed_in_and_whoever_never_was_is_unknown() {
    let (mut world, alice, bob) = two_people(1, Link::good(), Manner::Accepts);
    world.break_flow(bob);
    let away = world.invite(alice, BOB);
    world.run_for(seconds(1));
    let unknown = world.invite(alice, "sip:nobody@hopsight.internal");
    world.run_for(seconds(1));

    let refusals: Vec<&Event> = world.events(alice).iter().skip(1).collect();
    assert_eq!(
        refusals,
        [
            &Event::Refused {
                call: away,
                status: 480,
                reason: "Not Signed In".into()
            },
            &Event::Refused {
                call: unknown,
                status: 404,
                reason: "Unknown".into()
            },
        ]
    );
}
