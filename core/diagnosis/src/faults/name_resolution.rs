//! `name-resolution`: a name of the deployment does not resolve, or resolves
//! to another address than the server states.
//!
//! Proof: the resolver's own answer at that end: nothing; or addresses of which
//! none is among those that the front end tells for that name, while nothing
//! at the address found was the server.
//! Excluded by: a certificate of the server seen at an address that was found.
//! Remedy: the record, or the resolver that this machine uses.

use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{Fact, Observation, Side};
use std::net::IpAddr;

/// A name that was looked up in vain.
struct LookUp<'a> {
    fact: &'a Fact,
    side: Side,
    name: &'a str,
    addresses: &'a [IpAddr],
    says: String,
    stated: Option<&'a Fact>,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = scene.facts().find_map(|fact| look_up(scene, fact))?;
    let computer = scene.names.computer(found.side);
    let name = found.name;
    let words = Words {
        user: format!(
            "{computer} does not find the server's name {name}. \
             Whoever looks after names in your network can correct it."
        ),
        admin: format!("At {computer} the name {name} {}.", found.says),
        remedy: format!(
            "correct the record of {name}, or the resolver that {computer} uses \
             (`getent ahosts {name}` shows its answer)"
        ),
    };
    let stated = found
        .stated
        .map(|fact| Evidence::of(fact, format!("the server tells other addresses for {name}")));
    let says = format!("looked up at {computer}, {name} {}", found.says);
    let proof = Proof::new(Evidence::of(found.fact, says), stated.into_iter().collect());
    let culprit = Culprit::new(CulpritKind::Service, Vec::new())
        .called(name)
        .on(&[found.side]);
    let verdict = Verdict::new(
        Code::NameResolution,
        Confidence::Proven,
        culprit,
        words,
        proof,
    );
    let because = if found.addresses.is_empty() {
        "no address was known to connect to"
    } else {
        "what was connected to is not the server"
    };
    Some(verdict.not(Code::SigninPortBlocked, because))
}

/// Whether a wrong answer led `side` to this address: what is met there says
/// nothing about the server.
pub(super) fn leads_astray(scene: &Scene<'_>, side: Side, address: IpAddr) -> bool {
    let mut found = scene.seen_by(side).filter_map(|fact| look_up(scene, fact));
    found.any(|one| one.addresses.contains(&address))
}

/// The name by which `side` came to this address, when nobody has said yet what
/// it stands for.
pub(super) fn unconfirmed<'a>(scene: &Scene<'a>, side: Side, address: IpAddr) -> Option<&'a str> {
    scene.seen_by(side).find_map(|fact| {
        let Observation::NameLookedUp {
            name, addresses, ..
        } = &fact.observation
        else {
            return None;
        };
        let is_name = name.parse::<IpAddr>().is_err();
        let is_open = is_name && stated(scene, name).is_none();
        (is_open && addresses.contains(&address)).then_some(name.as_str())
    })
}

/// The test that tells a wrong address of `name` from a server that fails there.
pub(super) fn question(name: &str) -> String {
    format!("the address of {name}, asked of the server's administrator or another resolver")
}

fn look_up<'a>(scene: &Scene<'a>, fact: &'a Fact) -> Option<LookUp<'a>> {
    let side = fact.observer.side()?;
    let Observation::NameLookedUp {
        name,
        addresses,
        problem,
    } = &fact.observation
    else {
        return None;
    };
    let stated = stated(scene, name);
    let says = match (problem, stated) {
        (Some(problem), _) => format!("was not found: {problem}"),
        (None, Some((_, known))) if is_elsewhere(scene, addresses, known) => {
            format!("is {}, where the server is not", written(addresses))
        }
        (None, Some(_) | None) => return None,
    };
    Some(LookUp {
        fact,
        side,
        name,
        addresses,
        says,
        stated: stated.map(|(fact, _)| fact),
    })
}

/// None of the addresses is the server's, and none showed its certificate.
fn is_elsewhere(scene: &Scene<'_>, found: &[IpAddr], known: &[IpAddr]) -> bool {
    let shows = |address: &IpAddr| {
        scene.facts().any(|fact| {
            matches!(&fact.observation, Observation::CertificateSeen { server, problem: None, .. }
                if server.ip() == *address)
        })
    };
    !found.is_empty()
        && !known.is_empty()
        && !found.iter().any(|one| known.contains(one) || shows(one))
}

fn stated<'a>(scene: &Scene<'a>, wanted: &str) -> Option<(&'a Fact, &'a [IpAddr])> {
    scene.facts().find_map(|fact| {
        let Observation::NameStandsFor { name, addresses } = &fact.observation else {
            return None;
        };
        (name == wanted).then_some((fact, addresses.as_slice()))
    })
}

fn written(addresses: &[IpAddr]) -> String {
    let texts: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    super::listed(&texts)
}
