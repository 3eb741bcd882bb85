//! `admin-prohibited`: a device on the way rejects the packets and says so.
//!
//! Proof: an ICMP error 3/9, 3/10 or 3/13 (ICMPv6 1/1, 1/5, 1/6) from a device
//! that is neither party, about the address that matters.
//! Excluded by: packets that arrived in that direction.
//! Remedy: a rule on that device, both directions.

use super::{culprit, listed, network_of, routers, valid};
use crate::scene::{Refusal, Scene, Standing};
use crate::verdict::Words;
use crate::{Code, Confidence, Evidence, Proof, Rival, Verdict};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let told = valid(scene, Scene::prohibitions);
    let best = *told.first()?;
    let named = listed(
        &routers(&told)
            .iter()
            .map(IpAddr::to_string)
            .collect::<Vec<_>>(),
    );
    let mut lines = told.iter().map(line);
    let words = Words {
        user: format!(
            "A rule on {named} forbids the direct way. Your network team can allow it there; \
             nothing is wrong on either PC."
        ),
        admin: format!(
            "{named} rejects packets between {} and {} as prohibited.",
            network_of(scene, best.side),
            network_of(scene, best.side.other())
        ),
        remedy: remedy(scene, &named, best),
    };
    Some(
        Verdict::new(
            Code::AdminProhibited,
            match best.standing {
                Standing::Full => Confidence::Proven,
                Standing::Unattested | Standing::Aside => Confidence::Leading,
            },
            culprit(scene, &told),
            words,
            Proof::new(lines.next()?, lines.collect()),
        )
        .not(
            Code::HostFirewallIn,
            format!("the packets never reached a PC: {named} turned them back"),
        )
        .not(
            Code::NoRoute,
            format!("{named} says that a rule forbids it, not that a route is missing"),
        )
        .rivalled_by(rivals(best.standing))
        .first_seen(told.iter().map(|one| one.after_ms).min()),
    )
}

fn remedy(scene: &Scene<'_>, named: &str, best: Refusal<'_>) -> String {
    format!(
        "on {named}: permit UDP between {} and {}, both directions",
        network_of(scene, best.side),
        network_of(scene, best.side.other())
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
