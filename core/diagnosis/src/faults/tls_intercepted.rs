//! `tls-intercepted`: a proxy, an inspection box or a captive portal answers
//! TLS in the server's place.
//!
//! Proof: the certificate that an end was shown is not the one that the server
//! shows. Without the server's word: a certificate that nobody trusted signed,
//! where a trusted one was expected.
//! Excluded by: the same certificate told by the server.
//! Remedy: exempt the server's names and addresses from inspection.

use super::name_resolution;
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::{CertificateProblem, Fact, Observation, Side};
use std::net::SocketAddr;

/// A certificate as an end was shown it.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) fact: &'a Fact,
    pub(super) side: Side,
    pub(super) server: SocketAddr,
    pub(super) leaf: &'a str,
    pub(super) problem: Option<CertificateProblem>,
    pub(super) text: &'a str,
}

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let found = seen(scene).find(|seen| is_another(scene, seen) || is_strange(scene, seen))?;
    let (server, computer) = (found.server, scene.names.computer(found.side));
    let own = servers_own(scene);
    let words = Words {
        user: format!(
            "Something between {computer} and the server answers in the server's place. \
             Your network team can exempt {server} from inspection."
        ),
        admin: format!(
            "The certificate seen at {server} from {computer} is not the server's: {}.",
            found.text
        ),
        remedy: format!("exempt {server} and its name from TLS inspection and portals"),
    };
    let says = format!("{computer} was shown the certificate {}", found.leaf);
    let shown = own.map(|(fact, leaf)| Evidence::of(fact, format!("the server shows {leaf}")));
    let confidence = match shown {
        Some(_) => Confidence::Proven,
        None => Confidence::Leading,
    };
    let addresses = scene.address_of(found.side).into_iter();
    let addresses = addresses.chain([server.ip()]).collect();
    let is_proven = shown.is_some();
    let verdict = Verdict::new(
        Code::TlsIntercepted,
        confidence,
        Culprit::new(CulpritKind::EdgeBetween, addresses).on(&[found.side]),
        words,
        Proof::new(Evidence::of(found.fact, says), shown.into_iter().collect()),
    );
    let name = name_resolution::unconfirmed(scene, found.side, server.ip());
    let verdict = match name.filter(|_| !is_proven) {
        Some(name) => verdict.or(Code::NameResolution, name_resolution::question(name)),
        None => verdict,
    };
    Some(if is_proven {
        verdict.not(
            Code::CertificateInvalid,
            "the server shows another certificate",
        )
    } else {
        verdict.or(
            Code::CertificateInvalid,
            "the fingerprint of the certificate on the server itself",
        )
    })
}

/// Every certificate that an end was shown where the server is.
pub(super) fn seen<'a>(scene: &Scene<'a>) -> impl Iterator<Item = Seen<'a>> {
    scene.facts().filter_map(|fact| {
        let side = fact.observer.side()?;
        let Observation::CertificateSeen {
            server,
            leaf,
            problem,
            text,
        } = &fact.observation
        else {
            return None;
        };
        if name_resolution::leads_astray(scene, side, server.ip()) {
            return None;
        }
        Some(Seen {
            fact,
            side,
            server: *server,
            leaf,
            problem: *problem,
            text,
        })
    })
}

/// The server's word that it shows this certificate.
pub(super) fn shown<'a>(scene: &Scene<'a>, leaf: &str) -> Option<&'a Fact> {
    servers_own(scene)
        .filter(|(_, own)| *own == leaf)
        .map(|(fact, _)| fact)
}

/// The server shows another certificate.
pub(super) fn is_another(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    servers_own(scene).is_some_and(|(_, own)| own != seen.leaf)
}

fn is_strange(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    seen.problem == Some(CertificateProblem::Untrusted) && servers_own(scene).is_none()
}

fn servers_own<'a>(scene: &Scene<'a>) -> Option<(&'a Fact, &'a str)> {
    scene.facts().find_map(|fact| {
        let Observation::CertificateShown { leaf } = &fact.observation else {
            return None;
        };
        Some((fact, leaf.as_str()))
    })
}
