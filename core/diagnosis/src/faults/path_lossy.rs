//! `path-lossy`: a segment loses packets at random.
//!
//! Evidence: a slow run of datagrams that one end sent, of which the other
//! received clearly fewer, and a burst that lost about as many.
//! Excluded by: a slow run that came whole, or a burst that lost far more (then it
//! is `path-policed`).
//! Narrowed by: an end whose datagrams to and from the relay come whole (`clean_leg`).
//! Remedy: the links of that segment.

use super::run::{Run, is_of_bursts, runs};
use super::{SIDES, clean_leg, listed};
use crate::scene::{Scene, Tally};
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Proof, Verdict};
use hopsight_evidence::{Pace, Side};
use std::net::IpAddr;

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
    let rest = clean_leg::rest(scene);
    let [sharer, viewer] = SIDES.map(|side| scene.names.computer(side));
    let place = place(scene, &rest);
    let words = Words {
        user: format!(
            "The network between {sharer} and {viewer} loses {worst} of 100 packets{place}. \
             Your network team can find the link."
        ),
        admin: format!("{worst} % of slowly sent datagrams are lost between the two PCs{place}."),
        remedy: format!(
            "examine the links between {} for errors: cables, duplex, radio, overload",
            listed(&rest.ends.iter().map(IpAddr::to_string).collect::<Vec<_>>())
        ),
    };
    let mut lines = lossy.iter().flat_map(|run| run.lines(scene, "slow"));
    let first = lines.next()?;
    let proof = Proof::new(first, lines.chain(rest.lines).collect());
    let culprit = Culprit::new(CulpritKind::EdgeBetween, rest.ends);
    let verdict = Verdict::new(
        Code::PathLossy,
        Confidence::Located,
        culprit.stops(&sides).on(rest.near.as_slice()),
        words,
        proof,
    );
    Some(verdict.not(Code::PathPoliced, "slow packets are lost as well"))
}

/// ", on desk2's side".
fn place(scene: &Scene<'_>, rest: &clean_leg::Rest) -> String {
    rest.near.map_or_else(String::new, |side| {
        format!(", on {}'s side", scene.names.person(side))
    })
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
