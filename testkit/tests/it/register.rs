//! Signing in and staying signed in.

use crate::{ALICE, SEEDS, seconds, two_people};
use hopsight_sip::user_agent::Event;
use hopsight_testkit::{Link, Manner};

#[test]
fn an_endpoint_registers_and_stays_registered() {
    for seed in SEEDS {
        let (mut world, alice, _) = two_people(seed, Link::good(), Manner::Accepts);
        world.run_for(seconds(3600));

        let lasts = seconds(300);
        let uri = ALICE.to_owned();
        let registered = Event::Registered { uri, lasts };
        assert!(
            world.events(alice).iter().all(|event| *event == registered),
            "seed {seed}"
        );
        assert_eq!(world.events(alice).len(), 16, "seed {seed}");
        assert_eq!(world.endpoints(ALICE), 1, "seed {seed}");
    }
}

#[test]
fn an_endpoint_whose_flow_broke_registers_again() {
    for seed in SEEDS {
        let (mut world, alice, _) = two_people(seed, Link::good(), Manner::Accepts);
        world.break_flow(alice);
        let while_away = world.endpoints(ALICE);
        world.run_for(seconds(3));

        assert_eq!((while_away, world.endpoints(ALICE)), (0, 1), "seed {seed}");
    }
}
