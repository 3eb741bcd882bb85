//! `wrong-gateway`: the host's next hop does not exist.
//!
//! Proof: about three seconds after its first packet the host's own kernel
//! answers "host unreachable" about an address outside the networks that its
//! interfaces know: nobody answered for the next hop (3.07 s, measured).
//! Excluded by: packets that arrived in that direction; a destination inside
//! an own network, where there is no next hop.
//! Remedy: the gateway address on that PC.

use super::SIDES;
use crate::scene::Scene;
use crate::{
    Code, Confidence, Culprit, CulpritKind, CulpritSide, Direction, Evidence, Excluded, Proof,
    Verdict,
};
use hopsight_evidence::{Fact, IcmpKind, Observation, Side};
use std::net::IpAddr;

/// The own kernel gave up on a neighbour.
struct GivenUp<'a> {
    fact: &'a Fact,
    side: Side,
    own: IpAddr,
    destination: IpAddr,
    after_ms: u64,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(side.other()))
        .find_map(|side| given_up(scene, side))?;
    let computer = scene.names.computer(found.side);
    let destination = found.destination;
    let says = format!(
        "{computer} itself answered \"host unreachable\" for {destination} after {} ms: \
         nobody answered for its next hop",
        found.after_ms
    );
    let network = scene
        .network_of(found.side, found.own)
        .unwrap_or_else(|| found.own.to_string());
    Some(Verdict {
        code: Code::WrongGateway,
        layer: Code::WrongGateway.layer(),
        confidence: Confidence::Proven,
        culprit: Some(Culprit {
            kind: CulpritKind::Host,
            addresses: vec![found.own],
            name: None,
            side: CulpritSide::of(&[found.side]),
            direction: Direction::from_sides(&[found.side]),
        }),
        user: format!(
            "{computer} sends by a gateway that does not exist. \
             Whoever looks after that PC can correct it."
        ),
        admin: format!(
            "The next hop of {computer} towards {destination} does not answer in {network}."
        ),
        remedy: format!(
            "on {computer}: correct the gateway towards {destination} \
             (`ip route get {destination}` names it)"
        ),
        evidence: Proof::new(Evidence::of(found.fact, says), Vec::new()),
        excluded: vec![Excluded::new(
            Code::NoRoute,
            "the packets did not get past the first link, so no router has seen them",
        )],
        cannot_tell_apart: Vec::new(),
        also: Vec::new(),
        first_evidence_ms: Some(found.after_ms),
        verdict_ms: None,
    })
}

fn given_up<'a>(scene: &Scene<'a>, side: Side) -> Option<GivenUp<'a>> {
    let own = scene.addresses_of(side);
    scene.seen_by(side).find_map(|fact| {
        let Observation::IcmpError {
            destination,
            offender,
            kind: IcmpKind::HostUnreachable,
            after_ms,
            ..
        } = fact.observation
        else {
            return None;
        };
        let (offender, destination) = (offender.to_canonical(), destination.ip().to_canonical());
        let is_own_word = own.contains(&offender) && after_ms >= NEIGHBOUR_MS;
        let is_far = scene.addresses_told_of(side.other()).contains(&destination)
            && scene.is_off_link(side, destination);
        (is_own_word && is_far).then_some(GivenUp {
            fact,
            side,
            own: offender,
            destination,
            after_ms,
        })
    })
}

/// Three requests, one second apart.
const NEIGHBOUR_MS: u64 = 1000;
