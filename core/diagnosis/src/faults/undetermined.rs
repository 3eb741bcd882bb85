//! `undetermined`: the direct way fails and nothing explains it.
//!
//! It cites what was looked at, names no culprit, and says which test is
//! missing. It is not given while a way still may open, nor when nothing was
//! tried.

use super::traced::Summary;
use super::{SIDES, words_of};
use crate::scene::{Scene, Tally};
use crate::{Code, Confidence, Evidence, Proof, Rival, Verdict};
use hopsight_evidence::{Fact, IcmpKind, Observation, Side};
use std::net::SocketAddr;

/// The verdict, if there is a failure to explain. `is_relay_explained` tells
/// that a trace's failure has at least one explanation already.
pub(super) fn judge(scene: &Scene<'_>, is_relay_explained: bool) -> Option<Verdict> {
    let traced = Summary::find(scene).filter(|_| !is_relay_explained);
    let lines = looked_at(scene);
    let rivals = if lines.is_empty() {
        Vec::new()
    } else {
        rivals(scene)
    };
    let mut lines = lines.into_iter().chain(traced.map(|one| one.mask_line()));
    let proof = Proof::new(lines.next()?, lines.collect());
    Some(Verdict {
        code: Code::Undetermined,
        layer: Code::Undetermined.layer(),
        confidence: Confidence::Unknown,
        culprit: None,
        user: "The two PCs do not reach each other directly. Why is not known.".to_owned(),
        admin: "The direct path fails; the facts at hand name no cause.".to_owned(),
        remedy: "run the test that is named, from both PCs".to_owned(),
        evidence: proof,
        excluded: Vec::new(),
        cannot_tell_apart: if rivals.is_empty() {
            by_probe()
        } else {
            rivals
        },
        also: Vec::new(),
        first_evidence_ms: None,
        verdict_ms: None,
        hops: Vec::new(),
    })
}

fn looked_at(scene: &Scene<'_>) -> Vec<Evidence> {
    let unanswered = SIDES
        .into_iter()
        .filter_map(|side| scene.unanswered_from(side))
        .map(|tally| counted(scene, &tally));
    let told = scene.facts().filter_map(|fact| about_peer(scene, fact));
    unanswered.chain(told).collect()
}

/// Whether `side` was told of an error about its packets to the other end, at
/// the address that matters.
pub(super) fn has_errors(scene: &Scene<'_>, side: Side) -> bool {
    scene.seen_by(side).any(|fact| {
        let matters = error_about(fact).is_some_and(|address| {
            scene.is_the_address_that_matters(side.other(), address.ip().to_canonical())
        });
        matters && about_peer(scene, fact).is_some()
    })
}

const fn error_about(fact: &Fact) -> Option<SocketAddr> {
    if let Observation::IcmpError { destination, .. } | Observation::SendError { destination, .. } =
        &fact.observation
    {
        return Some(*destination);
    }
    None
}

fn counted(scene: &Scene<'_>, tally: &Tally<'_>) -> Evidence {
    let says = format!(
        "{} from {} to {} in {} ms, none answered, {} received",
        tally.checks(),
        scene.names.computer(tally.side),
        tally.pair.remote.ip().to_canonical(),
        tally.waited_ms,
        tally.received
    );
    Evidence::of(tally.fact, says)
}

/// Errors about the other end, which no rule could read.
fn about_peer(scene: &Scene<'_>, fact: &Fact) -> Option<Evidence> {
    let side = fact.observer.side()?;
    let computer = scene.names.computer(side);
    let (destination, says) = if let Observation::IcmpError {
        destination,
        offender,
        kind,
        after_ms,
        ..
    } = &fact.observation
    {
        let words = words_of(*kind);
        let says = format!("{offender} answered {computer} \"{words}\" after {after_ms} ms");
        (destination, says)
    } else if let Observation::SendError {
        destination, text, ..
    } = &fact.observation
    {
        (destination, format!("{computer} could not send: {text}"))
    } else {
        return None;
    };
    let far = scene.addresses_told_of(side.other());
    far.contains(&destination.ip().to_canonical())
        .then(|| Evidence::of(fact, says))
}

fn rivals(scene: &Scene<'_>) -> Vec<Rival> {
    let mut rivals: Vec<Rival> = scene.facts().filter_map(rival_of).collect();
    rivals.sort_by_key(|rival| rival.code);
    rivals.dedup_by_key(|rival| rival.code);
    rivals
}

/// What a single error may mean that no rule of this engine proves.
fn rival_of(fact: &Fact) -> Option<Rival> {
    if let Observation::SendError { errno, .. } = fact.observation {
        let (code, test) = match errno {
            1 | 13 => (Code::HostFirewallOut, "the outbound rules of that PC"),
            90 => (Code::MtuTooSmall, "the same check with a smaller packet"),
            _ => (Code::NoRouteOnHost, "the route table of that PC"),
        };
        return Some(Rival::new(code, test));
    }
    if let Observation::IcmpError {
        kind: IcmpKind::HostUnreachable,
        ..
    } = fact.observation
    {
        let test = "whether the other PC is on and still has that address";
        return Some(Rival::new(Code::PeerHostGone, test));
    }
    None
}

fn by_probe() -> Vec<Rival> {
    let probe = "a TTL-stepped probe between the two addresses, from both ends";
    vec![
        Rival::new(Code::SilentDrop, probe),
        Rival::new(
            Code::PortsFiltered,
            "a connection over TCP between the two addresses: if it passes, a filter is at work",
        ),
        Rival::new(
            Code::HostFirewallIn,
            "the state of the host firewall on both PCs",
        ),
    ]
}
