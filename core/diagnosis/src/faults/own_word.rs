//! What a machine's own kernel said when it would not send to the other end.
//!
//! An observer is believed about itself: such a word blames nobody else. It
//! counts only about the address that matters, or where the kernel forbids all
//! addresses that the other end told, those of its relay as well; and only when it
//! came at once: what comes after seconds is a neighbour that stayed silent.

use super::SIDES;
use crate::scene::Scene;
use crate::{Culprit, CulpritKind, Evidence, Proof};
use hopsight_evidence::{CandidateKind, Fact, IcmpKind, Observation, Side};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// EPERM: what a packet filter of the own machine answers.
pub(super) const NOT_PERMITTED: i32 = 1;
/// EMSGSIZE: the datagram is larger than the path takes.
pub(super) const TOO_LONG: i32 = 90;

/// A refusal of the own kernel.
#[derive(Clone, Copy)]
pub(super) struct OwnWord<'a> {
    pub(super) fact: &'a Fact,
    pub(super) side: Side,
    pub(super) destination: IpAddr,
    pub(super) text: &'a str,
    pub(super) after_ms: u64,
}

/// The kernels' words that `wanted` picks by errno, one per side.
pub(super) fn own_words<'a>(scene: &Scene<'a>, wanted: fn(i32) -> bool) -> Vec<OwnWord<'a>> {
    SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(side.other()))
        .filter_map(|side| own_word(scene, side, wanted))
        .collect()
}

fn own_word<'a>(scene: &Scene<'a>, side: Side, wanted: fn(i32) -> bool) -> Option<OwnWord<'a>> {
    let far = side.other();
    scene.seen_by(side).find_map(|fact| {
        let (destination, errno, text, after_ms) =
            refused_send(fact).or_else(|| refused_by_own_icmp(scene, side, fact))?;
        let destination = destination.ip().to_canonical();
        let is_forbidden = errno == NOT_PERMITTED && forbids_all(scene, side);
        let matters = scene.addresses_told_of(far).contains(&destination)
            && (is_forbidden || scene.is_the_address_that_matters(far, destination));
        // Only what may be a neighbour's silence has to come at once.
        let is_in_time = errno == NOT_PERMITTED || after_ms <= AT_ONCE_MS;
        (matters && wanted(errno) && is_in_time).then_some(OwnWord {
            fact,
            side,
            destination,
            text,
            after_ms,
        })
    })
}

/// The own packet filter lets nothing out to the other end, wherever that is to be
/// reached: straight or at its relay. One that only shuts private networks would let
/// packets out to a relay.
fn forbids_all(scene: &Scene<'_>, side: Side) -> bool {
    let far = side.other();
    let forbidden: BTreeSet<IpAddr> = scene
        .seen_by(side)
        .filter_map(refused_send)
        .filter(|(_, errno, ..)| *errno == NOT_PERMITTED)
        .map(|(destination, ..)| destination.ip().to_canonical())
        .collect();
    let relayed = scene.candidates_of(far, CandidateKind::Relayed);
    let mut told = scene.addresses_told_of(far).iter().chain(&relayed);
    !relayed.is_empty() && told.all(|address| forbidden.contains(address))
}

fn refused_send(fact: &Fact) -> Option<(SocketAddr, i32, &str, u64)> {
    let Observation::SendError {
        destination,
        errno,
        text,
        after_ms,
    } = &fact.observation
    else {
        return None;
    };
    Some((*destination, *errno, text, *after_ms))
}

/// A filter that rejects what the own machine sends answers like a router, from
/// the machine's own address.
fn refused_by_own_icmp<'a>(
    scene: &Scene<'a>,
    side: Side,
    fact: &'a Fact,
) -> Option<(SocketAddr, i32, &'a str, u64)> {
    let Observation::IcmpError {
        destination,
        offender,
        kind: kind @ (IcmpKind::PortUnreachable | IcmpKind::Prohibited),
        after_ms,
        ..
    } = fact.observation
    else {
        return None;
    };
    let offender = offender.to_canonical();
    let is_own = scene.addresses_of(side).contains(&offender)
        && !scene.addresses_of(side.other()).contains(&offender);
    is_own.then_some((destination, NOT_PERMITTED, super::words_of(kind), after_ms))
}

impl OwnWord<'_> {
    fn line(&self, scene: &Scene<'_>) -> Evidence {
        let says = format!(
            "{} could not send to {}: {}",
            scene.names.computer(self.side),
            self.destination,
            self.text
        );
        Evidence::of(self.fact, says)
    }
}

/// The machines that would not send.
pub(super) fn culprit(scene: &Scene<'_>, words: &[OwnWord<'_>]) -> Culprit {
    let sides: Vec<Side> = words.iter().map(|word| word.side).collect();
    let own = sides.iter().filter_map(|side| scene.address_of(*side));
    Culprit::new(CulpritKind::Host, own.collect())
        .on(&sides)
        .stops(&sides)
}

/// One line a word.
pub(super) fn proof(scene: &Scene<'_>, words: &[OwnWord<'_>]) -> Option<Proof> {
    let mut lines = words.iter().map(|word| word.line(scene));
    Some(Proof::new(lines.next()?, lines.collect()))
}

/// "desk1's PC and desk2's PC".
pub(super) fn computers(scene: &Scene<'_>, words: &[OwnWord<'_>]) -> String {
    let sides: Vec<Side> = words.iter().map(|word| word.side).collect();
    super::computers_of(scene, &sides)
}

const AT_ONCE_MS: u64 = 1000;
