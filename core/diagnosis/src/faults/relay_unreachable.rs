//! `relay-unreachable`: no transport to the relay works for one side.
//!
//! Proof: UDP and at least one of TCP and TLS were tried from that side, each
//! ended in silence or refusal, and the relay never answered it. A router that
//! says that it has no route to the relay's network proves it; one that says so of
//! the relay's own address does when the relay serves the other side, for else the
//! relay may be gone. Without a word a relay that serves the other side locates it;
//! otherwise only the side is known.
//! Excluded by: any answer of that address of the relay, even a refusal, and any
//! allocation there; a stream that was open; an address at which the relay is
//! not (then it is `advertised-address-wrong`).
//! Remedy: open the relay's ports from that network, and the route back.

mod from_trace;

use super::relay_silence::{Silence, is_cut_off, is_cut_off_from, reached_by, silences};
use super::{SIDES, advertised_address_wrong, computers_of, listed, reach, words_of};
use crate::scene::{Scene, says_no_route};
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Excluded, Proof, Rival, Verdict};
use hopsight_evidence::{Fact, IcmpKind, Observation, Side, Transport};
use std::collections::BTreeSet;
use std::net::IpAddr;

pub(super) use from_trace::judge_trace;

/// The verdict, if the facts of a live session carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let cut: Vec<Side> = SIDES
        .into_iter()
        .filter(|side| is_cut_off(scene, *side))
        .collect();
    let silences: Vec<Silence<'_>> = cut
        .iter()
        .flat_map(|side| silences(scene, *side))
        .filter(|one| is_cut_off_from(scene, one.side, one.server.ip()))
        .filter(|one| !advertised_address_wrong::is_about(scene, one.server.ip()))
        .collect();
    let first = silences.first()?;
    let refusal = cut.iter().find_map(|side| refusal(scene, *side));
    let witness = match cut.as_slice() {
        [side] => reached_by(scene, side.other()),
        _ => None,
    };
    let confidence = confidence(refusal.map(|one| one.kind), witness.is_some());
    let told = refusal.map(|one| {
        let (offender, words) = (one.offender, words_of(one.kind));
        let says = format!("{offender} answered \"{words}\" about the relay");
        Evidence::of(one.fact, says)
    });
    let seen = witness.map(|fact| Evidence::of(fact, "the relay serves the other PC"));
    let lines = silences.iter().map(|one| line(scene, one));
    let mut lines = told.into_iter().chain(lines).chain(seen);
    let proof = Proof::new(lines.next()?, lines.collect());
    let words = Words {
        user: user(scene, &cut),
        admin: admin(scene, &cut, &silences, refusal),
        remedy: refusal.map_or_else(|| remedy(scene, &cut, &silences, first), route_on),
    };
    Some(
        Verdict::new(
            Code::RelayUnreachable,
            confidence,
            culprit(scene, &cut, first, refusal.map(|one| one.offender)),
            words,
            proof,
        )
        .excluding(excluded(witness.is_some()))
        .rivalled_by(rivals(confidence, first))
        .first_seen(silences.iter().map(|one| one.waited_ms).min()),
    )
}

/// A router's word that it has no way to the relay.
#[derive(Clone, Copy)]
struct Refusal<'a> {
    fact: &'a Fact,
    offender: IpAddr,
    relay: IpAddr,
    kind: IcmpKind,
}

/// Not from either party and not from the relay itself; the word about a whole
/// network before the one about the relay alone.
fn refusal<'a>(scene: &Scene<'a>, side: Side) -> Option<Refusal<'a>> {
    let servers: BTreeSet<IpAddr> = silences(scene, side).map(|one| one.server.ip()).collect();
    let told = scene.seen_by(side).filter_map(|fact| {
        let Observation::IcmpError {
            destination,
            offender,
            kind,
            after_ms,
            ..
        } = fact.observation
        else {
            return None;
        };
        let offender = offender.to_canonical();
        let is_about_relay = servers.contains(&destination.ip());
        let is_router = scene.may_be_router(offender, destination.ip());
        (is_about_relay && is_router && says_no_route(kind, after_ms)).then_some(Refusal {
            fact,
            offender,
            relay: destination.ip(),
            kind,
        })
    });
    told.min_by_key(|one| one.kind != IcmpKind::NetworkUnreachable)
}

/// Located needs a relay that is alive for the other side, and so does a word
/// about the relay's own address.
const fn confidence(refused: Option<IcmpKind>, is_alive: bool) -> Confidence {
    match (refused, is_alive) {
        (Some(IcmpKind::NetworkUnreachable), _) | (Some(_), true) => Confidence::Proven,
        (Some(_), false) => Confidence::Leading,
        (None, true) => Confidence::Located,
        (None, false) => Confidence::SideOnly,
    }
}

fn culprit(
    scene: &Scene<'_>,
    cut: &[Side],
    first: &Silence<'_>,
    router: Option<IpAddr>,
) -> Culprit {
    let ends = cut.iter().filter_map(|side| {
        let last = reach::towards(scene, *side, first.server.ip());
        last.or_else(|| scene.address_of(*side))
    });
    let (kind, addresses) = match router {
        Some(router) => (CulpritKind::Router, vec![router]),
        None => (
            CulpritKind::EdgeBetween,
            ends.chain([first.server.ip()]).collect(),
        ),
    };
    Culprit::new(kind, addresses).on(cut)
}

fn user(scene: &Scene<'_>, cut: &[Side]) -> String {
    let computers = computers_of(scene, cut);
    let is_served = cut.iter().all(|side| reached_by(scene, *side).is_some());
    if is_served {
        return format!(
            "The relay's own address cannot be reached from {computers}; its picture takes the \
             sign-in port instead. Your network team can open the way to the relay."
        );
    }
    format!(
        "The relay cannot be reached from {computers}. Your network team can open the way to it."
    )
}

fn admin(
    scene: &Scene<'_>,
    cut: &[Side],
    silences: &[Silence<'_>],
    refusal: Option<Refusal<'_>>,
) -> String {
    let tried: BTreeSet<String> = silences
        .iter()
        .map(|one| format!("{} over {}", one.server, spelled(one.transport)))
        .collect();
    let tried: Vec<String> = tried.into_iter().collect();
    let answer = refusal.map_or_else(String::new, |one| {
        format!(
            "; {} answers \"{}\" for it",
            one.offender,
            words_of(one.kind)
        )
    });
    format!(
        "From {} nothing of the relay works: {}{answer}.",
        computers_of(scene, cut),
        listed(&tried)
    )
}

fn route_on(refusal: Refusal<'_>) -> String {
    let (router, relay) = (refusal.offender, refusal.relay);
    format!("on {router}: correct the route to {relay}, and check the relay's route back")
}

fn remedy(
    scene: &Scene<'_>,
    cut: &[Side],
    silences: &[Silence<'_>],
    first: &Silence<'_>,
) -> String {
    let over_udp = silences
        .iter()
        .find(|one| one.transport == Transport::Udp)
        .map_or(first.server, |one| one.server);
    let networks: Vec<String> = cut
        .iter()
        .filter_map(|side| {
            let address = scene.address_of(*side)?;
            let network = scene.network_of(*side, address);
            Some(network.unwrap_or_else(|| format!("the network of {address}")))
        })
        .collect();
    let from = if networks.is_empty() {
        "that network".to_owned()
    } else {
        listed(&networks)
    };
    format!(
        "open the relay's TCP port (443 unless set otherwise) and UDP {} from {from} to {}, \
         and check the relay's route back",
        over_udp.port(),
        over_udp.ip()
    )
}

fn line(scene: &Scene<'_>, silence: &Silence<'_>) -> Evidence {
    let says = format!(
        "{}: {} over {} ended after {} ms: {}",
        scene.names.computer(silence.side),
        silence.server,
        spelled(silence.transport),
        silence.waited_ms,
        silence.text
    );
    Evidence::of(silence.fact, says)
}

fn excluded(is_alive: bool) -> Vec<Excluded> {
    is_alive
        .then(|| Excluded::new(Code::ServerNotListening, "the relay serves the other PC"))
        .into_iter()
        .collect()
}

fn rivals(confidence: Confidence, first: &Silence<'_>) -> Vec<Rival> {
    match confidence {
        Confidence::Proven | Confidence::Located => Vec::new(),
        Confidence::SideOnly | Confidence::Leading | Confidence::Unknown => vec![Rival::new(
            Code::ServerNotListening,
            format!(
                "a connection to {} from a PC in the relay's own network",
                first.server
            ),
        )],
    }
}

const fn spelled(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
        Transport::Tls => "TLS",
    }
}
