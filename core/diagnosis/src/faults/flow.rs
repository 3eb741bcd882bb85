//! A flow that worked and stopped, and what was told of it since, before any
//! fault reads it.

use super::{SIDES, mapping, waited};
use crate::Evidence;
use crate::scene::Scene;
use hopsight_evidence::{CandidateKind, Fact, IcmpKind, Observation, Pair, Presence, Side};
use std::net::IpAddr;

/// A chosen pair that carried packets and on which nothing arrives any more.
#[derive(Clone, Copy)]
pub(super) struct Stopped<'a> {
    fact: &'a Fact,
    /// Who receives nothing any more.
    pub(super) side: Side,
    pub(super) pair: Pair,
    lived_ms: u64,
    silent_ms: u64,
}

/// An error about the other end of a flow that had stopped.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) flow: Stopped<'a>,
    pub(super) fact: &'a Fact,
    pub(super) offender: IpAddr,
    /// So long after the last packet of the other end, in milliseconds.
    pub(super) after_ms: u64,
}

/// An end that the front end asked since the other end told that the flow stopped,
/// while it says nothing of the flow itself.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) flow: Stopped<'a>,
    pub(super) fact: &'a Fact,
    pub(super) waited_ms: u64,
}

/// The first such end for which this came of it.
pub(super) fn asked_since<'a>(scene: &Scene<'a>, wanted: Presence) -> Option<Asked<'a>> {
    scene.facts().find_map(|fact| {
        let Observation::EndAsked {
            side,
            presence,
            waited_ms,
        } = fact.observation
        else {
            return None;
        };
        let flow = stopped(scene, side.other())?;
        let is_alone = stopped(scene, side).is_none();
        (presence == wanted && is_alone).then_some(Asked {
            flow,
            fact,
            waited_ms,
        })
    })
}

/// What `side` tells of a flow that stopped.
pub(super) fn stopped<'a>(scene: &Scene<'a>, side: Side) -> Option<Stopped<'a>> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::FlowStopped {
            pair,
            lived_ms,
            silent_ms,
        } = fact.observation
        else {
            return None;
        };
        let is_dead = silent_ms > 0 && !has_come_since(scene, side, fact, pair);
        (lived_ms > 0 && is_dead).then_some(Stopped {
            fact,
            side,
            pair,
            lived_ms,
            silent_ms,
        })
    })
}

/// Whether datagrams of the other end's runs came on this pair since that end held it
/// for dead: it is not.
fn has_come_since(scene: &Scene<'_>, side: Side, stop: &Fact, pair: Pair) -> bool {
    scene.seen_by(side).any(|fact| {
        matches!(fact.observation, Observation::RunArrived { source, .. }
            if source == pair.remote && fact.at >= stop.at)
    })
}

/// The machine of an end itself answers that nobody listens there any more.
pub(super) fn refused<'a>(scene: &Scene<'a>) -> Option<Told<'a>> {
    let hosts = |side| scene.candidates_of(side, CandidateKind::Host);
    let mut told = told_since(scene, IcmpKind::PortUnreachable).into_iter();
    told.find(|told| {
        let address = told.flow.pair.remote.ip().to_canonical();
        told.offender == address && hosts(told.flow.side.other()).contains(&address)
    })
}

/// Whoever is next to an end looked for it on the link in vain.
pub(super) fn looked_for<'a>(scene: &Scene<'a>) -> Option<Told<'a>> {
    let mut told = told_since(scene, IcmpKind::HostUnreachable).into_iter();
    told.find(|told| {
        let address = told.flow.pair.remote.ip().to_canonical();
        let has_waited = told.after_ms >= waited::AT_ONCE_MS && told.offender != address;
        has_waited && !mapping::is_of_nat(scene, told.flow.side.other(), address)
    })
}

/// Errors of this kind about an end that says nothing of the flow itself, while
/// the other end goes on.
fn told_since<'a>(scene: &Scene<'a>, kind: IcmpKind) -> Vec<Told<'a>> {
    let alone = SIDES
        .into_iter()
        .filter(|side| stopped(scene, side.other()).is_none());
    alone
        .filter_map(|side| stopped(scene, side))
        .flat_map(|flow| {
            let facts = scene.seen_by(flow.side);
            facts.filter_map(move |fact| flow.told(fact, kind))
        })
        .collect()
}

impl<'a> Stopped<'a> {
    /// That it worked, and stopped.
    pub(super) fn line(&self, scene: &Scene<'_>) -> Evidence {
        let says = format!(
            "{} received packets from {} for {} ms and none in the {} ms after",
            scene.names.computer(self.side),
            self.pair.remote,
            self.lived_ms,
            self.silent_ms
        );
        Evidence::of(self.fact, says)
    }

    /// The last router that answered a probe on the way of this flow since it stopped,
    /// and the line that tells it. Both times are of the same end's clock.
    pub(super) fn reach_since(&self, scene: &Scene<'_>) -> Option<(IpAddr, Evidence)> {
        scene.seen_by(self.side).find_map(|fact| {
            let Observation::Trace {
                destination, hops, ..
            } = &fact.observation
            else {
                return None;
            };
            let last = hops
                .iter()
                .max()
                .filter(|_| *destination == self.pair.remote)?;
            let last = last.address.to_canonical();
            let computer = scene.names.computer(self.side);
            let says = format!("since then packets of {computer} come as far as {last}");
            let is_since = fact.at >= self.fact.at && !scene.is_party(last);
            is_since.then(|| (last, Evidence::of(fact, says)))
        })
    }

    /// Both times are of the same end's clock.
    fn told(self, fact: &'a Fact, wanted: IcmpKind) -> Option<Told<'a>> {
        let Observation::IcmpError {
            destination,
            offender,
            kind,
            ..
        } = fact.observation
        else {
            return None;
        };
        let stop = self.fact.at;
        let before = u64::try_from(stop.since(fact.at).as_millis()).ok()?;
        let later = u64::try_from(fact.at.since(stop).as_millis()).ok()?;
        let after_ms = self.silent_ms.checked_sub(before)? + later;
        (kind == wanted && destination == self.pair.remote).then_some(Told {
            flow: self,
            fact,
            offender: offender.to_canonical(),
            after_ms,
        })
    }
}
