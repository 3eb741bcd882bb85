//! What a machine's own kernel said when it would not send to the other end.
//!
//! An observer is believed about itself: such a word blames nobody else. It
//! counts only about the address that matters, and only when it came at once;
//! what comes after seconds is a neighbour that stayed silent.

use super::SIDES;
use crate::scene::Scene;
use crate::{Culprit, CulpritKind, CulpritSide, Direction, Evidence, Proof};
use hopsight_evidence::{Fact, Observation, Side};
use std::net::IpAddr;

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
    scene.seen_by(side).find_map(|fact| {
        let Observation::SendError {
            destination,
            errno,
            text,
            after_ms,
        } = &fact.observation
        else {
            return None;
        };
        let destination = destination.ip().to_canonical();
        let far = side.other();
        let matters = scene.addresses_told_of(far).contains(&destination)
            && scene.is_the_address_that_matters(far, destination);
        (matters && wanted(*errno) && *after_ms <= AT_ONCE_MS).then_some(OwnWord {
            fact,
            side,
            destination,
            text,
            after_ms: *after_ms,
        })
    })
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
    Culprit {
        kind: CulpritKind::Host,
        addresses: sides
            .iter()
            .filter_map(|side| scene.address_of(*side))
            .collect(),
        name: None,
        side: CulpritSide::of(&sides),
        direction: Direction::from_sides(&sides),
    }
}

/// One line a word.
pub(super) fn proof(scene: &Scene<'_>, words: &[OwnWord<'_>]) -> Option<Proof> {
    let mut lines = words.iter().map(|word| word.line(scene));
    Some(Proof::new(lines.next()?, lines.collect()))
}

/// "desk1's PC and desk2's PC".
pub(super) fn computers(scene: &Scene<'_>, words: &[OwnWord<'_>]) -> String {
    let names: Vec<String> = words
        .iter()
        .map(|word| scene.names.computer(word.side))
        .collect();
    super::listed(&names)
}

const AT_ONCE_MS: u64 = 1000;
