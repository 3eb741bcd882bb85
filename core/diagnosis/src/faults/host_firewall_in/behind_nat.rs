//! `host-firewall-in` behind a NAT: the NAT puts its own address on what the PC behind
//! it refuses, so that the two are named together.
//!
//! Evidence: "prohibited" in the name of the NAT, out of which the other end's checks
//! come to this very end: it has opened, and forbids nothing that belongs to them.
//! Excluded by: anything that arrived there; a NAT out of which nothing came, for that
//! one refuses by itself what nobody asked for.

use super::super::mapping;
use super::SIDES;
use crate::scene::{Scene, Tally};
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, IcmpKind, Observation, Side};
use std::net::IpAddr;

/// The NAT's address stands on a refusal of what it lets in.
struct Refused<'a> {
    fact: &'a Fact,
    side: Side,
    gate: IpAddr,
    after_ms: u64,
    opened: Tally<'a>,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let one = SIDES.into_iter().find_map(|side| refused(scene, side))?;
    let (side, far, gate) = (one.side, one.side.other(), one.gate);
    let (near, computer) = (scene.names.computer(side), scene.names.computer(far));
    let words = Words {
        user: format!(
            "A firewall on {computer} or in the device before it turns the picture away. \
             Whoever looks after them can allow it."
        ),
        admin: format!(
            "\"prohibited\" comes in the name of the NAT {gate}, which has opened for {near}: \
             {computer} behind it refuses, or the NAT's own rules do."
        ),
        remedy: format!(
            "on {computer}: allow inbound UDP for the program in the host firewall; else on \
             {gate}: permit UDP that comes in"
        ),
    };
    let said = format!("{gate} answered \"prohibited\" after {} ms", one.after_ms);
    let opened = format!(
        "{} checks of {computer} came from {}, so its NAT lets answers in",
        one.opened.received, one.opened.pair.remote
    );
    let proof = Proof::new(
        Evidence::of(one.fact, said),
        vec![Evidence::of(one.opened.fact, opened)],
    );
    let machine = scene.address_of(far).filter(|address| *address != gate);
    let addresses = machine.into_iter().chain([gate]).collect();
    let verdict = Verdict::new(
        Code::HostFirewallIn,
        Confidence::Located,
        Culprit::new(CulpritKind::EdgeBetween, addresses)
            .on(&[far])
            .stops(&[side]),
        words,
        proof,
    );
    let verdict = verdict
        .not(
            Code::NoRoute,
            format!("packets get as far as {gate}, in whose name they are refused"),
        )
        .or(
            Code::AdminProhibited,
            format!("the rules of the device at {gate}, and the host firewall of {computer}"),
        );
    Some(verdict.first_seen(Some(one.after_ms)))
}

fn refused<'a>(scene: &Scene<'a>, side: Side) -> Option<Refused<'a>> {
    if scene.delivered_to(side.other()) {
        return None;
    }
    let opened = mapping::opened(scene, side)?;
    scene.seen_by(side).find_map(|fact| {
        let Observation::IcmpError {
            destination,
            offender,
            kind: IcmpKind::Prohibited,
            after_ms,
            ..
        } = fact.observation
        else {
            return None;
        };
        let gate = offender.to_canonical();
        let is_own_word = destination.ip().to_canonical() == gate;
        let is_opened = opened.pair.remote.ip().to_canonical() == gate;
        (is_own_word && is_opened).then_some(Refused {
            fact,
            side,
            gate,
            after_ms,
            opened,
        })
    })
}
