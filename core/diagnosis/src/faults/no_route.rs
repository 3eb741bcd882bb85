//! `no-route`: a router has no route to the other side's network.
//!
//! Proof: an ICMP error 3/0, or 3/1 at once, from a router that is neither
//! party, about the address at which the other end is to be reached.
//! Excluded by: packets that arrived in that direction; a direct session;
//! one direction that delivers (then it is `return-route-missing`).
//! Remedy: the missing route on that router, and the way back.

mod from_earlier;
mod from_trace;

use super::{SIDES, culprit, far_side_of, listed, routers, target_of, valid_refusals, words_of};
use crate::scene::{Refusal, Scene, Standing};
use crate::verdict::Words;
use crate::{Code, Confidence, CulpritSide, Direction, Evidence, Excluded, Proof, Rival, Verdict};
use hopsight_evidence::{IcmpKind, Side};
use std::net::IpAddr;

pub(super) use from_earlier::judge_earlier;
pub(super) use from_trace::judge_trace;

/// The verdict, if the facts of a live session carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let refusals = valid_refusals(scene);
    let delivers_one_way = SIDES.into_iter().any(|side| scene.delivered_to(side));
    if delivers_one_way {
        return None;
    }
    let best = *refusals.first()?;
    let words = Words {
        user: user(scene, &refusals),
        admin: admin(scene, &refusals),
        remedy: remedy(scene, &refusals),
    };
    Some(
        Verdict::new(
            Code::NoRoute,
            match best.standing {
                Standing::Full => Confidence::Proven,
                Standing::Unattested | Standing::Aside => Confidence::Leading,
            },
            culprit(scene, &refusals),
            words,
            proof(scene, best, &refusals),
        )
        .excluding(excluded(scene, &refusals))
        .rivalled_by(rivals(best.standing))
        .first_seen(refusals.iter().map(|one| one.after_ms).min()),
    )
}

fn user(scene: &Scene<'_>, refusals: &[Refusal<'_>]) -> String {
    let missing: Vec<String> = refusals
        .iter()
        .enumerate()
        .map(|(place, one)| {
            let router = if place == 0 { "Router" } else { "router" };
            let target = far_side_of(scene, one);
            format!("{router} {} has no route to {target}", one.offender)
        })
        .collect();
    let place = match routers(refusals).len() {
        1 => "that router",
        _ => "those routers",
    };
    let missing = listed(&missing);
    match refusals.first().map(|one| one.standing) {
        Some(Standing::Full) => format!(
            "{missing}. Your network team can fix it on {place}; nothing is wrong on either PC."
        ),
        Some(Standing::Unattested | Standing::Aside) | None => format!(
            "{missing}. That need not be the whole reason; your network team can check it on \
             {place}."
        ),
    }
}

fn admin(scene: &Scene<'_>, refusals: &[Refusal<'_>]) -> String {
    let answers: Vec<String> = refusals
        .iter()
        .map(|one| {
            let (router, words) = (one.offender, words_of(one.kind));
            format!("{router} answers \"{words}\" for {}", one.destination)
        })
        .collect();
    let lost = match culprit(scene, refusals).direction {
        Some(Direction::Both) => "no direct packet passes either way",
        Some(Direction::SharerToViewer) => "no direct packet passes from the sharer to the viewer",
        Some(Direction::ViewerToSharer) | None => {
            "no direct packet passes from the viewer to the sharer"
        }
    };
    format!("{}; {lost}.", listed(&answers))
}

fn remedy(scene: &Scene<'_>, refusals: &[Refusal<'_>]) -> String {
    let steps: Vec<String> = refusals
        .iter()
        .map(|one| {
            let target = target_of(scene, one);
            format!("on {}: add a route to {target}", one.offender)
        })
        .collect();
    let sides: Vec<Side> = refusals.iter().map(|one| one.side).collect();
    let way_back = match CulpritSide::of(&sides) {
        Some(CulpritSide::Both) => String::new(),
        Some(CulpritSide::Sharer | CulpritSide::Viewer) | None => way_back(scene, refusals),
    };
    format!("{}{way_back}", steps.join("; "))
}

/// The other half of the change: answers need a route as well.
fn way_back(scene: &Scene<'_>, refusals: &[Refusal<'_>]) -> String {
    let near = refusals.first().map(|one| one.side);
    let network = near.and_then(|side| {
        let address = scene.address_of(side)?;
        let network = scene.network_of(side, address);
        Some(network.unwrap_or_else(|| format!("the network of {address}")))
    });
    match network {
        Some(network) => format!(", and the way back to {network}"),
        None => ", and the way back".to_owned(),
    }
}

fn proof(scene: &Scene<'_>, best: Refusal<'_>, refusals: &[Refusal<'_>]) -> Proof {
    let others = refusals
        .iter()
        .filter(|one| one.fact.id != best.fact.id)
        .map(refused);
    let unanswered = SIDES
        .into_iter()
        .filter_map(|side| scene.unanswered_from(side).map(|tally| (side, tally)))
        .map(|(side, tally)| {
            let says = format!(
                "{} from {} to {}, none answered",
                tally.checks(),
                scene.names.computer(side),
                tally.pair.remote.ip().to_canonical()
            );
            Evidence::of(tally.fact, says)
        });
    Proof::new(refused(&best), others.chain(unanswered).collect())
}

fn refused(refusal: &Refusal<'_>) -> Evidence {
    let says = format!(
        "{} answered \"{}\" {}",
        refusal.offender,
        words_of(refusal.kind),
        refusal.delay()
    );
    Evidence::of(refusal.fact, says)
}

fn excluded(scene: &Scene<'_>, refusals: &[Refusal<'_>]) -> Vec<Excluded> {
    let routers: Vec<String> = routers(refusals).iter().map(IpAddr::to_string).collect();
    let turned_back = format!(
        "the packets never reached a PC: {} turned them back",
        listed(&routers)
    );
    let mut excluded = vec![Excluded::new(Code::HostFirewallIn, turned_back)];
    let attested = refusals
        .iter()
        .find(|one| one.kind == IcmpKind::HostUnreachable && one.standing == Standing::Full);
    if let Some(one) = attested {
        let because = format!(
            "{} is running at {} and the refusal came after {} ms, not after 3 s",
            scene.names.computer(one.side.other()),
            one.destination,
            one.after_ms
        );
        excluded.push(Excluded::new(Code::PeerHostGone, because));
    }
    let reaches_relay = SIDES.into_iter().all(|side| {
        super::relay_silence::reached_by(scene, side).is_some()
            && !super::relay_silence::is_cut_off(scene, side)
    });
    if reaches_relay {
        let because = "the relay answers both PCs";
        excluded.push(Excluded::new(Code::RelayUnreachable, because));
    }
    excluded
}

fn rivals(standing: Standing) -> Vec<Rival> {
    let probe = "a TTL-stepped probe between the two addresses, from both ends";
    match standing {
        Standing::Full => Vec::new(),
        Standing::Unattested => vec![Rival::new(
            Code::PeerHostGone,
            "whether the other PC still has that address: its own facts, or the server's list",
        )],
        Standing::Aside => vec![
            Rival::new(Code::SilentDrop, probe),
            Rival::new(
                Code::PortsFiltered,
                "a connection over TCP between the two addresses: if it passes, a filter is at work",
            ),
        ],
    }
}
