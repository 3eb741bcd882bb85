//! One session from invitation to end.

use crate::{BOB, SEEDS, seconds, two_people};
use hopsight_sip::server::{ConsentGiven, SessionEvent};
use hopsight_sip::user_agent::Event;
use hopsight_testkit::{Link, Manner};

#[test]
fn a_call_is_invited_answered_and_ended_and_recorded_so() {
    for seed in SEEDS {
        let (mut world, alice, bob) = two_people(seed, Link::good(), Manner::Accepts);
        let call = world.invite(alice, BOB);
        world.run_for(seconds(10));
        assert!(world.is_answered(alice, call), "seed {seed}");
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
fn the_sharer_who_invites_consents_with_the_invitation() {
    let (mut world, alice, _) = two_people(1, Link::good(), Manner::Accepts);
    world.invite(alice, BOB);
    world.run_for(seconds(10));

    let consent = world.records().iter().find_map(|event| match event {
        SessionEvent::Answered { consent, .. } => Some(consent),
        SessionEvent::Invited { .. }
        | SessionEvent::Refused { .. }
        | SessionEvent::Ended { .. } => None,
    });
    let consent = consent.unwrap();
    assert_eq!(
        (
            consent.by.name.as_str(),
            consent.viewer.name.as_str(),
            consent.given
        ),
        ("alice", "bob", ConsentGiven::WithInvitation)
    );
}

#[test]
fn candidates_trickle_in_order_from_the_first_ring_on() {
    for seed in SEEDS {
        let (mut world, alice, bob) = two_people(seed, Link::good(), Manner::Accepts);
        let call = world.invite(alice, BOB);
        for host in 1..=5 {
            world.trickle(alice, call, &format!("192.0.2.{host}"));
        }
        world.run_for(seconds(10));

        let heard: Vec<String> = world
            .events(bob)
            .iter()
            .filter_map(|event| {
                let Event::Info { body, .. } = event else {
                    return None;
                };
                Some(String::from_utf8_lossy(body).into_owned())
            })
            .collect();
        let told: Vec<String> = (1..=5)
            .map(|host| format!("a=candidate:9 1 udp 1 192.0.2.{host} 5000 typ host\r\n"))
            .collect();
        assert_eq!(heard, told, "seed {seed}");
    }
}

#[test]
fn a_call_outlives_the_flow_of_one_end() {
    for seed in SEEDS {
        let (mut world, alice, bob) = two_people(seed, Link::good(), Manner::Accepts);
        let call = world.invite(alice, BOB);
        world.run_for(seconds(10));
        world.break_flow(bob);
        world.run_for(seconds(10));
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
    }
}

#[test]
fn a_call_is_refreshed_for_hours() {
    let (mut world, alice, bob) = two_people(3, Link::good(), Manner::Accepts);
    world.invite(alice, BOB);
    world.run_for(seconds(4 * 3600));

    assert_eq!((world.calls(alice), world.calls(bob)), (1, 1));
    assert_eq!(words(world.records()), ["invited", "answered"]);
}

#[test]
fn a_declined_call_tells_so() {
    let (mut world, alice, bob) = two_people(3, Link::good(), Manner::Declines);
    let call = world.invite(alice, BOB);
    world.run_for(seconds(10));

    assert_eq!(
        world.events(alice).last(),
        Some(&Event::Refused {
            call,
            status: 603,
            reason: "Decline".into()
        })
    );
    assert_eq!(world.calls(bob), 0);
    assert_eq!(words(world.records()), ["invited", "refused"]);
}

pub(crate) fn words(records: &[SessionEvent]) -> Vec<&'static str> {
    records
        .iter()
        .map(|event| match event {
            SessionEvent::Invited { .. } => "invited",
            SessionEvent::Answered { .. } => "answered",
            SessionEvent::Refused { .. } => "refused",
            SessionEvent::Ended { .. } => "ended",
        })
        .collect()
}
