//! How much of a run of datagrams arrived, before any fault reads it: one end
//! tells how many it sent, the other how many came.

use super::SIDES;
use crate::Evidence;
use crate::scene::Scene;
use hopsight_evidence::{Fact, Observation, Pace, Side};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// One direction's run at one pace.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) side: Side,
    pub(super) sent: u32,
    pub(super) arrived: u32,
    said: &'a Fact,
    counted: &'a Fact,
}

/// The runs at this pace, the sharer's first.
pub(super) fn runs<'a>(scene: &Scene<'a>, pace: Pace) -> Vec<Run<'a>> {
    SIDES
        .into_iter()
        .filter_map(|side| run(scene, side, pace))
        .collect()
}

impl Run<'_> {
    /// How many were lost.
    pub(super) const fn lost(&self) -> u32 {
        self.sent.saturating_sub(self.arrived)
    }

    /// How many of a hundred were lost.
    pub(super) fn lost_percent(&self) -> u32 {
        let lost = self.lost();
        lost.saturating_mul(100).checked_div(self.sent).unwrap_or(0)
    }

    pub(super) fn lines(&self, scene: &Scene<'_>, how: &str) -> [Evidence; 2] {
        let (near, far) = (
            scene.names.computer(self.side),
            scene.names.computer(self.side.other()),
        );
        [
            Evidence::of(
                self.counted,
                format!("{} of {near}'s {how} datagrams came to {far}", self.arrived),
            ),
            Evidence::of(self.said, format!("{near} sent {}", self.sent)),
        ]
    }
}

/// Whether a limiter shows through: most of the burst is lost, and clearly more
/// than of the slow run, whose loss the picture beside it explains.
pub(super) fn is_of_bursts(slow: &Run<'_>, burst: &Run<'_>) -> bool {
    burst.lost_percent() >= MOST_PERCENT
        && slow.lost_percent().saturating_mul(5) <= burst.lost_percent().saturating_mul(3)
}

fn run<'a>(scene: &Scene<'a>, side: Side, wanted: Pace) -> Option<Run<'a>> {
    let (said, sent) = scene.seen_by(side).find_map(|fact| {
        let Observation::RunSent { pace, count, .. } = fact.observation else {
            return None;
        };
        (pace == wanted).then_some((fact, count))
    })?;
    let (counted, arrived) = scene.seen_by(side.other()).find_map(|fact| {
        let Observation::RunArrived { pace, count, .. } = fact.observation else {
            return None;
        };
        (pace == wanted).then_some((fact, count))
    })?;
    (sent >= ENOUGH).then_some(Run {
        side,
        sent,
        arrived,
        said,
        counted,
    })
}

/// Where `side` sent its runs, and from where those of the other end came.
pub(super) fn measured(scene: &Scene<'_>, side: Side) -> BTreeSet<IpAddr> {
    let ends = scene.seen_by(side).filter_map(|fact| {
        let (Observation::RunSent {
            destination: far, ..
        }
        | Observation::RunArrived { source: far, .. }) = fact.observation
        else {
            return None;
        };
        Some(far.ip().to_canonical())
    });
    ends.collect()
}

/// Two packets in five are lost at random where a run of twenty loses so many in
/// one session of a hundred.
const MOST_PERCENT: u32 = 70;
/// Fewer say nothing about a share.
const ENOUGH: u32 = 10;
