//! `relay-udp-blocked`: the relay answers over TCP or TLS but not over UDP.
//!
//! Evidence: silence over UDP while the same relay serves that side over a
//! stream, and nothing shows that the relay ever heard it over UDP; it is located
//! where the relay itself counted none. What the
//! direct way does is judged elsewhere: where no UDP passes at all it is
//! `udp-blocked`.
//! Excluded by: any answer over UDP; a relay that heard the requests; a kernel
//! that does not let them out.
//! Remedy: UDP 3478 to the relay.

use super::relay_leg::{self, Leg};
use super::udp_replies_filtered::heard;
use super::{SIDES, ahead, computers_of, networks_of, reach};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Observation, Side, Transport};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let legs: Vec<Leg<'_>> = SIDES
        .into_iter()
        .filter(|side| heard(scene, *side).is_none())
        .filter_map(|side| relay_leg::without_udp(scene, side))
        .filter(|leg| !is_stopped_at_home(scene, leg))
        .collect();
    let first = legs.first()?;
    let sides: Vec<Side> = legs.iter().map(|leg| leg.side).collect();
    let computers = computers_of(scene, &sides);
    let (networks, server) = (networks_of(scene, &sides), first.server);
    let words = Words {
        user: format!(
            "{computers} reaches the relay, but not over UDP, which is the fastest way. \
             Your network team can allow it."
        ),
        admin: format!(
            "The relay {server} does not answer {computers} over UDP and serves it over {}.",
            first.by
        ),
        remedy: format!(
            "permit UDP from {networks} to {server}, and its replies; until then the relay is \
             reached over {}",
            first.by
        ),
    };
    let mut lines = legs.iter().flat_map(|leg| leg.lines(scene));
    let places = places(scene, &legs);
    let followed: Vec<Evidence> = legs.iter().flat_map(|leg| followed(scene, leg)).collect();
    let unheard: Vec<Evidence> = sides
        .iter()
        .filter_map(|side| unheard(scene, *side))
        .collect();
    let is_counted = unheard.len() == sides.len();
    let verdict = Verdict::new(
        Code::RelayUdpBlocked,
        if is_counted {
            Confidence::Located
        } else {
            Confidence::SideOnly
        },
        Culprit::new(CulpritKind::EdgeBetween, places).on(&sides),
        words,
        Proof::new(
            lines.next()?,
            lines.chain(unheard).chain(followed).collect(),
        ),
    );
    let verdict = verdict.not(
        Code::RelayUnreachable,
        format!("the same relay serves {computers} over {}", first.by),
    );
    Some(if is_counted {
        verdict.not(
            Code::UdpRepliesFiltered,
            "the relay counted no request, so none got there",
        )
    } else {
        verdict.or(
            Code::UdpRepliesFiltered,
            "whether the relay hears the requests: its own count of them",
        )
    })
}

/// From where the requests of each side are known to get to, to the next place on the
/// way of one of them, or else to the relay.
fn places(scene: &Scene<'_>, legs: &[Leg<'_>]) -> Vec<IpAddr> {
    if let [leg] = legs
        && let Some(ahead) = ahead::of_relay(scene, leg.side, leg.server)
    {
        return vec![ahead.near, ahead.far];
    }
    let near = legs.iter().filter_map(|leg| {
        let hop = reach::towards(scene, leg.side, leg.server.ip());
        hop.or_else(|| scene.address_of(leg.side))
    });
    let relay = legs.first().map(|leg| leg.server.ip());
    near.chain(relay).collect()
}

/// How far the requests and TCP come.
fn followed(scene: &Scene<'_>, leg: &Leg<'_>) -> Option<Evidence> {
    let ahead = ahead::of_relay(scene, leg.side, leg.server)?;
    Some(ahead.line(scene, leg.side))
}

/// The relay's word that it heard nothing of `side` over UDP.
fn unheard(scene: &Scene<'_>, wanted: Side) -> Option<Evidence> {
    let fact = scene.facts().find(|fact| {
        matches!(fact.observation, Observation::RelayHeard {
            side, transport: Transport::Udp, requests: 0, ..
        } if side == wanted)
    })?;
    let says = format!(
        "the relay heard no request of {} over UDP",
        scene.names.computer(wanted)
    );
    Some(Evidence::of(fact, says))
}

/// That machine's own kernel does not let the requests out.
fn is_stopped_at_home(scene: &Scene<'_>, leg: &Leg<'_>) -> bool {
    scene.seen_by(leg.side).any(|fact| {
        matches!(fact.observation, Observation::SendError { destination, .. }
            if destination.ip() == leg.server.ip())
    })
}
