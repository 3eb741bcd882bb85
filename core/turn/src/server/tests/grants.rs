//! The life of a grant.

use super::harness::*;
use crate::control::{Command, Reply};
use crate::families::Family;
use crate::message::{AttributeKind, Method};
use crate::values::{Action, Counter};
use hopsight_evidence::Side;

#[test]
fn a_grant_nobody_used_lapses_after_ten_minutes_not_before() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.tick_at(599);
    assert_eq!(relay.refresh(&mut client, 600), 437);

    relay.tick_at(600);
    client.nonce.clear();
    assert_eq!(relay.refresh(&mut client, 600), 401);
}

#[test]
fn a_session_whose_grants_lapsed_unanswered_is_forgotten() {
    let mut relay = Relay::new();
    relay.grant(&session(1), Side::Sharer, udp(1));
    let counters = Command::Counters {
        session: session(1),
    };
    assert_eq!(relay.command(counters.clone()), Reply::Counters(Vec::new()));

    relay.tick_at(600);

    assert_eq!(relay.command(counters), Reply::UnknownSession);
}

#[test]
fn an_answered_session_keeps_its_grants_for_a_new_interface() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.command(Command::Answered {
        session: session(1),
    });
    relay.tick_at(7200);

    relay.allocate(&mut client);
}

#[test]
fn a_two_hour_session_lives_on_a_ten_minute_grant() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.allocate(&mut client);
    for minute in (5..=120).step_by(5) {
        relay.tick_at(minute * 60);
        client.nonce.clear();
        assert_eq!(relay.refresh(&mut client, 600), 0, "minute {minute}");
    }
}

#[test]
fn revoking_closes_at_once_and_the_name_is_unknown_after() {
    let mut relay = Relay::new();
    let ((mut sharer, at_sharer), (viewer, at_viewer)) = relay.pair();
    let mut stranger = relay.grant(&session(2), Side::Sharer, udp(3));
    relay.allocate(&mut stranger);
    relay.take();
    let revoke = Command::Revoke {
        session: session(1),
    };

    assert_eq!(relay.command(revoke.clone()), Reply::Done);
    let close = |client, port| {
        [
            Action::Count(Counter::AllocationClosed),
            Action::ClosePort {
                port,
                family: Family::Ipv4,
            },
            Action::CloseClient { client },
        ]
    };
    assert_eq!(
        relay.take(),
        [
            close(sharer.at, at_sharer.port()),
            close(viewer.at, at_viewer.port())
        ]
        .concat()
    );
    assert_eq!(relay.refresh(&mut sharer, 600), 401);
    assert_eq!(relay.refresh(&mut stranger, 600), 0);
    assert_eq!(relay.command(revoke), Reply::UnknownSession);
}

#[test]
fn a_session_revoked_while_its_port_opens_leaves_no_port_behind() {
    let mut relay = Relay::new();
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    let request = relay
        .request(Method::Allocate)
        .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);
    relay.refresh(&mut client, 600);
    let bytes = client.sign(request);
    let (now, wall) = (relay.now(), relay.wall());
    let mut random = hopsight_kit::SeededRandom::new(3);
    let actions = relay.server.handle(
        crate::Input::FromClient {
            from: client.at,
            bytes: &bytes,
        },
        now,
        wall,
        &mut random,
    );
    let [Action::OpenPorts(ports)] = actions[..] else {
        panic!("one port to open: {actions:?}");
    };
    relay.command(Command::Revoke {
        session: session(1),
    });
    relay.take();
    relay.input(crate::Input::PortsOpened(ports));

    let (port, family) = (ports.first, Family::Ipv4);
    assert_eq!(relay.take(), [Action::ClosePort { port, family }]);
}

#[test]
fn a_second_grant_with_the_same_name_replaces_the_first() {
    let mut relay = Relay::new();
    let mut old = relay.grant(&session(1), Side::Sharer, udp(1));
    relay.allocate(&mut old);
    relay.command(Command::Grant {
        session: session(1),
        side: Side::Sharer,
        owner: "sharer".to_owned(),
        username: old.username.clone(),
        password: "new".to_owned().into(),
        expires: relay.wall(),
    });

    assert_eq!(relay.refresh(&mut old, 600), 401);
    old.password = "new".to_owned().into();
    assert_eq!(relay.refresh(&mut old, 600), 0);
}

#[test]
fn commands_about_unknown_sessions_say_so() {
    let mut relay = Relay::new();
    for command in [
        Command::Answered {
            session: session(9),
        },
        Command::Revoke {
            session: session(9),
        },
        Command::Counters {
            session: session(9),
        },
    ] {
        assert_eq!(relay.command(command), Reply::UnknownSession);
    }
}
