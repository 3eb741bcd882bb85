//! `udp-blocked`: no UDP at all passes for one side's network, or for both.
//!
//! Evidence: the relay stays silent over UDP for that side and serves it over
//! TCP or TLS, nothing of the other end arrived, and no direct check was
//! answered. Only the side is known: where the packets end needs a trace.
//! Excluded by: any answer over UDP, any check that arrived there; a relay whose
//! address is dead over every transport; a cause that somebody told of.
//! Remedy: UDP 3478 at least.

use super::relay_leg::{self, Leg};
use super::udp_replies_filtered::heard;
use super::{SIDES, computers_of, networks_of};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Proof, Verdict};
use hopsight_evidence::Side;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let legs: Vec<Leg<'_>> = SIDES
        .into_iter()
        .filter_map(|side| leg(scene, side))
        .collect();
    let first = *legs.first()?;
    // Where TCP to the peer dies as well, one leg without UDP is a matter of
    // its own.
    if legs.len() < SIDES.len() && super::cut::is_tcp_silent(scene) {
        return None;
    }
    let sides: Vec<Side> = legs.iter().map(|leg| leg.side).collect();
    let computers = computers_of(scene, &sides);
    let networks = networks_of(scene, &sides);
    let mut lines = legs.iter().flat_map(|leg| leg.lines(scene));
    let words = Words {
        user: format!(
            "The network of {computers} lets no UDP pass, which a direct picture needs. \
             Your network team can allow it."
        ),
        admin: format!(
            "No UDP packet is answered for {networks}, neither by the other PC nor by the \
             relay {}, which answers over {}.",
            first.server.ip(),
            first.by
        ),
        remedy: format!(
            "permit UDP from {networks} to {} port {}, and between the two PCs' networks, \
             both directions; until then sessions stay on the relay",
            first.server.ip(),
            first.server.port()
        ),
    };
    Some(Verdict::new(Code::UdpBlocked, Confidence::SideOnly, culprit(scene, &legs, &sides), words, Proof::new(lines.next()?, lines.collect())).or(
            Code::PortsFiltered,
            "UDP from both PCs to another server port: if any passes, a filter for some ports is at work"))
}

/// A leg without UDP of a side to which nothing of the other end came.
fn leg<'a>(scene: &Scene<'a>, side: Side) -> Option<Leg<'a>> {
    let is_cut = !scene.delivered_to(side) && scene.unanswered_from(side).is_some();
    relay_leg::without_udp(scene, side).filter(|_| is_cut && heard(scene, side).is_none())
}

fn culprit(scene: &Scene<'_>, legs: &[Leg<'_>], sides: &[Side]) -> Culprit {
    let ends = sides.iter().filter_map(|side| scene.address_of(*side));
    let server = legs.iter().map(|leg| leg.server.ip()).take(1);
    Culprit::new(CulpritKind::EdgeBetween, ends.chain(server).collect())
        .on(sides)
        .stops(&SIDES)
}
