//! `no-route` from a Lync trace: the leading explanation when host-to-host
//! checks failed between two PCs inside, never a proof.
//!
//! What an administrator states about the host firewalls takes that rival
//! away: one PC without a firewall is enough, because checks run both ways
//! and the one towards that PC would have passed.

use super::super::SIDES;
use super::super::traced::{LOCAL_CONNECTIVITY_FAILED, RELAY_UNREACHABLE, Summary};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Excluded, Proof, Rival, Verdict};
use hopsight_evidence::{Fact, Observation};

/// The verdict, if a trace's summary leads to it.
pub(in crate::faults) fn judge_trace(scene: &Scene<'_>) -> Option<Verdict> {
    let summary = Summary::find(scene)?;
    if !summary.has(LOCAL_CONNECTIVITY_FAILED) || !summary.is_inside() {
        return None;
    }
    let firewall_off = stated_off(scene);
    let words = Words {
        user: "The two PCs, both inside, could not reach each other directly. \
               Ask your network team to check the route between their two networks."
            .to_owned(),
        admin: admin(summary),
        remedy: "on the router between the two PCs' networks (VLANs): \
                 add the route to each from the other"
            .to_owned(),
    };
    Some(
        Verdict::new(
            Code::NoRoute,
            Confidence::Leading,
            Culprit::new(CulpritKind::Router, Vec::new()).stops(&SIDES),
            words,
            proof(summary, firewall_off),
        )
        .excluding(excluded(firewall_off))
        .rivalled_by(rivals(firewall_off.is_some())),
    )
}

fn admin(summary: Summary<'_>) -> String {
    let direct = "The direct path failed (ICEWarn 0x20) although both PCs are inside: \
                  check the route between their two networks, both ways.";
    if summary.has(RELAY_UNREACHABLE) {
        return format!(
            "{direct} A host firewall alone cannot explain it: \
             it does not keep {} from the relay (0x1).",
            summary.who()
        );
    }
    direct.to_owned()
}

fn proof(summary: Summary<'_>, firewall_off: Option<(&Fact, &str)>) -> Proof {
    let bit = Evidence::of(
        summary.fact,
        "ICEWarn has bit 0x20: checks from host to host failed",
    );
    let inside = Evidence::of(
        summary.fact,
        "LocalLocation=2, RemoteLocation=2: both parties registered inside",
    );
    let measured = Evidence::of(summary.fact, summary.measured());
    let stated = firewall_off.map(|(fact, place)| {
        let says = format!("the administrator states: host firewall off at {place}");
        Evidence::of(fact, says)
    });
    let rest = [inside, measured].into_iter().chain(stated).collect();
    Proof::new(bit, rest)
}

fn stated_off<'a>(scene: &Scene<'a>) -> Option<(&'a Fact, &'a str)> {
    scene.facts().find_map(|fact| {
        let Observation::Stated { name, value, place } = &fact.observation else {
            return None;
        };
        (name == "host-firewall" && value == "off").then_some((fact, place.as_str()))
    })
}

fn excluded(firewall_off: Option<(&Fact, &str)>) -> Vec<Excluded> {
    firewall_off
        .map(|(_, place)| {
            let because = format!(
                "the administrator states that the host firewall is off at {place}; \
                 checks run both ways, and the one to it would have passed"
            );
            Excluded::new(Code::HostFirewallIn, because)
        })
        .into_iter()
        .collect()
}

fn rivals(is_firewall_off: bool) -> Vec<Rival> {
    let mut rivals = vec![
        Rival::new(
            Code::PortsFiltered,
            "a TCP connection between the two addresses on another port: \
             if it passes, a filter is at work",
        ),
        Rival::new(
            Code::SilentDrop,
            "a TTL-stepped probe between the two addresses, from both ends",
        ),
    ];
    if !is_firewall_off {
        rivals.push(Rival::new(
            Code::HostFirewallIn,
            "the state of the host firewall on both PCs",
        ));
    }
    rivals
}
