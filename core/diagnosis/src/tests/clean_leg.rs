//! Where a loss lies, by example: what the legs to the relay clear of it.

use super::capacity::checks_for;
use super::facts::{CORE_A, CORE_B, FRONT_END, RELAY, WAY_A, WAY_B, run_arrived, run_sent, trace};
use super::story::{Story, address, relay, shared};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{LinkKind, NeighbourState, Observation, Pace, Pair, Side, Transport, Via};
use std::net::{IpAddr, SocketAddr};

const BOTH: [Side; 2] = [Side::Sharer, Side::Viewer];
const TRANSPORTS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

#[test]
fn loss_that_the_viewers_leg_shares_lies_between_the_parting_of_the_clean_way_and_the_viewer() {
    let story = lossy([0, 9], [5, 5], true);

    let rest = vec![CORE_A.into(), address(Side::Viewer).ip()];
    assert_eq!(
        story.named(Code::PathLossy),
        Some((Confidence::Located, between(rest).on(&[Side::Viewer])))
    );
}

#[test]
fn loss_that_neither_leg_shares_lies_beyond_the_parting_of_both_ways() {
    let story = lossy([0, 1], [5, 5], true);

    let rest = vec![CORE_A.into(), CORE_B.into()];
    assert_eq!(
        story.named(Code::PathLossy),
        Some((Confidence::Located, between(rest)))
    );
}

#[test]
fn where_no_router_speaks_a_clean_leg_clears_the_way_to_the_common_gateway() {
    let story = lossy([0, 0], [5, 5], false);

    let rest = vec![[10, 102, 0, 1].into(), [10, 103, 0, 1].into()];
    assert_eq!(
        story.named(Code::PathLossy),
        Some((Confidence::Located, between(rest)))
    );
}

#[test]
fn legs_that_lose_a_little_or_were_hardly_checked_clear_nothing() {
    let ends = BOTH.map(|side| address(side).ip()).to_vec();
    for story in [
        lossy([4, 4], [5, 5], true),
        lossy([9, 9], [5, 5], true),
        lossy([0, 0], [3, 3], true),
    ] {
        assert_eq!(
            story.named(Code::PathLossy),
            Some((Confidence::Located, between(ends.clone())))
        );
    }
}

#[test]
fn what_checks_between_two_streams_lack_as_well_is_no_loss() {
    let mut story = lossy([4, 4], [5, 5], true);
    for (own, far) in [
        (Transport::Tcp, Transport::Tls),
        (Transport::Tls, Transport::Tcp),
    ] {
        for side in BOTH {
            story.tell(side.into(), checks(side, own, far, 5, 4));
        }
    }

    let rest = vec![CORE_A.into(), CORE_B.into()];
    assert_eq!(
        story.named(Code::PathLossy),
        Some((Confidence::Located, between(rest)))
    );
}

#[test]
fn checks_that_mostly_die_are_placed_like_runs() {
    let mut story =
        lossy([0, 0], [5, 5], true).without(|one| matches!(one, Observation::RunSent { .. }));
    for side in BOTH {
        story.tell(side.into(), checks_for(side, 5, 2, 2500));
    }
    assert_eq!(story.verdict(Code::PathLossy), None, "no path was chosen");
    let pair = Pair {
        local: relayed(Side::Viewer, Transport::Udp),
        remote: relayed(Side::Sharer, Transport::Udp),
        via: Via::Relay(Transport::Udp),
    };
    story.tell(Side::Viewer.into(), Observation::PathChosen { pair });

    let rest = vec![CORE_A.into(), CORE_B.into()];
    assert_eq!(
        story.named(Code::PathLossy),
        Some((Confidence::Leading, between(rest)))
    );
}

#[test]
fn without_a_run_that_lost_packets_no_leg_accuses_anybody() {
    let story =
        lossy([0, 9], [5, 5], true).without(|one| matches!(one, Observation::RunSent { .. }));

    assert_eq!(story.verdict(Code::PathLossy), None);
}

/// Both directions lose two packets in five. Of the checks that cross an end's leg
/// alone so many were lost, and so many left on each of four pairs.
fn lossy(lost: [u32; 2], sent: [u32; 2], speak: bool) -> Story {
    shared(|one| {
        let servers = vec![relay()];
        one.tell(FRONT_END, Observation::RelayOffered { servers });
        for ((side, lost), sent) in BOTH.into_iter().zip(lost).zip(sent) {
            runs(one, side);
            ways(one, side, speak);
            for transport in TRANSPORTS {
                one.tell(RELAY, lent(side, transport));
            }
            leg(one, side, lost, sent);
        }
        one
    })
}

fn runs(story: &mut Story, side: Side) {
    let (near, far) = (address(side), address(side.other()));
    for pace in [Pace::Slow, Pace::Burst] {
        let (mut left, mut came) = (run_sent(pace, 20), run_arrived(pace, 12));
        if let Observation::RunSent { destination, .. } = &mut left {
            *destination = far;
        }
        if let Observation::RunArrived { source, .. } = &mut came {
            *source = near;
        }
        story
            .tell(side.into(), left)
            .tell(side.other().into(), came);
    }
}

fn ways(story: &mut Story, side: Side, speak: bool) {
    let (there, gateway): (&[[u8; 4]], IpAddr) = match side {
        Side::Sharer => (&WAY_A, [10, 102, 0, 1].into()),
        Side::Viewer => (&WAY_B, [10, 103, 0, 1].into()),
    };
    let to_relay = [there[0], there[1], [172, 16, 3, 2]];
    if speak {
        let relayed = SocketAddr::new(relay().ip(), 60_000);
        story
            .tell(side.into(), trace(address(side.other()), there))
            .tell(side.into(), trace(relayed, &to_relay));
    }
    for destination in [address(side.other()).ip(), relay().ip()] {
        story.tell(side.into(), route(destination, gateway));
    }
}

fn leg(story: &mut Story, side: Side, mut lost: u32, sent: u32) {
    let other = side.other();
    for stream in [Transport::Tcp, Transport::Tls] {
        for (observer, own, far) in [
            (side, Transport::Udp, stream),
            (other, stream, Transport::Udp),
        ] {
            let here = lost.min(if lost > 4 { 3 } else { 1 });
            lost -= here;
            story.tell(
                observer.into(),
                checks(observer, own, far, sent, sent - here),
            );
        }
    }
}

fn checks(side: Side, own: Transport, far: Transport, sent: u32, answered: u32) -> Observation {
    Observation::Checks {
        pair: Pair {
            local: relayed(side, own),
            remote: relayed(side.other(), far),
            via: Via::Relay(own),
        },
        sent,
        answered,
        received: answered,
        refused: 0,
        waited_ms: 3800,
    }
}

fn lent(side: Side, transport: Transport) -> Observation {
    Observation::RelayServes {
        side,
        transport,
        client: address(side),
        relayed: relayed(side, transport),
    }
}

fn relayed(side: Side, transport: Transport) -> SocketAddr {
    let side = match side {
        Side::Sharer => 60_000,
        Side::Viewer => 60_010,
    };
    let transport = match transport {
        Transport::Udp => 1,
        Transport::Tcp => 2,
        Transport::Tls => 3,
    };
    SocketAddr::new(relay().ip(), side + transport)
}

fn route(destination: IpAddr, gateway: IpAddr) -> Observation {
    Observation::Route {
        destination,
        via: Some(gateway),
        device: "eth0".to_owned(),
        device_kind: LinkKind::Ethernet,
        source: None,
        neighbour: NeighbourState::Answers,
        neighbour_hardware: None,
    }
}

fn between(ends: Vec<IpAddr>) -> Culprit {
    Culprit::new(CulpritKind::EdgeBetween, ends).stops(&BOTH)
}
