//! `path-lossy`: a segment loses packets at random.
//!
//! Evidence: a slow run of datagrams that one end sent, of which the other
//! received clearly fewer, and a burst that lost about as many.
//! Weaker, where no direct pair came up to send runs on: of the checks of one pair
//! many were lost in both directions, and some arrived in both.
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
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    by_runs(scene).or_else(|| by_checks(scene))
}

/// The picture takes the relay, because hardly a check came there and back.
fn by_checks(scene: &Scene<'_>) -> Option<Verdict> {
    let (one, other) = both_ways(scene)?;
    let [sent, arrived] = [one.sent + other.sent, one.received + other.received];
    let rest = clean_leg::rest(scene, |side| checked(side, &one, &other));
    let [sharer, viewer] = SIDES.map(|side| scene.names.computer(side));
    let place = place(scene, &rest);
    let words = Words {
        user: format!(
            "The network between {sharer} and {viewer} loses so many packets{place} that no \
             direct picture comes up. Your network team can find the link."
        ),
        admin: format!(
            "Of {sent} checks between the two PCs {arrived} arrived, in both directions{place}."
        ),
        remedy: remedy(&rest),
    };
    let line = |tally: &Tally<'_>| {
        let computer = scene.names.computer(tally.side);
        let says = format!(
            "{computer} sent {} and received {} of the other end's",
            tally.checks(),
            tally.received
        );
        crate::Evidence::of(tally.fact, says)
    };
    let others = std::iter::once(line(&other)).chain(rest.lines).collect();
    let culprit = Culprit::new(CulpritKind::EdgeBetween, rest.ends);
    let verdict = Verdict::new(
        Code::PathLossy,
        Confidence::Leading,
        culprit.stops(&SIDES).on(rest.near.as_slice()),
        words,
        Proof::new(line(&one), others),
    );
    Some(verdict.or(
        Code::PathPoliced,
        "the same with far fewer packets a second: if all come, a limiter is at work",
    ))
}

/// Where `side` sent the checks of which these tell.
fn checked(side: Side, one: &Tally<'_>, other: &Tally<'_>) -> BTreeSet<IpAddr> {
    let own = [one, other].into_iter().filter(|tally| tally.side == side);
    own.map(|tally| tally.pair.remote.ip().to_canonical())
        .collect()
}

/// What both ends tell of a pair that lost many checks and delivered some each way,
/// while an end's picture takes a relay.
fn both_ways<'a>(scene: &Scene<'a>) -> Option<(Tally<'a>, Tally<'a>)> {
    if !scene.uses_relay() {
        return None;
    }
    let of = |side: Side| scene.direct_tallies().filter(move |one| one.side == side);
    let pairs = of(Side::Sharer).flat_map(|one| of(Side::Viewer).map(move |other| (one, other)));
    pairs.into_iter().find(|(one, other)| {
        let is_same = one.pair.local == other.pair.remote && one.pair.remote == other.pair.local;
        let sent = one.sent.saturating_add(other.sent);
        let arrived = one.received.saturating_add(other.received);
        let lost = sent.saturating_sub(arrived);
        let is_told = [one, other]
            .into_iter()
            .all(|tally| tally.received > 0 && tally.waited_ms >= TOLD_MS);
        is_same && is_told && lost.saturating_mul(100) >= sent.saturating_mul(CHECKS_PERCENT)
    })
}

fn by_runs(scene: &Scene<'_>) -> Option<Verdict> {
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
    let lossy = if lossy.is_empty() {
        lossy_together(scene)
    } else {
        lossy
    };
    let worst = lossy.iter().map(Run::lost_percent).max()?;
    let is_measured = |side: Side| lossy.iter().any(|run| run.side == side);
    let sides = SIDES.into_iter();
    let sides = sides.filter(|side| is_measured(*side) || loses_checks(scene, *side));
    let sides: Vec<Side> = sides.collect();
    let rest = clean_leg::rest(scene, |side| super::run::measured(scene, side));
    let [sharer, viewer] = SIDES.map(|side| scene.names.computer(side));
    let place = place(scene, &rest);
    let words = Words {
        user: format!(
            "The network between {sharer} and {viewer} loses {worst} of 100 packets{place}. \
             Your network team can find the link."
        ),
        admin: format!("{worst} % of slowly sent datagrams are lost between the two PCs{place}."),
        remedy: remedy(&rest),
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

fn remedy(rest: &clean_leg::Rest) -> String {
    format!(
        "examine the links between {} for errors: cables, duplex, radio, overload",
        listed(&rest.ends.iter().map(IpAddr::to_string).collect::<Vec<_>>())
    )
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

/// The slow runs of both ends where all four runs together lost enough, though none by
/// itself did.
fn lossy_together<'a>(scene: &Scene<'a>) -> Vec<Run<'a>> {
    let [slow, bursts] = [Pace::Slow, Pace::Burst].map(|pace| runs(scene, pace));
    let percent = |runs: &[Run<'_>]| {
        let lost: u32 = runs.iter().map(Run::lost).sum();
        let sent: u32 = runs.iter().map(|run| run.sent).sum();
        lost.saturating_mul(100).checked_div(sent).unwrap_or(0)
    };
    let is_whole = slow.len() == SIDES.len() && bursts.len() == SIDES.len();
    let all: Vec<Run<'_>> = slow.iter().chain(&bursts).copied().collect();
    let is_lossy = percent(&slow) >= ALL_SLOW_PERCENT && percent(&all) >= ALL_PERCENT;
    if is_whole && is_lossy {
        slow
    } else {
        Vec::new()
    }
}

/// Whether the checks of a direction whose run was not counted are lost as well, as
/// both ends tell of them; one more may be on its way. That alone shows no loss.
fn loses_checks(scene: &Scene<'_>, side: Side) -> bool {
    let pairs = scene.direct_tallies().filter(|tally| tally.side == side);
    pairs.into_iter().any(|near| {
        let far = scene.direct_tallies().find(|far| {
            far.side == side.other()
                && far.pair.local == near.pair.remote
                && far.pair.remote == near.pair.local
        });
        far.is_some_and(|far| {
            let lost = near.sent.saturating_sub(far.received);
            far.received > 0 && lost >= 2 && lost.saturating_mul(LOST_OF) >= near.sent
        })
    })
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

/// One check lost of so many.
const LOST_OF: u32 = 4;
/// A run has twenty datagrams. A link that loses one in twenty, which nobody
/// notices, loses five of them in one run of four hundred.
const LOSSY_PERCENT: u32 = 25;
/// Of forty datagrams together a link that loses one in twenty loses so many in one
/// session of five thousand.
const BOTH_PERCENT: u32 = 22;
const SLOW_PERCENT: u32 = 15;
/// Of ninety datagrams together a link that loses one in twenty loses so many in one
/// session of a hundred thousand; a limiter lets the slow ones pass.
const ALL_PERCENT: u32 = 18;
const ALL_SLOW_PERCENT: u32 = 10;
/// Ten checks, there and back, of which three are lost while the relay is chosen: a
/// link that loses one in twenty does so once in a hundred sessions.
const CHECKS_PERCENT: u32 = 30;
/// Five checks have left by now, and had their time.
const TOLD_MS: u64 = 2000;
