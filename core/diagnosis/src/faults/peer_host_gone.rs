//! `peer-host-gone`: the peer's address is stale, or the machine is off.
//!
//! Proof: a router's "host unreachable" after the seconds that it waits for a
//! neighbour (3.07 s, measured), about an address that the other end told of
//! itself and does not have any more by its own word. Without that word it is
//! what needs the fewest assumptions.
//! Excluded by: anything that arrived there; an end that tells that it has that
//! very address, or that goes on sending from it; an address of a NAT, or behind
//! one.
//! Remedy: wake the machine, or sign it in again.

use super::waited::{self, Waited};
use super::{SIDES, flow, mapping};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Observation, Presence, Side};
use std::net::IpAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(side.other()))
        .flat_map(|side| waited::told_to(scene, side))
        .find(|one| is_of_router(scene, one) && !sends_from_there(scene, one))?;
    let far = found.side.other();
    let own: Vec<(&Fact, IpAddr)> = own_words(scene, far);
    if own.iter().any(|(_, address)| *address == found.destination) {
        return None;
    }
    let (computer, address, router) =
        (scene.names.computer(far), found.destination, found.offender);
    let words = Words {
        user: format!(
            "{computer} is not at its address {address} any more. Wake it, or sign in again there."
        ),
        admin: format!("{router} gets no answer for {address} on its link."),
        remedy: format!(
            "wake {computer} or sign it in again, so that its present address is known"
        ),
    };
    let says = format!(
        "{router} answered \"host unreachable\" for {address} after {} ms: nobody answered there",
        found.after_ms
    );
    let attested = own.iter().map(|(fact, address)| {
        Evidence::of(
            fact,
            format!("{computer} itself tells that it is {address}"),
        )
    });
    let sends = scene
        .direct_tallies()
        .any(|tally| tally.side == far && tally.pair.local.ip() == address && tally.sent > 0);
    let has_moved = !own.is_empty() && was_own(scene, far, address);
    let confidence = match (has_moved, sends) {
        (true, _) => Confidence::Proven,
        (false, false) => Confidence::Located,
        (false, true) => Confidence::Leading,
    };
    let verdict = Verdict::new(
        Code::PeerHostGone,
        confidence,
        Culprit::new(CulpritKind::Host, vec![address])
            .on(&[far])
            .stops(&[found.side]),
        words,
        Proof::new(Evidence::of(found.fact, says), attested.collect()),
    );
    let verdict = verdict
        .not(
            Code::NoRoute,
            format!("{router} has a route: it looked for {address} on its own link"),
        )
        .first_seen(Some(found.after_ms));
    Some(if confidence == Confidence::Leading {
        verdict.or(
            Code::SilentDrop,
            format!("the link between {router} and {address}: its neighbour table, its switch"),
        )
    } else {
        verdict
    })
}

/// The verdict about a machine that went away while the flow worked.
pub(super) fn judge_later(scene: &Scene<'_>) -> Option<Verdict> {
    let is_refused = flow::refused(scene).is_some();
    looked_for(scene).or_else(|| unheard(scene).filter(|_| !is_refused))
}

/// Whoever is next to it looked for it in vain.
fn looked_for(scene: &Scene<'_>) -> Option<Verdict> {
    let told = flow::looked_for(scene)?;
    let (near, far) = (told.flow.side, told.flow.side.other());
    let (computer, address) = (scene.names.computer(far), told.flow.pair.remote.ip());
    let words = Words {
        user: format!(
            "{computer} is switched off, asleep or unplugged. Wake it, or sign in again there."
        ),
        admin: format!(
            "{} gets no answer for {address} on its link any more.",
            told.offender
        ),
        remedy: format!("look at {computer} and its cable; sign it in again when it is back"),
    };
    let says = format!(
        "{} ms later {} answered \"host unreachable\" for {address}: nobody answers there",
        told.after_ms, told.offender
    );
    let verdict = Verdict::new(
        Code::PeerHostGone,
        Confidence::Located,
        Culprit::new(CulpritKind::Host, vec![address])
            .on(&[far])
            .stops(&[near]),
        words,
        Proof::new(told.flow.line(scene), vec![Evidence::of(told.fact, says)]),
    );
    Some(verdict.not(
        Code::FlowCut,
        "packets still come as far as its link, and nobody answers on it",
    ))
}

/// Neither the other end nor the server hears it: it is gone, or whatever connects
/// it to both.
fn unheard(scene: &Scene<'_>) -> Option<Verdict> {
    let asked = flow::asked_since(scene, Presence::Silent)?;
    let (near, far) = (asked.flow.side, asked.flow.side.other());
    let computer = scene.names.computer(far);
    let words = Words {
        user: format!(
            "Nothing is heard of {computer} any more: it is switched off, asleep, or has lost its \
             network. Look at it, or sign in again there."
        ),
        admin: format!("Neither the other end nor the server hears anything of {computer}."),
        remedy: format!("look at {computer}, its cable and its network; sign it in again"),
    };
    let says = format!(
        "{computer} gave the server no answer for {} ms either",
        asked.waited_ms
    );
    let ends = SIDES.into_iter().filter_map(|side| scene.address_of(side));
    let verdict = Verdict::new(
        Code::PeerHostGone,
        Confidence::SideOnly,
        Culprit::new(CulpritKind::EdgeBetween, ends.collect())
            .on(&[far])
            .stops(&[near]),
        words,
        Proof::new(asked.flow.line(scene), vec![Evidence::of(asked.fact, says)]),
    );
    Some(verdict.or(
        Code::FlowCut,
        format!("whether {computer} runs and reaches anything at all: a look at it"),
    ))
}

/// Whether `side` itself told this address as its own once.
fn was_own(scene: &Scene<'_>, side: Side, wanted: IpAddr) -> bool {
    scene.seen_by(side).any(|fact| {
        matches!(fact.observation, Observation::Candidate { own: true, address, .. }
            if address.ip().to_canonical() == wanted)
    })
}

/// The addresses that a machine tells of its own interfaces.
fn own_words<'a>(scene: &Scene<'a>, side: Side) -> Vec<(&'a Fact, IpAddr)> {
    scene
        .seen_by(side)
        .filter_map(|fact| {
            let Observation::Interface { address, .. } = fact.observation else {
                return None;
            };
            Some((fact, address.to_canonical()))
        })
        .collect()
}

/// Whether a router waited, and for a machine.
fn is_of_router(scene: &Scene<'_>, one: &Waited<'_>) -> bool {
    let is_router = one.offender != one.destination && !scene.is_party(one.offender);
    is_router && !mapping::is_of_nat(scene, one.side.other(), one.destination)
}

/// Whether checks of the other end came from that very address, and it went on
/// sending them for as long as a router looks for a neighbour: then it is there,
/// and the router looks for it in the wrong place.
fn sends_from_there(scene: &Scene<'_>, one: &Waited<'_>) -> bool {
    let is_about_it = |address: IpAddr| address.to_canonical() == one.destination;
    let is_heard = scene.direct_tallies().any(|tally| {
        tally.side == one.side && is_about_it(tally.pair.remote.ip()) && tally.received > 0
    });
    let goes_on = scene.direct_tallies().any(|tally| {
        let is_long = tally.sent > 1 && tally.waited_ms >= LOOKED_FOR_MS;
        tally.side == one.side.other() && is_about_it(tally.pair.local.ip()) && is_long
    });
    is_heard && goes_on
}

/// Three requests, a second apart, are answered or not by then.
const LOOKED_FOR_MS: u64 = 3000;
