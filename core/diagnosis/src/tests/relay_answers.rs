//! What the relay and the front end know of the relay, by example.

use super::catalogue::decisive;
use super::facts::{DESK1, FRONT_END, LOOPBACK, RELAY, answered, denied, heard, offered};
use super::story::{Story, address, pair, refused_both_ways, relay, silent, without_udp};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{Observation, Side, Transport, TurnMethod};
use std::net::SocketAddr;

#[test]
fn refused_credentials_are_the_services() {
    assert_eq!(
        decisive(Code::RelayCredentials).named(Code::RelayCredentials),
        Some((Confidence::Located, service().on(&[Side::Sharer])))
    );
}

#[test]
fn a_challenge_or_an_address_is_no_refusal() {
    let mut served = decisive(Code::RelayCredentials);
    served.relay_allocated(Side::Sharer);
    assert_eq!(served.verdict(Code::RelayCredentials), None);

    let mut challenged = decisive(Code::RelayCredentials);
    for fact in &mut challenged.facts {
        if let Observation::TurnResult { challenge, .. } = &mut fact.observation {
            *challenge = true;
        }
    }
    assert_eq!(challenged.verdict(Code::RelayCredentials), None);
}

#[test]
fn a_relay_that_is_full_for_both_ends_is_proven_full() {
    assert_eq!(
        decisive(Code::RelayQuota).named(Code::RelayQuota),
        Some((Confidence::Proven, service()))
    );
}

#[test]
fn one_ends_word_that_a_relay_is_full_does_not_prove_it() {
    for code in [486, 508] {
        let story = silent(|one| one.tell(DESK1, answered(TurnMethod::Allocate, code)));
        assert_eq!(
            story.named(Code::RelayQuota),
            Some((Confidence::Located, service())),
            "{code}"
        );
    }
    let mut served = silent(|one| one.tell(DESK1, answered(TurnMethod::Allocate, 486)));
    served.relay_allocated(Side::Sharer);
    assert_eq!(served.verdict(Code::RelayQuota), None);
}

#[test]
fn no_relay_where_the_direct_way_fails_is_a_matter_of_configuration() {
    let policy = Culprit::new(CulpritKind::Policy, Vec::new());
    assert_eq!(
        decisive(Code::RelayNotConfigured).named(Code::RelayNotConfigured),
        Some((Confidence::Proven, policy))
    );
}

#[test]
fn no_relay_is_no_fault_before_the_direct_way_was_tried() {
    let mut begun = Story::default();
    begun.candidates().tell(FRONT_END, offered(&[]));
    assert_eq!(begun.said(), []);

    let mut offers = silent(|one| one.tell(FRONT_END, offered(&[relay()])));
    assert_eq!(offers.verdict(Code::RelayNotConfigured), None);
    offers.direct();
    assert_eq!(offers.said(), []);

    let mut served = decisive(Code::RelayNotConfigured);
    served.relay_allocated(Side::Viewer);
    assert_eq!(served.verdict(Code::RelayNotConfigured), None);
}

#[test]
fn a_peer_that_the_relay_itself_refuses_is_a_matter_of_its_policy() {
    let policy = Culprit::new(CulpritKind::Policy, Vec::new()).on(&[Side::Sharer]);
    assert_eq!(
        decisive(Code::RelayPeerDenied).named(Code::RelayPeerDenied),
        Some((Confidence::Proven, policy.clone()))
    );

    let own = silent(|one| {
        one.relay_allocated(Side::Viewer)
            .tell(RELAY, denied(relay().ip()))
    });
    assert_eq!(
        own.named(Code::RelayPeerDenied),
        Some((Confidence::Proven, policy)),
        "its own address, at which the other end is served"
    );
}

#[test]
fn an_answer_that_only_an_end_tells_of_locates_a_denied_peer() {
    for method in [TurnMethod::CreatePermission, TurnMethod::ChannelBind] {
        let story = silent(|one| one.tell(DESK1, answered(method, 403)));
        assert_eq!(
            story
                .verdict(Code::RelayPeerDenied)
                .map(|one| one.confidence),
            Some(Confidence::Located),
            "{method:?}"
        );
    }
}

#[test]
fn a_refused_address_does_no_harm_to_a_path_that_was_found() {
    for code in [Code::RelayPeerDenied, Code::RelayPortsBlocked] {
        let mut story = decisive(code);
        story.tell(DESK1, relayed_path());
        assert_eq!(story.verdict(code), None, "{code}");
    }
    let stranger = silent(|one| one.tell(RELAY, denied([192, 0, 2, 9].into())));
    assert_eq!(stranger.verdict(Code::RelayPeerDenied), None);
}

#[test]
fn an_advertised_address_that_leaves_no_machine_is_the_services() {
    let culprit = Culprit::new(CulpritKind::Service, vec![LOOPBACK.ip()]);
    assert_eq!(
        decisive(Code::AdvertisedAddressWrong).named(Code::AdvertisedAddressWrong),
        Some((Confidence::Proven, culprit.clone()))
    );

    let told = silent(|one| one.tell(DESK1, allocated(LOOPBACK)));
    assert_eq!(
        told.named(Code::AdvertisedAddressWrong),
        Some((Confidence::Located, culprit)),
        "one end's word about a server proves nothing"
    );
}

#[test]
fn an_address_that_can_be_used_is_not_wrong() {
    let usable = silent(|one| one.tell(FRONT_END, offered(&[relay()])));
    assert_eq!(usable.verdict(Code::AdvertisedAddressWrong), None);

    let mut at_home = decisive(Code::AdvertisedAddressWrong);
    for fact in &mut at_home.facts {
        if let Observation::SignedInFrom { address, .. } = &mut fact.observation {
            *address = LOOPBACK;
        }
    }
    assert_eq!(
        at_home.verdict(Code::AdvertisedAddressWrong),
        None,
        "everybody is on the relay's machine"
    );
}

#[test]
fn replies_that_are_lost_are_told_by_the_relay_that_heard_the_requests() {
    let culprit = Culprit::new(
        CulpritKind::EdgeBetween,
        vec![address(Side::Sharer).ip(), relay().ip()],
    );
    let story = decisive(Code::UdpRepliesFiltered);
    assert_eq!(
        story.named(Code::UdpRepliesFiltered),
        Some((
            Confidence::Located,
            culprit.on(&[Side::Sharer]).stops(&[Side::Viewer])
        ))
    );
    assert_eq!(story.verdict(Code::RelayUdpBlocked), None);
    assert_eq!(story.verdict(Code::UdpBlocked), None);
}

#[test]
fn without_the_relays_word_lost_replies_are_a_leg_without_udp() {
    let mut story = refused_both_ways();
    without_udp(&mut story, &[Side::Sharer]);

    assert_eq!(
        story.said(),
        [
            (Code::NoRoute, Confidence::Proven),
            (Code::RelayUdpBlocked, Confidence::SideOnly)
        ]
    );
    assert_eq!(
        story.rivals(Code::RelayUdpBlocked),
        [Code::UdpRepliesFiltered]
    );
}

#[test]
fn a_relay_that_counted_no_request_locates_the_leg_without_udp() {
    let culprit = Culprit::new(
        CulpritKind::EdgeBetween,
        vec![address(Side::Sharer).ip(), relay().ip()],
    );
    let story = decisive(Code::RelayUdpBlocked);
    assert_eq!(
        story.named(Code::RelayUdpBlocked),
        Some((Confidence::Located, culprit.on(&[Side::Sharer])))
    );
    assert_eq!(story.rivals(Code::RelayUdpBlocked), []);
}

#[test]
fn any_answer_over_udp_shows_that_udp_passes() {
    for code in [
        Code::RelayUdpBlocked,
        Code::UdpRepliesFiltered,
        Code::UdpBlocked,
    ] {
        let mut story = decisive(code);
        for side in [Side::Sharer, Side::Viewer] {
            story.tell(side.into(), answered(TurnMethod::Binding, 400));
        }
        assert_eq!(story.verdict(code), None, "{code}");
    }
}

#[test]
fn an_end_cannot_speak_for_the_relay() {
    let mut story = refused_both_ways();
    without_udp(&mut story, &[Side::Sharer]).tell(DESK1, heard(Side::Sharer, 3));

    assert_eq!(story.verdict(Code::UdpRepliesFiltered), None);
}

fn service() -> Culprit {
    Culprit::new(CulpritKind::Service, vec![relay().ip()])
}

fn allocated(relayed: SocketAddr) -> Observation {
    Observation::RelayAllocated {
        server: relay(),
        transport: Transport::Udp,
        relayed,
        mapped: None,
    }
}

fn relayed_path() -> Observation {
    let direct = pair(Side::Sharer);
    Observation::PathChosen {
        pair: hopsight_evidence::Pair {
            via: hopsight_evidence::Via::Relay(Transport::Udp),
            ..direct
        },
    }
}
