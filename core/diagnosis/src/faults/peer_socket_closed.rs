//! `peer-socket-closed`: the peer's program no longer listens.
//!
//! Evidence: "port unreachable" from the very address that was asked, while the
//! other end tells of sockets, and not of that one; or for a flow that worked, and
//! the other end says nothing any more. Weaker: its connection to the server was closed
//! from there as well.
//! Excluded by: an end that has that socket open (then it is
//! `host-firewall-in`); anything that arrived there.
//! Remedy: restart the endpoint; a defect, if it repeats.

use super::{SIDES, flow};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{CandidateKind, Fact, IcmpKind, Observation, Presence, Side};
use std::net::SocketAddr;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (side, fact, asked) = SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(side.other()))
        .find_map(|side| closed(scene, side))?;
    let far = side.other();
    let computer = scene.names.computer(far);
    let has_told = tells_of_sockets(scene, far);
    let words = Words {
        user: format!("The program on {computer} does not listen any more. Start it again there."),
        admin: format!("{asked} answers \"port unreachable\", and the program there is not on it."),
        remedy: format!("on {computer}: restart the endpoint; report it if it repeats"),
    };
    let says = format!("{asked} itself answered \"port unreachable\"");
    let verdict = Verdict::new(
        Code::PeerSocketClosed,
        if has_told {
            Confidence::Located
        } else {
            Confidence::Leading
        },
        Culprit::new(CulpritKind::Host, vec![asked.ip()])
            .on(&[far])
            .stops(&[side]),
        words,
        Proof::new(Evidence::of(fact, says), Vec::new()),
    );
    let verdict = verdict.not(Code::NoRoute, "the packets get there, and are answered");
    Some(if has_told {
        verdict
    } else {
        verdict.or(
            Code::HostFirewallIn,
            "whether the program there still runs: its own facts",
        )
    })
}

/// The verdict about a program that ended while the flow worked.
pub(super) fn judge_later(scene: &Scene<'_>) -> Option<Verdict> {
    let is_looked_for = flow::looked_for(scene).is_some();
    refused(scene).or_else(|| signed_off(scene).filter(|_| !is_looked_for))
}

/// The machine itself answers that nobody listens there any more.
fn refused(scene: &Scene<'_>) -> Option<Verdict> {
    let told = flow::refused(scene)?;
    let (near, far) = (told.flow.side, told.flow.side.other());
    let (computer, asked) = (scene.names.computer(far), told.flow.pair.remote);
    let words = Words {
        user: format!("The program on {computer} ended. Start it again there."),
        admin: format!(
            "{asked} answers \"port unreachable\" since {} ms after its last packet.",
            told.after_ms
        ),
        remedy: format!("on {computer}: restart the endpoint; report it if it repeats"),
    };
    let says = format!("then {asked} itself answered \"port unreachable\"");
    let verdict = Verdict::new(
        Code::PeerSocketClosed,
        Confidence::Located,
        Culprit::new(CulpritKind::Host, vec![told.offender])
            .on(&[far])
            .stops(&[near]),
        words,
        Proof::new(told.flow.line(scene), vec![Evidence::of(told.fact, says)]),
    );
    let because = "packets of this very flow passed before, and the machine still answers";
    Some(verdict.not(Code::FlowCut, because))
}

/// Its connection to the server was closed from there as well. A PC that is switched
/// off closes its connections too.
fn signed_off(scene: &Scene<'_>) -> Option<Verdict> {
    let asked = flow::asked_since(scene, Presence::Gone)?;
    let (near, far) = (asked.flow.side, asked.flow.side.other());
    let (computer, address) = (scene.names.computer(far), asked.flow.pair.remote.ip());
    let words = Words {
        user: format!("The program or page on {computer} ended. Open it again there."),
        admin: format!(
            "Nothing comes from {computer} any more, and its connection to the server was closed \
             from there."
        ),
        remedy: format!("on {computer}: start the endpoint again, or open the page again"),
    };
    let says = format!("the connection over which {computer} signs in was closed from there");
    let hosts = scene.candidates_of(far, CandidateKind::Host);
    let address = address.to_canonical();
    let addresses = [address].into_iter().filter(|one| hosts.contains(one));
    let verdict = Verdict::new(
        Code::PeerSocketClosed,
        Confidence::Leading,
        Culprit::new(CulpritKind::Host, addresses.collect())
            .on(&[far])
            .stops(&[near]),
        words,
        Proof::new(asked.flow.line(scene), vec![Evidence::of(asked.fact, says)]),
    );
    Some(verdict.or(
        Code::PeerHostGone,
        format!("whether {computer} still runs: a look at it"),
    ))
}

/// Whether an end told which sockets it has at all.
fn tells_of_sockets(scene: &Scene<'_>, side: Side) -> bool {
    scene.seen_by(side).any(|fact| {
        matches!(
            fact.observation,
            Observation::Candidate { own: true, .. } | Observation::Checks { .. }
        )
    })
}

fn closed<'a>(scene: &Scene<'a>, side: Side) -> Option<(Side, &'a Fact, SocketAddr)> {
    let far = side.other();
    let hosts = scene.candidates_of(far, CandidateKind::Host);
    scene.seen_by(side).find_map(|fact| {
        let Observation::IcmpError {
            destination,
            offender,
            kind: IcmpKind::PortUnreachable,
            ..
        } = fact.observation
        else {
            return None;
        };
        let address = destination.ip().to_canonical();
        let is_own_word = offender.to_canonical() == address && hosts.contains(&address);
        let is_open = scene
            .direct_tallies()
            .any(|tally| tally.side == far && tally.pair.local == destination);
        let is_told = scene.seen_by(far).any(|fact| {
            matches!(fact.observation, Observation::Candidate { own: true, address, .. }
                if address == destination)
        });
        (is_own_word && !is_open && !is_told).then_some((side, fact, destination))
    })
}
