//! A store that cannot write.

use crate::{BOB, seconds, two_people};
use hopsight_sip::user_agent::Event;
use hopsight_testkit::{Link, Manner};

#[test]
fn nobody_is_invited_when_the_invitation_cannot_be_recorded() {
    let (mut world, alice, bob) = two_people(1, Link::good(), Manner::Accepts);
    world.store_works(false);
    let call = world.invite(alice, BOB);
    world.run_for(seconds(100));

    let refused = Event::Refused {
        call,
        status: 503,
        reason: "Could Not Be Recorded".into(),
    };
    assert_eq!(world.events(alice).last(), Some(&refused));
    assert_eq!(world.events(bob).len(), 1);
}

#[test]
fn a_consent_that_cannot_be_recorded_starts_no_session() {
    let (mut world, alice, bob) = two_people(1, Link::good(), Manner::Accepts);
    let call = world.invite(alice, BOB);
    world.run_for(std::time::Duration::from_millis(250));
    world.store_works(false);
    world.run_for(seconds(100));

    let refused = Event::Refused {
        call,
        status: 503,
        reason: "Could Not Be Recorded".into(),
    };
    assert!(world.events(alice).contains(&refused));
    assert_eq!((world.calls(alice), world.calls(bob)), (0, 0));
}
