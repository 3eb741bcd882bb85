//! `host-firewall-in`: the other PC's firewall rejects what arrives there.
//!
//! Evidence: an ICMP error "prohibited" or "port unreachable" from the very
//! address that was asked, while the program there runs, tells its own counts
//! and received nothing. It is `located`, not `proven`: the word comes from one
//! end and blames the other, and only together do they leave this explanation.
//! A firewall that drops without a word is not told apart from a filter of the
//! last router here.
//! Excluded by: anything that arrived there.
//! Remedy: a rule on that PC.

use super::{SIDES, words_of};
use crate::scene::{Scene, Tally};
use crate::{
    Code, Confidence, Culprit, CulpritKind, CulpritSide, Direction, Evidence, Excluded, Proof,
    Verdict,
};
use hopsight_evidence::{Fact, IcmpKind, Observation, Side};
use std::net::IpAddr;

/// The asked address itself turned a packet away.
struct TurnedAway<'a> {
    fact: &'a Fact,
    side: Side,
    kind: IcmpKind,
    address: IpAddr,
    after_ms: u64,
    /// The other end's own count of what arrived at that very socket.
    nothing: Tally<'a>,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = SIDES
        .into_iter()
        .find_map(|side| turned_away(scene, side))?;
    let far = scene.names.computer(found.side.other());
    let address = found.address;
    let words = words_of(found.kind);
    let said = format!(
        "{address} itself answered \"{words}\" after {} ms",
        found.after_ms
    );
    let counted = format!(
        "the program on {far} runs, sent {} and received none",
        found.nothing.checks()
    );
    Some(Verdict {
        code: Code::HostFirewallIn,
        layer: Code::HostFirewallIn.layer(),
        confidence: Confidence::Located,
        culprit: Some(Culprit {
            kind: CulpritKind::Host,
            addresses: vec![address],
            name: None,
            side: CulpritSide::of(&[found.side.other()]),
            direction: Direction::from_sides(&[found.side]),
        }),
        user: format!(
            "A firewall on {far} turns the picture away. \
             Whoever looks after that PC can allow it."
        ),
        admin: format!("{address} answers \"{words}\" although the program there listens."),
        remedy: format!("on {far}: allow inbound UDP for the program in the host firewall"),
        evidence: Proof::new(
            Evidence::of(found.fact, said),
            vec![Evidence::of(found.nothing.fact, counted)],
        ),
        excluded: vec![Excluded::new(
            Code::NoRoute,
            format!("packets get as far as {address}, which answers them"),
        )],
        cannot_tell_apart: Vec::new(),
        also: Vec::new(),
        first_evidence_ms: Some(found.after_ms),
        verdict_ms: None,
    })
}

fn turned_away<'a>(scene: &Scene<'a>, side: Side) -> Option<TurnedAway<'a>> {
    let far = side.other();
    if scene.delivered_to(far) {
        return None;
    }
    scene.seen_by(side).find_map(|fact| {
        let Observation::IcmpError {
            destination,
            offender,
            kind: kind @ (IcmpKind::Prohibited | IcmpKind::PortUnreachable),
            after_ms,
            ..
        } = fact.observation
        else {
            return None;
        };
        let address = destination.ip().to_canonical();
        let is_own_word = offender.to_canonical() == address;
        // A filter says "port unreachable" as well; a closed port is told from
        // it by the program that has the socket open.
        let nothing = scene
            .direct_tallies()
            .find(|tally| tally.side == far && tally.pair.local == destination)?;
        let matters = scene.is_the_address_that_matters(far, address);
        (is_own_word && matters && nothing.sent > 0).then_some(TurnedAway {
            fact,
            side,
            kind,
            address,
            after_ms,
            nothing,
        })
    })
}
