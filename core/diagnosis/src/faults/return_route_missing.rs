//! `return-route-missing`: packets arrive, the answers have no way back.
//!
//! Proof: an end that received checks and was told by a router at once that
//! there is no route back to where they came from. The other end's own trace
//! says nothing then: it would end one router too early.
//! Excluded by: packets that arrived in both directions.
//! Remedy: the return route on that router.

use super::{SIDES, far_side_of, target_of, valid_refusals, words_of};
use crate::scene::{Refusal, Scene, Standing};
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::Side;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let receiving: Vec<Side> = SIDES
        .into_iter()
        .filter(|side| scene.delivered_to(*side) && !scene.delivered_to(side.other()))
        .collect();
    let refusals: Vec<Refusal<'_>> = valid_refusals(scene)
        .into_iter()
        .filter(|one| one.standing == Standing::Full && receiving.contains(&one.side))
        .collect();
    let best = *refusals.first()?;
    let arrived = scene
        .direct_tallies()
        .filter(|tally| tally.side == best.side && tally.received > 0)
        .max_by_key(|tally| (tally.received, tally.pair))?;
    let near = scene.names.computer(best.side);
    let far = scene.names.computer(best.side.other());
    let said = format!(
        "{} answered \"{}\" {} of {near}",
        best.offender,
        words_of(best.kind),
        best.delay()
    );
    let received = format!("{near} received {} checks from {far}", arrived.received);
    let words = Words {
        user: format!(
            "Router {} has no route to {}; packets arrive the other way only. \
             Your network team can fix it on that router; nothing is wrong on either PC.",
            best.offender,
            far_side_of(scene, &best)
        ),
        admin: format!(
            "{near} receives the checks of {far}; {} answers \"{}\" for {}.",
            best.offender,
            words_of(best.kind),
            best.destination
        ),
        remedy: format!(
            "on {}: add a route to {}",
            best.offender,
            target_of(scene, &best)
        ),
    };
    Some(
        Verdict::new(
            Code::ReturnRouteMissing,
            Confidence::Proven,
            culprit(&refusals),
            words,
            Proof::new(
                Evidence::of(best.fact, said),
                vec![Evidence::of(arrived.fact, received)],
            ),
        )
        .not(
            Code::HostFirewallIn,
            format!("the answers never reached {far}: the router turned them back"),
        )
        .first_seen(Some(best.after_ms)),
    )
}

fn culprit(refusals: &[Refusal<'_>]) -> Culprit {
    let sides: Vec<Side> = refusals.iter().map(|one| one.side).collect();
    let offenders = refusals.iter().map(|one| one.offender);
    Culprit::new(CulpritKind::Router, offenders.collect())
        .on(&sides)
        .stops(&sides)
}
