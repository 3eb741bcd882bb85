//! `admin-prohibited`: a device on the way rejects the packets and says so.
//!
//! Proof: an ICMP error 3/9, 3/10 or 3/13 (ICMPv6 1/1, 1/5, 1/6) from a device
//! that is neither party, about the address that matters.
//! Excluded by: packets that arrived in that direction.
//! Remedy: a rule on that device, both directions.

use super::{SIDES, listed, valid};
use crate::scene::{Refusal, Scene, Standing};
use crate::{
    Code, Confidence, Culprit, CulpritKind, CulpritSide, Direction, Evidence, Excluded, Proof,
    Rival, Verdict,
};
use hopsight_evidence::Side;
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let told = valid(scene, Scene::prohibitions);
    let best = *told.first()?;
    let devices = devices(&told);
    let named = listed(&devices.iter().map(IpAddr::to_string).collect::<Vec<_>>());
    let mut lines = told.iter().map(line);
    Some(Verdict {
        code: Code::AdminProhibited,
        layer: Code::AdminProhibited.layer(),
        confidence: match best.standing {
            Standing::Full => Confidence::Proven,
            Standing::Unattested | Standing::Aside => Confidence::Leading,
        },
        culprit: Some(culprit(scene, &told, devices)),
        user: format!(
            "A rule on {named} forbids the direct way. Your network team can allow it there; \
             nothing is wrong on either PC."
        ),
        admin: format!(
            "{named} rejects packets between {} and {} as prohibited.",
            words_for(scene, best.side),
            words_for(scene, best.side.other())
        ),
        remedy: remedy(scene, &named, best),
        evidence: Proof::new(lines.next()?, lines.collect()),
        excluded: vec![
            Excluded::new(
                Code::HostFirewallIn,
                format!("the packets never reached a PC: {named} turned them back"),
            ),
            Excluded::new(
                Code::NoRoute,
                format!("{named} says that a rule forbids it, not that a route is missing"),
            ),
        ],
        cannot_tell_apart: rivals(best.standing),
        also: Vec::new(),
        first_evidence_ms: told.iter().map(|one| one.after_ms).min(),
        verdict_ms: None,
    })
}

fn culprit(scene: &Scene<'_>, told: &[Refusal<'_>], addresses: Vec<IpAddr>) -> Culprit {
    let sides: Vec<Side> = told.iter().map(|one| one.side).collect();
    let lost: Vec<Side> = SIDES
        .into_iter()
        .filter(|side| sides.contains(side) || scene.is_lost_from(*side))
        .collect();
    Culprit {
        kind: CulpritKind::Router,
        addresses,
        name: None,
        side: CulpritSide::of(&sides),
        direction: Direction::from_sides(&lost),
    }
}

/// Each once, the sharer's first.
fn devices(told: &[Refusal<'_>]) -> Vec<IpAddr> {
    let mut devices = Vec::new();
    for one in told {
        if !devices.contains(&one.offender) {
            devices.push(one.offender);
        }
    }
    devices
}

fn words_for(scene: &Scene<'_>, side: Side) -> String {
    let address = scene.address_of(side);
    address.map_or_else(
        || scene.names.computer(side),
        |address| {
            scene
                .network_of(side, address)
                .unwrap_or_else(|| address.to_string())
        },
    )
}

fn remedy(scene: &Scene<'_>, named: &str, best: Refusal<'_>) -> String {
    format!(
        "on {named}: permit UDP between {} and {}, both directions",
        words_for(scene, best.side),
        words_for(scene, best.side.other())
    )
}

fn line(one: &Refusal<'_>) -> Evidence {
    let says = format!(
        "{} answered \"prohibited\" for {} {}",
        one.offender,
        one.destination,
        one.delay()
    );
    Evidence::of(one.fact, says)
}

fn rivals(standing: Standing) -> Vec<Rival> {
    match standing {
        Standing::Full => Vec::new(),
        Standing::Unattested | Standing::Aside => vec![Rival::new(
            Code::SilentDrop,
            "a TTL-stepped probe between the two addresses, from both ends",
        )],
    }
}
