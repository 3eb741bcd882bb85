//! `path-lossy`: a segment loses packets at random.
//!
//! Evidence: a slow run of datagrams that one end sent, of which the other
//! received clearly fewer, and a burst that lost about as many.
//! Excluded by: a slow run that came whole, or a burst that lost far more (then it
//! is `path-policed`).
//! Remedy: the links of that segment.

use super::SIDES;
use super::run::{Run, is_of_bursts, runs};
use crate::scene::{Scene, Tally};
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Proof, Verdict};
use hopsight_evidence::{Pace, Side};

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let bursts = runs(scene, Pace::Burst);
    let lossy: Vec<Run<'_>> = runs(scene, Pace::Slow)
        .into_iter()
        .filter(
            |slow| match bursts.iter().find(|burst| burst.side == slow.side) {
                Some(burst) => are_lossy(slow, burst),
                None => slow.lost_percent() >= LOSSY_PERCENT && is_borne_out(scene, slow.side),
            },
        )
        .collect();
    let worst = lossy.iter().map(Run::lost_percent).max()?;
    let sides: Vec<Side> = lossy.iter().map(|run| run.side).collect();
    let [sharer, viewer] = SIDES.map(|side| scene.names.computer(side));
    let words = Words {
        user: format!(
            "The network between {sharer} and {viewer} loses {worst} of 100 packets. \
             Your network team can find the link."
        ),
        admin: format!("{worst} % of slowly sent datagrams are lost between the two PCs."),
        remedy: "examine the links between the two PCs for errors: cables, duplex, radio, \
                 overload"
            .to_owned(),
    };
    let addresses = SIDES
        .into_iter()
        .filter_map(|side| scene.address_of(side))
        .collect();
    let mut lines = lossy.iter().flat_map(|run| run.lines(scene, "slow"));
    let proof = Proof::new(lines.next()?, lines.collect());
    let verdict = Verdict::new(
        Code::PathLossy,
        Confidence::Located,
        Culprit::new(CulpritKind::EdgeBetween, addresses).stops(&sides),
        words,
        proof,
    );
    Some(verdict.not(Code::PathPoliced, "slow packets are lost as well"))
}

/// Whether both runs of a side together lost enough, and not the burst alone.
fn are_lossy(slow: &Run<'_>, burst: &Run<'_>) -> bool {
    let lost = slow.lost().saturating_add(burst.lost());
    let sent = slow.sent.saturating_add(burst.sent);
    let is_enough = lost.saturating_mul(100) >= sent.saturating_mul(BOTH_PERCENT);
    slow.lost_percent() >= SLOW_PERCENT && is_enough && !is_of_bursts(slow, burst)
}

/// Whether that side's checks are lost as well, where any was answered: a run
/// may be counted while its last datagrams are still on their way.
fn is_borne_out(scene: &Scene<'_>, side: Side) -> bool {
    let mut working = scene
        .direct_tallies()
        .filter(|tally| tally.side == side && tally.answered > 0)
        .peekable();
    let is_lossy = |tally: Tally<'_>| {
        let lost = tally.sent.saturating_sub(tally.answered);
        lost >= 2 && lost.saturating_mul(5) >= tally.sent
    };
    working.peek().is_none() || working.any(is_lossy)
}

/// A run has twenty datagrams. A link that loses one in twenty, which nobody
/// notices, loses five of them in one run of four hundred.
const LOSSY_PERCENT: u32 = 25;
/// Of forty datagrams together a link that loses one in twenty loses so many in one
/// session of five thousand.
const BOTH_PERCENT: u32 = 22;
const SLOW_PERCENT: u32 = 15;
