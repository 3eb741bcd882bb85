//! What the relay itself answered, before any fault reads it.

use crate::scene::Scene;
use crate::{Evidence, Proof};
use hopsight_evidence::{Fact, Observation, Side, TurnMethod};
use std::net::SocketAddr;

/// A refusal of the relay.
#[derive(Clone, Copy)]
pub(super) struct Refused<'a> {
    fact: &'a Fact,
    pub(super) side: Side,
    pub(super) server: SocketAddr,
    pub(super) code: u16,
    pub(super) reason: &'a str,
}

/// The answer to one of these requests, if it is one of these codes, at a relay
/// that gave that side no address; the sharer's first.
pub(super) fn refused<'a>(
    scene: &Scene<'a>,
    methods: &[TurnMethod],
    codes: &[u16],
) -> Option<Refused<'a>> {
    let mut sides = super::SIDES.into_iter();
    sides.find_map(|side| refused_to(scene, side, methods, codes))
}

/// The same, of one side.
pub(super) fn refused_to<'a>(
    scene: &Scene<'a>,
    side: Side,
    methods: &[TurnMethod],
    codes: &[u16],
) -> Option<Refused<'a>> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::TurnResult {
            server,
            method,
            code: Some(code),
            reason,
            challenge: false,
            ..
        } = &fact.observation
        else {
            return None;
        };
        let is_served = scene.seen_by(side).any(|fact| {
            matches!(fact.observation, Observation::RelayAllocated { server: by, .. }
                if by == *server)
        });
        let is_wanted = methods.contains(method) && codes.contains(code);
        (is_wanted && !(is_served && *method == TurnMethod::Allocate)).then_some(Refused {
            fact,
            side,
            server: *server,
            code: *code,
            reason,
        })
    })
}

impl Refused<'_> {
    pub(super) fn proof(&self, scene: &Scene<'_>) -> Proof {
        Proof::new(self.line(scene), Vec::new())
    }

    pub(super) fn line(&self, scene: &Scene<'_>) -> Evidence {
        let says = format!(
            "the relay {} answered {} {} to {}",
            self.server,
            self.code,
            self.reason,
            scene.names.computer(self.side)
        );
        Evidence::of(self.fact, says)
    }
}
