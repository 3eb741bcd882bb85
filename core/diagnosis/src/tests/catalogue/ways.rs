//! Routers, filters and translation on the way between the two machines.

use crate::tests::facts::{
    CORE_A, CORE_B, DESK1, DESK2, ROUTER_A, ROUTER_B, ROUTER_SIX, WAY_A, WAY_B, outside,
    relayed_checks, run_arrived, run_sent, trace,
};
use crate::tests::story::{Story, address, shared, silent};
use hopsight_evidence::{
    CandidateKind, Hop, IcmpKind, Observation, Pace, Pair, Side, TcpOutcome, Via,
};
use std::net::SocketAddr;

pub(super) fn return_route_missing() -> Story {
    let mut story = Story::default();
    story
        .candidates()
        .checks(Side::Sharer, 12, 0, 0)
        .checks(Side::Viewer, 12, 0, 12)
        .refusal(Side::Viewer, ROUTER_B, IcmpKind::NetworkUnreachable, 3);
    story
}

pub(super) fn silent_drop() -> Story {
    silent(|one| {
        one.tell(DESK1, trace(address(Side::Viewer), &WAY_A[..2]))
            .tell(DESK2, trace(address(Side::Sharer), &WAY_B))
    })
}

pub(super) fn ports_filtered() -> Story {
    let mut story = silent_drop();
    let observation = Observation::TcpConnect {
        destination: address(Side::Viewer),
        outcome: TcpOutcome::Refused,
        after_ms: 1,
    };
    story.tell(DESK1, observation);
    story
}

pub(super) fn routing_loop() -> Story {
    let circle = [ROUTER_A, CORE_A, CORE_B, CORE_A, CORE_B];
    silent(|one| {
        one.refusal(Side::Sharer, CORE_A, IcmpKind::TimeExceeded, 2)
            .tell(DESK1, trace(address(Side::Viewer), &circle))
    })
}

pub(super) fn ipv6_broken() -> Story {
    let mut story = Story::default();
    for side in [Side::Sharer, Side::Viewer] {
        let (local, remote) = (six(side), six(side.other()));
        let observation = Observation::Checks {
            pair: Pair {
                local,
                remote,
                via: Via::Direct,
            },
            sent: 12,
            answered: 0,
            received: 0,
            refused: 0,
            waited_ms: 100,
        };
        story
            .candidate(side, true, CandidateKind::Host, local)
            .candidate(side, false, CandidateKind::Host, remote)
            .tell(side.into(), observation);
    }
    let observation = Observation::Trace {
        destination: six(Side::Viewer),
        highest: 12,
        hops: vec![Hop {
            ttl: 1,
            address: ROUTER_SIX,
        }],
    };
    story.relay_allocated(Side::Sharer).tell(DESK1, observation);
    story
}

pub(super) fn symmetric_nat_both() -> Story {
    silent(|one| {
        for side in [Side::Sharer, Side::Viewer] {
            one.candidate(side, true, CandidateKind::ServerReflexive, outside(side));
            one.tell(side.other().into(), relayed_checks(side, 60_000, 3));
        }
        one
    })
}

pub(super) fn hairpin_missing() -> Story {
    let shared = outside(Side::Sharer);
    silent(|one| {
        one.candidate(Side::Sharer, true, CandidateKind::ServerReflexive, shared)
            .candidate(Side::Viewer, true, CandidateKind::ServerReflexive, shared)
    })
}

pub(super) fn lossy(runs: &[(Pace, u32, u32)]) -> Story {
    shared(|one| {
        for (pace, sent, arrived) in runs {
            one.tell(DESK1, run_sent(*pace, *sent))
                .tell(DESK2, run_arrived(*pace, *arrived));
        }
        one
    })
}

fn six(side: Side) -> SocketAddr {
    let last = match side {
        Side::Sharer => 0x139,
        Side::Viewer => 0x50,
    };
    SocketAddr::new([0x2001, 0xDB8, 0, 0, 0, 0, 0, last].into(), 30_000)
}
