//! Where packets vanish without a word: between the last places that are known
//! to have had them. What kind of fault that is, the faults decide.

use super::ahead::Ahead;
use super::reach::{self, Reach};
use super::{SIDES, earlier};
use crate::scene::Scene;
use crate::{Code, Confidence, Culprit, CulpritKind, CulpritSide, Evidence, Excluded};
use hopsight_evidence::{Fact, Observation, Side, TcpOutcome};
use std::net::{IpAddr, SocketAddr};

/// Checks that left and did not arrive, without an error message.
pub(super) struct Cut<'a> {
    /// The sides whose packets do not arrive.
    pub(super) lost: Vec<Side>,
    reached: Vec<(Side, Reach<'a>)>,
    ahead: Option<Ahead<'a>>,
    addresses: Vec<IpAddr>,
}

/// A TCP connection between the same two addresses.
pub(super) struct Connection<'a> {
    pub(super) fact: &'a Fact,
    pub(super) side: Side,
    pub(super) destination: SocketAddr,
    pub(super) outcome: TcpOutcome,
}

impl<'a> Cut<'a> {
    /// The cut of the `open` sides' packets, if it is known that some are lost.
    /// Where nothing tells how far they get and the other direction delivers, or
    /// is explained, the whole way is left, unless an error that no rule reads
    /// says more.
    pub(super) fn find(scene: &Scene<'a>, open: &[Side]) -> Option<Self> {
        let lost: Vec<Side> = SIDES
            .into_iter()
            .filter(|side| open.contains(side))
            .filter(|side| scene.is_lost_from(*side) && !scene.delivered_to(side.other()))
            .collect();
        let reached: Vec<(Side, Reach<'a>)> = lost
            .iter()
            .filter_map(|side| Some((*side, reach::of(scene, *side)?)))
            .collect();
        let ahead = match reached.as_slice() {
            [(side, reach)] if lost.len() == 1 => reach.ahead(scene, *side),
            _ => None,
        };
        let addresses = ahead.map_or_else(|| edge(scene, &lost), |ahead| in_order(&ahead, &lost));
        let is_told = |side: &Side| super::undetermined::has_errors(scene, *side);
        let is_settled = open.len() == SIDES.len() || lost.iter().all(|side| waited(scene, *side));
        let is_whole_way = lost.len() == 1 && is_settled && !open.iter().any(is_told);
        (is_whole_way || !reached.is_empty()).then_some(Self {
            lost,
            reached,
            ahead,
            addresses,
        })
    }

    pub(super) fn confidence(&self) -> Confidence {
        if !self.reached.is_empty() && self.reached.len() == self.lost.len() {
            Confidence::Located
        } else {
            Confidence::SideOnly
        }
    }

    pub(super) fn culprit(&self) -> Culprit {
        let edge = Culprit::new(CulpritKind::EdgeBetween, self.addresses.clone());
        // One lost direction says on whose side the packets set out, no more.
        match CulpritSide::of(&self.lost) {
            Some(CulpritSide::Both) => edge.on(&self.lost),
            Some(CulpritSide::Sharer | CulpritSide::Viewer) | None => edge,
        }
        .stops(&self.lost)
    }

    /// "between 172.16.1.1 and 172.16.2.1".
    pub(super) fn between(&self) -> String {
        match self.addresses.as_slice() {
            [one] => format!("at {one} or right behind it"),
            [first, .., last] => format!("between {first} and {last}"),
            [] => "somewhere between them".to_owned(),
        }
    }

    pub(super) fn lines(&self, scene: &Scene<'_>) -> Vec<Evidence> {
        let reached = self
            .reached
            .iter()
            .map(|(side, reach)| Evidence::of(reach.fact, reach.says(scene, *side)));
        let unanswered = self.lost.iter().filter_map(|side| unanswered(scene, *side));
        let before = self.reached.iter().filter_map(|(side, reach)| {
            let (fact, next) = earlier::next(scene, *side, reach.last)?;
            let says = format!(
                "in an earlier session {next} came next after {}",
                reach.last
            );
            Some(Evidence::of(fact, says))
        });
        let ahead = self.ahead.iter().zip(&self.lost);
        let ahead = ahead.map(|(ahead, side)| ahead.line(scene, *side));
        let reached = reached.chain(unanswered);
        reached.chain(ahead).chain(before).collect()
    }

    pub(super) fn excluded(&self) -> Option<Excluded> {
        let last: Vec<String> = self
            .reached
            .iter()
            .map(|(_, reach)| reach.last.to_string())
            .collect();
        (!last.is_empty()).then(|| {
            let last = super::listed(&last);
            Excluded::new(
                Code::NoRouteOnHost,
                format!("the packets left the PC and got as far as {last}"),
            )
        })
    }

    /// What came of TCP between the same two addresses, one line a side.
    pub(super) fn connections(&self, scene: &Scene<'a>) -> Vec<Connection<'a>> {
        SIDES
            .into_iter()
            .filter_map(|side| connection(scene, side))
            .collect()
    }
}

impl Connection<'_> {
    /// Whether its packets came there and back.
    pub(super) const fn passes(&self) -> bool {
        match self.outcome {
            TcpOutcome::Accepted | TcpOutcome::Refused => true,
            TcpOutcome::Silent | TcpOutcome::Unreachable => false,
        }
    }

    pub(super) fn line(&self, scene: &Scene<'_>) -> Evidence {
        let what = match self.outcome {
            TcpOutcome::Accepted => "was accepted",
            TcpOutcome::Refused => "was refused there, so its packets pass both ways",
            TcpOutcome::Silent => "was not answered either",
            TcpOutcome::Unreachable => "could not be made either",
        };
        let (computer, address) = (scene.names.computer(self.side), self.destination.ip());
        let says = format!("a TCP connection from {computer} to {address} {what}");
        Evidence::of(self.fact, says)
    }
}

/// Whether TCP between the two machines was tried and came to nothing.
pub(super) fn is_tcp_silent(scene: &Scene<'_>) -> bool {
    let tried: Vec<Connection<'_>> = SIDES
        .into_iter()
        .filter_map(|side| connection(scene, side))
        .collect();
    !tried.is_empty() && !tried.iter().any(Connection::passes)
}

/// The networks of both ends, as words.
pub(super) fn networks(scene: &Scene<'_>) -> String {
    let [sharer, viewer] = SIDES.map(|side| super::network_of(scene, side));
    format!("{sharer} and {viewer}")
}

/// The sharer's end first.
fn in_order(ahead: &Ahead<'_>, lost: &[Side]) -> Vec<IpAddr> {
    match lost {
        [Side::Viewer] => vec![ahead.far, ahead.near],
        _ => vec![ahead.near, ahead.far],
    }
}

/// The last places that are known to have had the packets, the sharer's first.
/// Where nothing is lost of one end: the router that came next in an earlier
/// session that worked, or that PC itself.
fn edge(scene: &Scene<'_>, lost: &[Side]) -> Vec<IpAddr> {
    let end = |side: Side| {
        let is_lost = lost.contains(&side);
        let reached = is_lost.then(|| reach::of(scene, side)).flatten();
        let next = || {
            let other = reach::of(scene, side.other()).filter(|_| !is_lost)?;
            Some(earlier::next(scene, side.other(), other.last)?.1)
        };
        let reached = reached.map(|reach| reach.last);
        reached.or_else(next).or_else(|| scene.address_of(side))
    };
    let mut ends: Vec<IpAddr> = SIDES.into_iter().filter_map(end).collect();
    ends.dedup();
    ends
}

/// Whether the checks of `side` had their time at both ends: the two tell their
/// counts at different moments.
fn waited(scene: &Scene<'_>, side: Side) -> bool {
    let waited = |of: Side| {
        let tallies = scene.direct_tallies().filter(|tally| tally.side == of);
        tallies.map(|tally| tally.waited_ms).max().unwrap_or(0)
    };
    waited(side).min(waited(side.other())) >= SETTLED_MS
}

fn unanswered(scene: &Scene<'_>, side: Side) -> Option<Evidence> {
    let tally = scene.unanswered_from(side)?;
    let says = format!(
        "{} from {} to {}, none answered and none arrived",
        tally.checks(),
        scene.names.computer(side),
        tally.pair.remote.ip().to_canonical()
    );
    Some(Evidence::of(tally.fact, says))
}

fn connection<'a>(scene: &Scene<'a>, side: Side) -> Option<Connection<'a>> {
    let far = side.other();
    let mut told = scene.addresses_told_of(far).clone();
    // A NAT that refuses in its own name says nothing about the PC behind it, and
    // nobody outside knows a way to an address behind it.
    let outside = super::mapping::outside(scene, far);
    told.retain(|address| {
        scene.is_explained(*address)
            && !outside.iter().any(|one| one.ip() == *address)
            && !scene.is_only_inside_a_nat(far, *address)
    });
    scene.seen_by(side).find_map(|fact| {
        let Observation::TcpConnect {
            destination,
            outcome,
            ..
        } = fact.observation
        else {
            return None;
        };
        told.contains(&destination.ip().to_canonical())
            .then_some(Connection {
                fact,
                side,
                destination,
                outcome,
            })
    })
}

/// Two repetitions of a check, and the telling of it.
const SETTLED_MS: u64 = 1000;
