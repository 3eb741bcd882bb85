//! `path-policed`: a rate limiter drops bursts.
//!
//! Evidence: a slow run of datagrams that came whole, and a burst of the same
//! direction that did not. Where a picture fills the limiter meanwhile the slow run
//! loses some too, and most of the burst: then it is what needs the fewest
//! assumptions.
//! Excluded by: a slow run that lost about as many (then it is `path-lossy`).
//! Remedy: the policer's rate, or the session's.

use super::SIDES;
use super::run::{Run, is_of_bursts, runs};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Proof, Verdict};
use hopsight_evidence::{Pace, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let slow = runs(scene, Pace::Slow);
    let found: Vec<(Run<'_>, Run<'_>)> = runs(scene, Pace::Burst)
        .into_iter()
        .filter_map(|burst| {
            let slow = slow.iter().find(|run| run.side == burst.side)?;
            (is_clean(slow, &burst) || is_of_bursts(slow, &burst)).then_some((burst, *slow))
        })
        .collect();
    let are_clean = found.iter().all(|(burst, slow)| is_clean(slow, burst));
    let worst = found.iter().map(|(burst, _)| burst.lost_percent()).max()?;
    let sides: Vec<Side> = found.iter().map(|(burst, _)| burst.side).collect();
    let [sharer, viewer] = SIDES.map(|side| scene.names.computer(side));
    let words = Words {
        user: format!(
            "A limiter between {sharer} and {viewer} drops packets that come in bursts. \
             Your network team can raise its rate."
        ),
        admin: format!("Bursts lose {worst} % between the two PCs, slow packets far fewer."),
        remedy: "raise the rate or burst size of the policer on the way, or lower the session's \
                 rate"
            .to_owned(),
    };
    let addresses = SIDES
        .into_iter()
        .filter_map(|side| scene.address_of(side))
        .collect();
    let mut lines = found.iter().flat_map(|(burst, clean)| {
        let burst = burst.lines(scene, "burst");
        burst.into_iter().chain(clean.lines(scene, "slow"))
    });
    let proof = Proof::new(lines.next()?, lines.collect());
    let verdict = Verdict::new(
        Code::PathPoliced,
        if are_clean {
            Confidence::Located
        } else {
            Confidence::Leading
        },
        Culprit::new(CulpritKind::EdgeBetween, addresses).stops(&sides),
        words,
        proof,
    );
    Some(if are_clean {
        verdict.not(Code::PathLossy, "slow packets come whole")
    } else {
        verdict.or(
            Code::PathLossy,
            "the slow run once more while no picture is sent: if it comes whole, a limiter is at \
             work",
        )
    })
}

fn is_clean(slow: &Run<'_>, burst: &Run<'_>) -> bool {
    burst.lost_percent() >= DROPPED_PERCENT && slow.lost_percent() <= CLEAN_PERCENT
}

/// A burst loses a packet here and there in any buffer, and a link that loses one
/// in twenty loses four of a burst of twenty in one session of sixty.
const DROPPED_PERCENT: u32 = 40;
const CLEAN_PERCENT: u32 = 5;
