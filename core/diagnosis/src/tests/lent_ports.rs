//! The ports that a relay lends, by example: asked by whoever holds one, and needed
//! by an end that holds none.

use super::catalogue::decisive;
use super::facts::{DESK1, DESK2, RELAY, answered, denied, lent_port};
use super::story::{Story, address, relay, silent};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{Observation, Pair, Side, Transport, TurnMethod, Via};
use std::net::SocketAddr;

#[test]
fn a_lent_port_that_does_not_answer_its_holder_is_shut_between_the_two() {
    let shut = decisive(Code::RelayPortsBlocked);

    let stretch = between(Side::Sharer);
    let expected = Some((Confidence::Located, stretch));
    assert_eq!(shut.named(Code::RelayPortsBlocked), expected);
}

#[test]
fn a_lent_port_that_answers_or_was_hardly_asked_shows_nothing() {
    for told in [lent_port(1, true), lent_port(8, true), lent_port(7, false)] {
        let story = silent(|one| one.relay_allocated(Side::Sharer).tell(DESK1, told.clone()));
        assert_eq!(story.verdict(Code::RelayPortsBlocked), None, "{told:?}");
    }
}

#[test]
fn a_port_that_nobody_lent_or_that_lies_elsewhere_shows_nothing() {
    let strange = silent(|one| one.tell(DESK1, lent_port(8, false)));
    assert_eq!(strange.verdict(Code::RelayPortsBlocked), None);

    let relayed: SocketAddr = "192.0.2.1:50001".parse().unwrap();
    let elsewhere = silent(|one| {
        one.tell(
            DESK1,
            allocated(Transport::Udp, relayed, address(Side::Sharer)),
        )
        .tell(
            DESK1,
            Observation::LentPort {
                relayed,
                requests: 8,
                answered: false,
            },
        )
    });
    assert_eq!(elsewhere.verdict(Code::RelayPortsBlocked), None);
}

#[test]
fn a_holder_whom_the_relay_sees_under_two_addresses_may_be_taken_for_a_stranger() {
    let mut two_faces = decisive(Code::RelayPortsBlocked);
    let other = SocketAddr::new([203, 0, 113, 9].into(), 4000);
    two_faces.tell(DESK1, allocated(Transport::Tcp, port(), other));

    assert_eq!(two_faces.verdict(Code::RelayPortsBlocked), None);
}

#[test]
fn a_holder_whose_own_kernel_refuses_is_not_kept_out_by_anybody_else() {
    let mut refused = decisive(Code::RelayPortsBlocked);
    let errno = 1;
    refused.tell(
        DESK1,
        Observation::SendError {
            destination: port(),
            errno,
            text: "Operation not permitted".to_owned(),
            after_ms: 0,
        },
    );

    assert_eq!(refused.verdict(Code::RelayPortsBlocked), None);
}

#[test]
fn an_end_that_was_lent_nothing_and_cannot_reach_the_others_port_is_kept_out() {
    let expected = Some((Confidence::Located, between(Side::Viewer)));
    let kept_out = needing(|_| {});

    assert_eq!(kept_out.named(Code::RelayPortsBlocked), expected);
}

#[test]
fn what_the_relay_or_its_policy_explains_is_no_matter_of_its_ports() {
    let unpermitted = needing(|_| {}).without(|one| {
        let Observation::TurnResult { method, .. } = one else {
            return false;
        };
        *method == TurnMethod::CreatePermission
    });
    assert_eq!(unpermitted.verdict(Code::RelayPortsBlocked), None);

    let refused = needing(|one| {
        one.tell(RELAY, denied(address(Side::Viewer).ip()));
    });
    assert_eq!(refused.verdict(Code::RelayPortsBlocked), None);

    let lent = needing(|one| {
        one.tell(
            RELAY,
            served(Side::Viewer, SocketAddr::new(relay().ip(), 50_002)),
        );
    });
    assert_eq!(lent.verdict(Code::RelayPortsBlocked), None);
}

#[test]
fn a_port_by_which_anything_came_is_open() {
    for side in [Side::Sharer, Side::Viewer] {
        let mut open = needing(|_| {});
        for fact in &mut open.facts {
            if let Observation::Checks { pair, received, .. } = &mut fact.observation
                && fact.observer == side.into()
                && (pair.local == port() || pair.remote == port())
            {
                *received = 1;
            }
        }
        assert_eq!(open.verdict(Code::RelayPortsBlocked), None, "{side}");
    }
}

#[test]
fn an_end_that_the_relay_may_see_elsewhere_is_not_told_from_a_stranger() {
    let mut translated = needing(|_| {});
    for fact in &mut translated.facts {
        if let Observation::SignedInFrom { side, address } = &mut fact.observation
            && *side == Side::Viewer
        {
            *address = "203.0.113.9:50000".parse().unwrap();
        }
    }

    assert_eq!(translated.verdict(Code::RelayPortsBlocked), None);
}

#[test]
fn a_relayed_pair_gets_its_time() {
    let mut early = needing(|_| {});
    for fact in &mut early.facts {
        if let Observation::Checks { waited_ms, .. } = &mut fact.observation {
            *waited_ms = 900;
        }
    }

    assert_eq!(early.verdict(Code::RelayPortsBlocked), None);
}

/// The sharer has the relay's only port, which the viewer does not reach.
fn needing(change: impl FnOnce(&mut Story)) -> Story {
    silent(|one| {
        one.tell(RELAY, served(Side::Sharer, port()))
            .tell(DESK1, permitted())
            .tell(DESK2, answered(TurnMethod::Allocate, 508))
            .tell(
                DESK1,
                in_vain(port(), address(Side::Viewer), Via::Relay(Transport::Udp)),
            )
            .tell(DESK2, in_vain(address(Side::Viewer), port(), Via::Direct));
        change(one);
        one
    })
}

fn port() -> SocketAddr {
    SocketAddr::new(relay().ip(), 50_001)
}

fn between(side: Side) -> Culprit {
    let stretch = vec![address(side).ip(), relay().ip()];
    Culprit::new(CulpritKind::EdgeBetween, stretch).on(&[side])
}

fn served(side: Side, relayed: SocketAddr) -> Observation {
    Observation::RelayServes {
        side,
        transport: Transport::Udp,
        client: address(side),
        relayed,
    }
}

fn allocated(transport: Transport, relayed: SocketAddr, mapped: SocketAddr) -> Observation {
    Observation::RelayAllocated {
        server: relay(),
        transport,
        relayed,
        mapped: Some(mapped),
    }
}

fn permitted() -> Observation {
    Observation::TurnResult {
        server: relay(),
        transport: Transport::Udp,
        method: TurnMethod::CreatePermission,
        code: None,
        reason: String::new(),
        rtt_ms: 1,
        challenge: false,
    }
}

const fn in_vain(local: SocketAddr, remote: SocketAddr, via: Via) -> Observation {
    Observation::Checks {
        pair: Pair { local, remote, via },
        sent: 8,
        answered: 0,
        received: 0,
        refused: 0,
        waited_ms: 1500,
    }
}
