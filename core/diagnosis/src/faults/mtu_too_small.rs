//! `mtu-too-small`: a link takes smaller packets than media uses, silently or
//! with a word.
//!
//! Proof: a router's "packet too big" with a size below what media needs.
//! Evidence: datagrams of several sizes that one end sent, of which the other
//! received the small ones only; or the own kernel's refusal of a datagram as
//! too long. Located where probes of a full packet's size were answered by routers:
//! behind the last of them.
//! Excluded by: the size that media needs arrived; without a router's word also runs of
//! small datagrams that lose many.
//! Remedy: raise the MTU, or let the router's word pass.

use super::own_word::{TOO_LONG, own_words};
use super::{SIDES, listed, run};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, IcmpKind, Observation, Pace, Side};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    by_word(scene)
        .or_else(|| by_ladder(scene))
        .or_else(|| by_own_kernel(scene))
}

/// A router told its limit.
fn by_word(scene: &Scene<'_>) -> Option<Verdict> {
    let (side, fact, router, mtu) = SIDES.into_iter().find_map(|side| {
        scene
            .seen_by(side)
            .find_map(|fact| too_big(scene, side, fact))
    })?;
    let says = format!("{router} answered \"packet too big\", its next link takes {mtu} bytes");
    let words = words(&format!("at {router}"), &mtu.to_string());
    let culprit = Culprit::new(CulpritKind::Router, vec![router]).stops(&[side]);
    let proof = Proof::new(Evidence::of(fact, says), Vec::new());
    Some(Verdict::new(
        Code::MtuTooSmall,
        Confidence::Proven,
        culprit,
        words,
        proof,
    ))
}

fn too_big<'a>(
    scene: &Scene<'a>,
    side: Side,
    fact: &'a Fact,
) -> Option<(Side, &'a Fact, IpAddr, u32)> {
    let Observation::IcmpError {
        destination,
        offender,
        kind: IcmpKind::TooBig,
        mtu: Some(mtu),
        ..
    } = fact.observation
    else {
        return None;
    };
    let router = offender.to_canonical();
    let told = scene.addresses_told_of(side.other());
    let is_about_peer = told.contains(&destination.ip().to_canonical());
    let is_router = scene.may_be_router(router, destination.ip().to_canonical());
    let is_small = mtu < u32::from(NEEDED) && !fits(scene, side);
    (is_about_peer && is_router && is_small).then_some((side, fact, router, mtu))
}

/// Whether a datagram of `side` as large as media needs arrived.
fn fits(scene: &Scene<'_>, side: Side) -> bool {
    scene.seen_by(side.other()).any(|fact| {
        matches!(&fact.observation, Observation::SizesArrived { sizes, .. }
            if sizes.iter().any(|size| *size >= NEEDED))
    })
}

/// Small ones arrived and large ones did not.
fn by_ladder(scene: &Scene<'_>) -> Option<Verdict> {
    let steps: Vec<Step<'_>> = SIDES
        .into_iter()
        .filter_map(|side| step(scene, side))
        .collect();
    let first = steps.first()?;
    let sides: Vec<Side> = steps.iter().map(|step| step.side).collect();
    let reached: Vec<Reached<'_>> = steps
        .iter()
        .filter_map(|step| reached(scene, step.side))
        .collect();
    if !reached.is_empty() {
        return located(scene, &steps, &reached, &sides);
    }
    let ends: Vec<IpAddr> = SIDES
        .into_iter()
        .filter_map(|side| scene.address_of(side))
        .collect();
    let names: Vec<String> = ends.iter().map(IpAddr::to_string).collect();
    let place = format!("between {}", listed(&names));
    let mut lines = steps.iter().flat_map(|step| step.lines(scene));
    Some(Verdict::new(
        Code::MtuTooSmall,
        Confidence::SideOnly,
        Culprit::new(CulpritKind::EdgeBetween, ends).stops(&sides),
        words(
            &place,
            &format!("between {} and {}", first.through, first.lost),
        ),
        Proof::new(lines.next()?, lines.collect()),
    ))
}

/// Between the last routers to which a full packet came, one from each end.
fn located(
    scene: &Scene<'_>,
    steps: &[Step<'_>],
    reached: &[Reached<'_>],
    sides: &[Side],
) -> Option<Verdict> {
    let first = steps.first()?;
    let mut last: Vec<IpAddr> = reached.iter().map(|one| one.last).collect();
    last.dedup();
    let names: Vec<String> = last.iter().map(IpAddr::to_string).collect();
    let place = match names.as_slice() {
        [one] => format!("at {one} or right behind it"),
        _ => format!("between {}", listed(&names)),
    };
    let size = format!("between {} and {}", first.through, first.lost);
    let traced = reached.iter().map(|one| one.line(scene));
    let mut lines = steps
        .iter()
        .flat_map(|step| step.lines(scene))
        .chain(traced);
    Some(Verdict::new(
        Code::MtuTooSmall,
        Confidence::Located,
        Culprit::new(CulpritKind::EdgeBetween, last).stops(sides),
        words(&place, &size),
        Proof::new(lines.next()?, lines.collect()),
    ))
}

/// How far full packets of one side came.
struct Reached<'a> {
    side: Side,
    fact: &'a Fact,
    size: u16,
    last: IpAddr,
    ttl: u8,
}

impl Reached<'_> {
    fn line(&self, scene: &Scene<'_>) -> Evidence {
        let computer = scene.names.computer(self.side);
        let (last, ttl, size) = (self.last, self.ttl, self.size);
        Evidence::of(
            self.fact,
            format!(
                "of {computer}'s probes of {size} bytes {last} answered the one with hop limit \
                 {ttl}, nobody beyond it did"
            ),
        )
    }
}

fn reached<'a>(scene: &Scene<'a>, side: Side) -> Option<Reached<'a>> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::SizedTrace {
            destination,
            size,
            ref hops,
            ..
        } = fact.observation
        else {
            return None;
        };
        let far = destination.ip().to_canonical();
        let routers = hops.iter();
        let routers = routers.filter(|hop| scene.may_be_router(hop.address.to_canonical(), far));
        let hop = routers.max_by_key(|hop| hop.ttl)?;
        (size >= NEEDED).then(|| Reached {
            side,
            fact,
            size,
            last: hop.address.to_canonical(),
            ttl: hop.ttl,
        })
    })
}

/// What came of one side's datagrams of several sizes.
struct Step<'a> {
    side: Side,
    sent: &'a Fact,
    arrived: &'a Fact,
    through: u16,
    lost: u16,
}

impl Step<'_> {
    fn lines(&self, scene: &Scene<'_>) -> [Evidence; 2] {
        let (near, far) = (
            scene.names.computer(self.side),
            scene.names.computer(self.side.other()),
        );
        [
            Evidence::of(
                self.arrived,
                format!(
                    "{far} received {near}'s datagrams up to {} bytes",
                    self.through
                ),
            ),
            Evidence::of(
                self.sent,
                format!(
                    "{near} sent one of {} bytes, which did not arrive",
                    self.lost
                ),
            ),
        ]
    }
}

fn step<'a>(scene: &Scene<'a>, side: Side) -> Option<Step<'a>> {
    let (sent, sizes) = scene.seen_by(side).find_map(|fact| {
        let Observation::SizesSent { sizes, .. } = &fact.observation else {
            return None;
        };
        Some((fact, sizes))
    })?;
    let (arrived, came) = scene.seen_by(side.other()).find_map(|fact| {
        let Observation::SizesArrived { sizes, .. } = &fact.observation else {
            return None;
        };
        Some((fact, sizes))
    })?;
    let through = *came.iter().max()?;
    let lost = *sizes.iter().filter(|size| **size > through).min()?;
    (through < NEEDED && !loses_small_ones(scene, side)).then_some(Step {
        side,
        sent,
        arrived,
        through,
        lost,
    })
}

/// Whether small datagrams of `side` are lost as well, as its runs tell: then chance or
/// a limiter took the large ones.
fn loses_small_ones(scene: &Scene<'_>, side: Side) -> bool {
    let all = [Pace::Slow, Pace::Burst].into_iter();
    let all = all.flat_map(|pace| run::runs(scene, pace));
    let (sent, lost) =
        all.filter(|run| run.side == side)
            .fold((0_u32, 0_u32), |(sent, lost), run| {
                (
                    sent.saturating_add(run.sent),
                    lost.saturating_add(run.lost()),
                )
            });
    lost > 0 && lost.saturating_mul(LOSSY_OF) >= sent
}

/// The own kernel knows the limit already. Where a straight way runs, the
/// datagram was made shorter and nothing is wrong.
fn by_own_kernel(scene: &Scene<'_>) -> Option<Verdict> {
    if scene.runs_direct() {
        return None;
    }
    let refused = own_words(scene, |errno| errno == TOO_LONG);
    let first = refused.first()?;
    let computer = scene.names.computer(first.side);
    let proof = super::own_word::proof(scene, &refused)?;
    let verdict = Verdict::new(
        Code::MtuTooSmall,
        Confidence::SideOnly,
        super::own_word::culprit(scene, &refused),
        words(&format!("on the way from {computer}"), "too few"),
        proof,
    );
    Some(verdict.first_seen(Some(first.after_ms)))
}

fn words(place: &str, size: &str) -> Words {
    Words {
        user: format!(
            "A link {place} takes smaller packets than a picture needs. \
             Your network team can correct it."
        ),
        admin: format!("The MTU {place} is {size} bytes; media needs {NEEDED}."),
        remedy: format!(
            "{place}: raise the MTU to 1500, let ICMP \"packet too big\" pass, or lower the \
             packet size"
        ),
    }
}

/// A full media datagram with UDP and IPv4 headers.
const NEEDED: u16 = 1228;
/// One small datagram lost of so many.
const LOSSY_OF: u32 = 4;
