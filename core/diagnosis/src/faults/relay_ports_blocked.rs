//! `relay-ports-blocked`: UDP between a client and a port that the relay lends does
//! not pass, while UDP between the same client and the port where the relay
//! listens does.
//!
//! Evidence: a client asked the port that was lent to it, and the relay, which
//! answers whoever holds a port, did not; or the other end's lent port is a
//! client's only way, the relay permits the client there, and neither end has seen
//! one check of the other.
//! Excluded by: an answer or anything that came through the port; a chosen path; a
//! port at another address than the one where the relay listens; a client that
//! the relay may see under several addresses, for a port speaks with one.
//! Remedy: the relay's port range between relay and clients.

use super::{SIDES, network_of, reach};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Observation, Pair, Side, Transport, TurnMethod, Via};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// A lent port that a side does not reach.
struct Shut {
    side: Side,
    port: SocketAddr,
    /// As whom the relay sees that side.
    seen_as: IpAddr,
    silent: Evidence,
    besides: Vec<Evidence>,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let has_path = scene
        .facts()
        .any(|fact| matches!(fact.observation, Observation::PathChosen { .. }));
    if has_path {
        return None;
    }
    let mut sides = SIDES.into_iter();
    let shut = sides.find_map(|side| asked(scene, side).or_else(|| needed(scene, side)))?;
    let (side, port) = (shut.side, shut.port);
    let (listens, heard) = listening(scene, side, port.ip())?;
    let computer = scene.names.computer(side);
    let words = Words {
        user: format!(
            "The ports that the relay lends do not reach {computer}. Your network team can \
             allow them."
        ),
        admin: format!(
            "{computer} reaches the relay at {listens} over UDP and not at {port}, a port that \
             the relay lends."
        ),
        remedy: format!(
            "permit UDP between {} and {}, all of `relay.ports` ({} is one of them), both \
             directions",
            network_of(scene, side),
            port.ip(),
            port.port()
        ),
    };
    let near = reach::towards(scene, side, port.ip()).or_else(|| scene.address_of(side));
    let stretch = vec![near.unwrap_or(shut.seen_as), port.ip()];
    let verdict = Verdict::new(
        Code::RelayPortsBlocked,
        Confidence::Located,
        Culprit::new(CulpritKind::EdgeBetween, stretch).on(&[side]),
        words,
        Proof::new(
            shut.silent,
            [heard].into_iter().chain(shut.besides).collect(),
        ),
    );
    Some(verdict.not(
        Code::RelayUdpBlocked,
        format!("the relay answers {computer} over UDP at {listens}"),
    ))
}

/// The port lent to `side` did not answer it.
fn asked(scene: &Scene<'_>, side: Side) -> Option<Shut> {
    let (fact, port, requests) = scene.seen_by(side).find_map(|fact| {
        let Observation::LentPort {
            relayed,
            requests,
            answered: false,
        } = fact.observation
        else {
            return None;
        };
        (requests >= ENOUGH_ASKED && holds(scene, side, relayed))
            .then_some((fact, relayed, requests))
    })?;
    let seen_as = seen_as_one(scene, side)?;
    (!is_stopped_at_home(scene, side, port)).then(|| Shut {
        side,
        port,
        seen_as,
        silent: Evidence::of(
            fact,
            format!("no answer of {port}, which the relay lends, to {requests} requests"),
        ),
        besides: Vec::new(),
    })
}

/// Whether that port was lent to `side` over UDP.
fn holds(scene: &Scene<'_>, side: Side, port: SocketAddr) -> bool {
    scene.seen_by(side).any(|fact| {
        matches!(fact.observation, Observation::RelayAllocated { relayed, transport: Transport::Udp, .. }
            if relayed == port)
    })
}

/// The one address under which the relay sees `side`, over UDP and over streams.
fn seen_as_one(scene: &Scene<'_>, side: Side) -> Option<IpAddr> {
    let seen: BTreeSet<IpAddr> = scene
        .seen_by(side)
        .filter_map(|fact| {
            let Observation::RelayAllocated { mapped, .. } = fact.observation else {
                return None;
            };
            mapped.map(|mapped| mapped.ip().to_canonical())
        })
        .collect();
    let mut seen = seen.into_iter();
    seen.next().filter(|_| seen.next().is_none())
}

/// `side` was lent nothing, so the other end's port is its only way to the relay,
/// and nothing came by it, neither in nor out.
fn needed(scene: &Scene<'_>, side: Side) -> Option<Shut> {
    let seen_as = scene.signed_in_from(side)?;
    let far = side.other();
    if lent_to(scene, side).is_some() || !is_permitted(scene, far, seen_as) {
        return None;
    }
    let port = lent_to(scene, far)?;
    let is_in = |pair: &Pair| pair.remote == port && pair.via == Via::Direct;
    let is_out = |pair: &Pair| pair.local == port && pair.remote.ip().to_canonical() == seen_as;
    let silent = in_vain(scene, side, is_in)?;
    let unheard = in_vain(scene, far, is_out)?;
    let computer = scene.names.computer(side);
    let said = format!("nothing came back from {port}, which the relay lends, to {computer}");
    let unheard_said = format!("nothing of {computer} came out of {port}, nor was it answered");
    (!is_stopped_at_home(scene, side, port)).then(|| Shut {
        side,
        port,
        seen_as,
        silent: Evidence::of(silent, said),
        besides: vec![Evidence::of(unheard, unheard_said)],
    })
}

/// The port that the relay says it lent to `side`.
fn lent_to(scene: &Scene<'_>, side: Side) -> Option<SocketAddr> {
    scene.facts().find_map(|fact| {
        let Observation::RelayServes {
            side: served,
            relayed,
            ..
        } = fact.observation
        else {
            return None;
        };
        (served == side).then_some(relayed)
    })
}

/// Whether the relay lets `peer` through to the port of `side`.
fn is_permitted(scene: &Scene<'_>, side: Side, peer: IpAddr) -> bool {
    let is_refused = scene.facts().any(|fact| {
        matches!(fact.observation, Observation::RelayRefused { side: of, peer: refused, .. }
            if of == side && refused.to_canonical() == peer)
    });
    let is_granted = scene.seen_by(side).any(|fact| {
        matches!(
            fact.observation,
            Observation::TurnResult {
                method: TurnMethod::CreatePermission,
                code: None,
                ..
            }
        )
    });
    is_granted && !is_refused
}

/// Checks of `side` on such pairs, none of which brought anything; nothing when
/// one did, or when it is too early to say.
fn in_vain<'a>(
    scene: &Scene<'a>,
    side: Side,
    is_wanted: impl Fn(&Pair) -> bool,
) -> Option<&'a Fact> {
    let mut checked = scene.seen_by(side).filter_map(|fact| {
        let Observation::Checks {
            pair,
            sent,
            answered,
            received,
            waited_ms,
            ..
        } = &fact.observation
        else {
            return None;
        };
        let is_vain = *answered == 0 && *received == 0;
        let is_late = *sent >= ENOUGH_CHECKED && *waited_ms >= LATE_MS;
        is_wanted(pair).then_some((fact, is_vain, is_late))
    });
    let (first, mut is_vain, mut is_late) = checked.next()?;
    for (_, vain, late) in checked {
        is_vain &= vain;
        is_late |= late;
    }
    (is_vain && is_late).then_some(first)
}

/// Where the relay listens at that address, if it answered `side` there over UDP.
fn listening(scene: &Scene<'_>, side: Side, relay: IpAddr) -> Option<(SocketAddr, Evidence)> {
    scene.seen_by(side).find_map(|fact| {
        let (Observation::TurnResult {
            server,
            transport: Transport::Udp,
            ..
        }
        | Observation::RelayAllocated {
            server,
            transport: Transport::Udp,
            ..
        }) = fact.observation
        else {
            return None;
        };
        let says = format!("the relay answered at {server} over UDP");
        (server.ip() == relay).then(|| (server, Evidence::of(fact, says)))
    })
}

/// That machine's own kernel does not let the requests out.
fn is_stopped_at_home(scene: &Scene<'_>, side: Side, port: SocketAddr) -> bool {
    scene.seen_by(side).any(|fact| {
        matches!(fact.observation, Observation::SendError { destination, .. }
            if destination == port)
    })
}

/// Requests that a lent port left unanswered; some may be lost by chance.
const ENOUGH_ASKED: u32 = 8;
/// The same of checks, which have their own pace.
const ENOUGH_CHECKED: u32 = 4;
/// A relayed pair that comes at all has mostly come by now.
const LATE_MS: u64 = 1000;
