//! `udp-replies-filtered`: requests to the relay pass over UDP, its replies to
//! the client's high port do not.
//!
//! Evidence: the relay heard that side over UDP and answered, and that side saw
//! no answer while the same relay serves it over a stream. Neither end alone
//! could tell.
//! Excluded by: any answer over UDP; a relay that heard nothing.
//! Remedy: a stateful rule, or source port 3478 inbound.

use super::relay_leg::{self, Leg};
use super::{SIDES, computers_of, networks_of};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Observation, Side, Transport};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found: Vec<(Leg<'_>, (&Fact, u32))> = SIDES
        .into_iter()
        .filter_map(|side| Some((relay_leg::without_udp(scene, side)?, heard(scene, side)?)))
        .collect();
    let (first, _) = found.first()?;
    let sides: Vec<Side> = found.iter().map(|(leg, _)| leg.side).collect();
    let computers = computers_of(scene, &sides);
    let (networks, server) = (networks_of(scene, &sides), first.server);
    let words = Words {
        user: format!(
            "A filter lets what {computers} asks over UDP pass and drops the answers. \
             Your network team can allow them."
        ),
        admin: format!(
            "The relay {server} hears {computers} over UDP and answers; no answer arrives there."
        ),
        remedy: format!(
            "between {server} and {networks}: make the rule for UDP stateful, or permit source \
             port {} inbound to high ports",
            server.port()
        ),
    };
    let mut lines = found.iter().flat_map(|(leg, (fact, requests))| {
        let says = format!(
            "the relay heard {requests} requests of {} over UDP and answered each",
            scene.names.computer(leg.side)
        );
        [Evidence::of(fact, says)]
            .into_iter()
            .chain(leg.lines(scene))
    });
    // What dies is on its way to these sides.
    let senders: Vec<Side> = sides.iter().map(|side| side.other()).collect();
    let ends = sides.iter().filter_map(|side| scene.address_of(*side));
    let addresses = ends.chain([server.ip()]).collect();
    let verdict = Verdict::new(
        Code::UdpRepliesFiltered,
        Confidence::Located,
        Culprit::new(CulpritKind::EdgeBetween, addresses)
            .on(&sides)
            .stops(&senders),
        words,
        Proof::new(lines.next()?, lines.collect()),
    );
    Some(verdict.not(
        Code::RelayUdpBlocked,
        "the relay heard the requests, so UDP towards it passes",
    ))
}

/// The verdict where it explains the direct way as well: nothing over UDP comes
/// to that side from anywhere, while the other end's packets leave.
pub(super) fn judge_path(scene: &Scene<'_>) -> Option<Verdict> {
    let verdict = judge(scene)?;
    let is_deaf =
        |side: &Side| relay_leg::without_udp(scene, *side).is_some() && scene.delivered_to(*side);
    (!SIDES.iter().any(is_deaf)).then_some(verdict)
}

/// The relay's word that requests of `side` came over UDP.
pub(super) fn heard<'a>(scene: &Scene<'a>, wanted: Side) -> Option<(&'a Fact, u32)> {
    scene.facts().find_map(|fact| {
        let Observation::RelayHeard {
            side,
            transport: Transport::Udp,
            requests,
            ..
        } = fact.observation
        else {
            return None;
        };
        (side == wanted && requests > 0).then_some((fact, requests))
    })
}
