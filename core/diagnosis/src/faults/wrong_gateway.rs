//! `wrong-gateway`: the host's next hop does not exist.
//!
//! Proof: about three seconds after its first packet the host's own kernel
//! answers "host unreachable" about an address outside the networks that its
//! interfaces know: nobody answered for the next hop (3.07 s, measured). Before
//! that its neighbour table tells that the next hop was asked in vain. The same
//! holds of who does not reach the server (`to_server`).
//! Excluded by: packets that arrived in that direction; a destination inside
//! an own network, where there is no next hop; for the table alone, a router that
//! answered that machine's probes.
//! Remedy: the gateway address on that PC.

mod to_server;

use super::waited::{self, Waited};
use super::{SIDES, computers_of, ways};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, NeighbourState, Side};
use std::net::IpAddr;

pub(super) use to_server::is_why;

/// One machine that sends by a next hop that is not there.
struct Lost<'a> {
    side: Side,
    own: IpAddr,
    destination: IpAddr,
    /// The next hop, where the route was looked up.
    gateway: Option<(&'a Fact, IpAddr)>,
    /// The own kernel's word, and when it came.
    given_up: Option<(&'a Fact, u64)>,
    towards: Towards,
}

/// Whom it wanted to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Towards {
    Peer,
    /// To sign in.
    Server,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found: Vec<Lost<'_>> = SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(side.other()))
        .filter_map(|side| to_peer(scene, side).or_else(|| to_server::lost(scene, side)))
        .collect();
    let first = found.first()?;
    let sides: Vec<Side> = found.iter().map(|one| one.side).collect();
    let to_peer = found.iter().filter(|one| one.towards == Towards::Peer);
    let stopped: Vec<Side> = to_peer.map(|one| one.side).collect();
    let is_told = found.iter().any(|one| one.given_up.is_some());
    let mut lines = found.iter().flat_map(|one| one.lines(scene));
    let proof = Proof::new(lines.next()?, lines.collect());
    let culprit = Culprit::new(CulpritKind::Host, found.iter().map(|one| one.own).collect());
    let verdict = Verdict::new(
        Code::WrongGateway,
        if is_told {
            Confidence::Proven
        } else {
            Confidence::Located
        },
        culprit.on(&sides).stops(&stopped),
        words(scene, &found, first),
        proof,
    );
    let after = found.iter().filter_map(|one| one.given_up);
    let after = after.map(|(_, after_ms)| after_ms).min();
    Some(
        verdict
            .not(
                match first.towards {
                    Towards::Peer => Code::NoRoute,
                    Towards::Server => Code::SigninPortBlocked,
                },
                "the packets did not get past the first link, so no router has seen them",
            )
            .first_seen(after),
    )
}

fn words(scene: &Scene<'_>, found: &[Lost<'_>], first: &Lost<'_>) -> Words {
    let sides: Vec<Side> = found.iter().map(|one| one.side).collect();
    let computers = computers_of(scene, &sides);
    let destination = first.destination;
    let network = scene
        .network_of(first.side, first.own)
        .unwrap_or_else(|| first.own.to_string());
    let gateway = first
        .gateway
        .map_or_else(String::new, |(_, gateway)| format!(" {gateway}"));
    Words {
        user: match first.towards {
            Towards::Peer => format!(
                "{computers} sends by a gateway that does not exist. \
                 Whoever looks after that PC can correct it."
            ),
            Towards::Server => format!(
                "{computers} does not reach the server: nobody answers as the gateway{gateway} \
                 by which it sends. Whoever looks after that PC can correct the address, or see \
                 to it that the gateway runs."
            ),
        },
        admin: format!(
            "The next hop{gateway} of {computers} towards {destination} does not answer in \
             {network}."
        ),
        remedy: format!(
            "on {computers}: correct the gateway{gateway} towards {destination} \
             (`ip route get {destination}` names it){}",
            match first.towards {
                Towards::Peer => "",
                Towards::Server => "; if it is right, start the router that is to have it",
            }
        ),
    }
}

fn to_peer<'a>(scene: &Scene<'a>, side: Side) -> Option<Lost<'a>> {
    let way = ways::to_peer(scene, side);
    let gateway = way.and_then(|way| Some((way.fact, way.via?)));
    let is_silent = way
        .is_some_and(|way| way.via.is_some() && way.neighbour == NeighbourState::Silent)
        && !super::reach::is_beyond_link(scene, side);
    if let Some(waited) = given_up(scene, side) {
        return Some(Lost {
            side,
            own: waited.offender,
            destination: waited.destination,
            gateway,
            given_up: Some((waited.fact, waited.after_ms)),
            towards: Towards::Peer,
        });
    }
    let way = way.filter(|_| is_silent)?;
    Some(Lost {
        side,
        own: scene.address_of(side)?,
        destination: way.destination,
        gateway,
        given_up: None,
        towards: Towards::Peer,
    })
}

fn given_up<'a>(scene: &Scene<'a>, side: Side) -> Option<Waited<'a>> {
    own_word(scene, side, waited::told_to(scene, side))
}

/// The own kernel's word. What both ends call their own is nobody's to answer
/// for, and a relay's address is no end's.
fn own_word<'a>(scene: &Scene<'a>, side: Side, waited: Vec<Waited<'a>>) -> Option<Waited<'a>> {
    let others = scene.addresses_of(side.other());
    let relays = scene.relay_addresses();
    let mut own = scene.addresses_of(side).clone();
    own.retain(|address| !others.contains(address) && !relays.contains(address));
    let mut waited = waited.into_iter();
    waited.find(|one| own.contains(&one.offender) && scene.is_off_link(side, one.destination))
}

impl Lost<'_> {
    fn lines(&self, scene: &Scene<'_>) -> Vec<Evidence> {
        let computer = scene.names.computer(self.side);
        let destination = self.destination;
        let told = self.given_up.map(|(fact, after_ms)| {
            let says = format!(
                "{computer} itself answered \"host unreachable\" for {destination} after \
                 {after_ms} ms: nobody answered for its next hop"
            );
            Evidence::of(fact, says)
        });
        let looked_up = self.gateway.map(|(fact, gateway)| {
            let says = format!(
                "{computer} sends to {destination} by {gateway}, which does not answer on the link"
            );
            Evidence::of(fact, says)
        });
        told.into_iter().chain(looked_up).collect()
    }
}
