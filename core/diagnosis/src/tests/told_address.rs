//! Where the relay says it is, and what it lends there, by example.

use super::facts::{DESK1, DESK2, FRONT_END, LOOPBACK, RELAY, answered, denied, offered};
use super::story::{Story, address, relay, silent};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{IcmpKind, Observation, Side, Transport, TurnMethod};
use std::net::SocketAddr;

#[test]
fn a_told_address_that_nobody_has_is_wrong_while_the_relay_lives_elsewhere() {
    let culprit = Culprit::new(CulpritKind::Service, vec![relay().ip()]);
    let story = deserted(3050);
    assert_eq!(
        story.named(Code::AdvertisedAddressWrong),
        Some((Confidence::Located, culprit))
    );
    assert_eq!(story.verdict(Code::RelayUnreachable), None);
}

#[test]
fn without_the_routers_word_or_the_living_relay_it_is_only_out_of_reach() {
    let unsaid = deserted(3050).without(|one| matches!(one, Observation::IcmpError { .. }));
    let unserved = deserted(3050).without(|one| matches!(one, Observation::RelayAllocated { .. }));
    let rejected = deserted(2);
    for story in [unsaid, unserved, rejected] {
        assert_eq!(story.verdict(Code::AdvertisedAddressWrong), None);
        assert!(story.verdict(Code::RelayUnreachable).is_some());
    }
}

#[test]
fn what_follows_from_a_useless_address_is_not_told_as_a_cause_of_its_own() {
    let story = silent(|one| {
        one.tell(FRONT_END, offered(&[LOOPBACK]))
            .tell(RELAY, denied(address(Side::Viewer).ip()))
            .tell(DESK1, not_reached(Transport::Udp))
            .tell(DESK1, not_reached(Transport::Tcp))
    });

    assert!(story.verdict(Code::AdvertisedAddressWrong).is_some());
    assert_eq!(story.verdict(Code::RelayPeerDenied), None);
    assert_eq!(story.verdict(Code::RelayUnreachable), None);
}

#[test]
fn a_full_relay_that_answers_over_tcp_shows_that_only_udp_is_dead() {
    let story = silent(|one| {
        one.relay_silent(Side::Sharer, &[Transport::Udp])
            .relay_silent(Side::Viewer, &[Transport::Udp])
            .tell(DESK1, full())
            .tell(DESK2, full())
    });

    assert!(story.verdict(Code::UdpBlocked).is_some());
    assert!(story.verdict(Code::RelayQuota).is_some());
}

#[test]
fn without_a_relay_two_ends_behind_translation_need_no_other_fault() {
    let mut story = silent(|one| one.tell(FRONT_END, offered(&[])));
    for fact in &mut story.facts {
        if let Observation::SignedInFrom { side, address } = &mut fact.observation {
            let outside = if *side == Side::Sharer { 2 } else { 6 };
            *address = ([198, 51, 100, outside], 40_000).into();
        }
    }
    story.networks();
    story.refusal(
        Side::Sharer,
        [198, 51, 100, 1],
        IcmpKind::NetworkUnreachable,
        2,
    );

    assert_eq!(
        story.said(),
        [(Code::RelayNotConfigured, Confidence::Proven)]
    );
}

/// Nobody has the relay's told address, as a router says after so long.
fn deserted(after_ms: u64) -> Story {
    let elsewhere = SocketAddr::new([10, 21, 185, 10].into(), 443);
    let router = [172, 16, 3, 2].into();
    silent(|one| {
        one.tell(FRONT_END, offered(&[relay()]))
            .relay_silent(Side::Sharer, &[Transport::Udp, Transport::Tcp])
            .refusal_about(
                Side::Sharer,
                relay(),
                router,
                IcmpKind::HostUnreachable,
                after_ms,
            )
            .tell(
                DESK1,
                Observation::RelayAllocated {
                    server: elsewhere,
                    transport: Transport::Tls,
                    relayed: relay(),
                    mapped: None,
                },
            )
    })
}

fn not_reached(transport: Transport) -> Observation {
    Observation::RelaySilent {
        server: LOOPBACK,
        transport,
        text: "refused".to_owned(),
        waited_ms: 1,
        connected: false,
    }
}

/// The relay has no port left, as it answers over TCP.
fn full() -> Observation {
    let mut answer = answered(TurnMethod::Allocate, 508);
    if let Observation::TurnResult { transport, .. } = &mut answer {
        *transport = Transport::Tcp;
    }
    answer
}
