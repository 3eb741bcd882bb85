//! `host-firewall-in`: the other PC's firewall rejects what arrives there.
//!
//! Evidence: an ICMP error "prohibited" or "port unreachable" from the very
//! address that was asked, while the program there runs, tells its own counts
//! and received nothing. It is `located`, not `proven`: the word comes from one
//! end and blames the other, and only together do they leave this explanation.
//! A firewall that drops without a word is not told apart from a filter of the
//! last router here, nor one that refuses behind a NAT from that NAT (`behind_nat`).
//! Excluded by: anything that arrived there.
//! Remedy: a rule on that PC.

mod behind_nat;

use super::{SIDES, computers_of, listed, ways, words_of};
use crate::scene::{Scene, Tally};
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, IcmpKind, NeighbourState, Observation, Side};
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

/// The verdict of a firewall that drops without a word, on a link that both PCs
/// share: the other machine answers there, so nothing but itself and the switch
/// is left.
pub(super) fn judge_silent(scene: &Scene<'_>, open: &[Side]) -> Option<Verdict> {
    let side = SIDES
        .into_iter()
        .filter(|side| open.contains(side) && scene.delivered_to(*side))
        .find(|side| scene.is_lost_from(*side))?;
    let way = ways::to_peer(scene, side)
        .filter(|way| way.via.is_none() && way.neighbour == NeighbourState::Answers)?;
    let far = scene.names.computer(side.other());
    let address = way.destination;
    let words = Words {
        user: format!(
            "A firewall on {far} seems to drop the picture. \
             Whoever looks after that PC can allow it."
        ),
        admin: format!("{address} answers on the link, and nothing sent to it over UDP arrives."),
        remedy: format!("on {far}: allow inbound UDP for the program in the host firewall"),
    };
    let answers = format!("{address} answers on the link {}", way.device);
    let unanswered = scene.unanswered_from(side).map(|tally| {
        let says = format!("{} to it, none arrived there", tally.checks());
        Evidence::of(tally.fact, says)
    });
    let proof = Proof::new(
        Evidence::of(way.fact, answers),
        unanswered.into_iter().collect(),
    );
    let verdict = Verdict::new(
        Code::HostFirewallIn,
        Confidence::Located,
        Culprit::new(CulpritKind::Host, vec![address])
            .on(&[side.other()])
            .stops(&[side]),
        words,
        proof,
    );
    Some(verdict.or(
        Code::PortsFiltered,
        format!("the state of the host firewall on {far}, and the rules of the switch between"),
    ))
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    at_the_pc(scene).or_else(|| behind_nat::judge(scene))
}

fn at_the_pc(scene: &Scene<'_>) -> Option<Verdict> {
    let found: Vec<TurnedAway<'_>> = SIDES
        .into_iter()
        .filter_map(|side| turned_away(scene, side))
        .collect();
    let first = found.first()?;
    let senders: Vec<Side> = found.iter().map(|one| one.side).collect();
    let receivers: Vec<Side> = found.iter().map(|one| one.side.other()).collect();
    let far = computers_of(scene, &receivers);
    let said: Vec<String> = found
        .iter()
        .map(|one| format!("{} answers \"{}\"", one.address, words_of(one.kind)))
        .collect();
    let words = Words {
        user: format!(
            "A firewall on {far} turns the picture away. \
             Whoever looks after that PC can allow it."
        ),
        admin: format!("{} although the program there listens.", listed(&said)),
        remedy: format!("on {far}: allow inbound UDP for the program in the host firewall"),
    };
    let mut lines = found.iter().flat_map(|one| one.lines(scene));
    let addresses = found.iter().map(|one| one.address).collect();
    let verdict = Verdict::new(
        Code::HostFirewallIn,
        Confidence::Located,
        Culprit::new(CulpritKind::Host, addresses)
            .on(&receivers)
            .stops(&senders),
        words,
        Proof::new(lines.next()?, lines.collect()),
    );
    Some(
        verdict
            .not(
                Code::NoRoute,
                format!(
                    "packets get as far as {}, which answers them",
                    first.address
                ),
            )
            .first_seen(found.iter().map(|one| one.after_ms).min()),
    )
}

impl TurnedAway<'_> {
    fn lines(&self, scene: &Scene<'_>) -> [Evidence; 2] {
        let far = scene.names.computer(self.side.other());
        let said = format!(
            "{} itself answered \"{}\" after {} ms",
            self.address,
            words_of(self.kind),
            self.after_ms
        );
        let counted = format!(
            "the program on {far} runs, sent {} and received none",
            self.nothing.checks()
        );
        [
            Evidence::of(self.fact, said),
            Evidence::of(self.nothing.fact, counted),
        ]
    }
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
