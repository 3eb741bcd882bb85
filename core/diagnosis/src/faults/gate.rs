//! What TCP tells of the way to an end behind a NAT, before any fault reads it: a NAT
//! that refuses it in its own name is reached, though the PC behind it need not be.
//!
//! That UDP should get farther is known where the NAT has opened: the other end's
//! checks come out of it to this very end, or both NATs keep ports and both ends send.

use super::{SIDES, mapping};
use crate::Evidence;
use crate::scene::{Scene, Tally};
use hopsight_evidence::{Fact, Observation, Side, TcpOutcome};
use std::net::IpAddr;

/// One side's way to the other end's NAT, which TCP takes and UDP does not.
pub(super) struct Gate<'a> {
    side: Side,
    pub(super) address: IpAddr,
    reached: &'a Fact,
    opened: Option<Tally<'a>>,
}

/// The NATs that TCP of all `lost` sides reaches, and that would let their UDP in.
pub(super) fn reached<'a>(scene: &Scene<'a>, lost: &[Side]) -> Vec<Gate<'a>> {
    let found: Vec<Gate<'a>> = lost.iter().filter_map(|side| gate(scene, *side)).collect();
    let are_open = match lost {
        [_] => found.iter().all(|gate| gate.opened.is_some()),
        _ => SIDES.iter().all(|side| mapping::keeps_ports(scene, *side)),
    };
    if are_open && found.len() == lost.len() {
        found
    } else {
        Vec::new()
    }
}

impl Gate<'_> {
    /// What shows that TCP gets there, and that UDP would be let in.
    pub(super) fn lines(&self, scene: &Scene<'_>) -> Vec<Evidence> {
        let (near, far) = (self.side, self.side.other());
        let [near, far] = [near, far].map(|side| scene.names.computer(side));
        let reached = format!(
            "a TCP connection from {near} was answered at {}, the NAT of {far}",
            self.address
        );
        let opened = self.opened.map(|tally| {
            let says = format!(
                "checks of {far} come from {}, so its NAT lets answers of {near} in",
                tally.pair.remote
            );
            Evidence::of(tally.fact, says)
        });
        let reached = Evidence::of(self.reached, reached);
        [reached].into_iter().chain(opened).collect()
    }
}

fn gate<'a>(scene: &Scene<'a>, side: Side) -> Option<Gate<'a>> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::TcpConnect {
            destination,
            outcome: TcpOutcome::Refused | TcpOutcome::Accepted,
            ..
        } = fact.observation
        else {
            return None;
        };
        let address = destination.ip().to_canonical();
        let is_nat = mapping::is_gate_of(scene, side.other(), address);
        is_nat.then(|| Gate {
            side,
            address,
            reached: fact,
            opened: mapping::opened(scene, side),
        })
    })
}
