//! What the server answered in the signalling, before any fault reads it.

use crate::scene::Scene;
use crate::{Evidence, Proof};
use hopsight_evidence::{Fact, Observation, Side, SignallingRequest};

/// A final answer that was no success.
#[derive(Clone, Copy)]
pub(super) struct Refused<'a> {
    fact: &'a Fact,
    pub(super) side: Side,
    pub(super) status: u16,
    pub(super) reason: &'a str,
}

/// The first answer to one of these requests with one of these codes.
pub(super) fn refused<'a>(
    scene: &Scene<'a>,
    requests: &[SignallingRequest],
    statuses: &[u16],
) -> Option<Refused<'a>> {
    scene.facts().find_map(|fact| {
        let side = fact.observer.side()?;
        let Observation::SignallingAnswer {
            request,
            status,
            reason,
        } = &fact.observation
        else {
            return None;
        };
        (requests.contains(request) && statuses.contains(status)).then_some(Refused {
            fact,
            side,
            status: *status,
            reason,
        })
    })
}

impl Refused<'_> {
    pub(super) fn proof(&self, scene: &Scene<'_>, what: &str) -> Proof {
        let says = format!(
            "the server answered {} {} to {what} of {}",
            self.status,
            self.reason,
            scene.names.computer(self.side)
        );
        Proof::new(Evidence::of(self.fact, says), Vec::new())
    }
}
