//! `certificate-invalid`: the server's own certificate is expired, not yet
//! valid, lacks the name, or is signed by nobody whom people trust.
//!
//! Proof: the server shows that certificate, and both ends found the same wrong
//! with it. With one end's word it is located only, for what one PC takes for
//! expired or untrusted may be that PC's; without the server's it is what needs
//! the fewest assumptions, for dates and names.
//! Excluded by: another certificate than the one that the server shows (then it
//! is `tls-intercepted`); a clock that is far off.
//! Remedy: a new certificate with the right names, and the chain.

use super::tls_intercepted::{self, Seen};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Confidence, Culprit, CulpritKind, Evidence, Proof, Verdict};
use hopsight_evidence::CertificateProblem;

/// The verdict, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>) -> Option<Verdict> {
    let (found, problem) = tls_intercepted::seen(scene)
        .find_map(|seen| Some((seen, seen.problem?)))
        .filter(|(seen, problem)| is_the_servers(scene, seen, *problem))?;
    let server = found.server;
    let what = what(problem);
    let attested = tls_intercepted::shown(scene, found.leaf)
        .map(|fact| Evidence::of(fact, "the server shows this very certificate"));
    let is_attested = attested.is_some();
    let agreed = tls_intercepted::seen(scene).find(|other| {
        other.side != found.side && other.leaf == found.leaf && other.problem == Some(problem)
    });
    let agreed = agreed.map(|other| {
        let says = format!("{} finds the same", scene.names.computer(other.side));
        Evidence::of(other.fact, says)
    });
    let words = Words {
        user: format!(
            "The server's certificate {what}. The administrator of the server can renew it."
        ),
        admin: format!("{server} shows a certificate that {what}: {}.", found.text),
        remedy: "issue the certificate anew with the right names and dates, and install it with \
                 its chain"
            .to_owned(),
    };
    let says = format!(
        "{} was shown a certificate that {what}",
        scene.names.computer(found.side)
    );
    let verdict = Verdict::new(
        Code::CertificateInvalid,
        confidence(is_attested, agreed.is_some(), problem),
        Culprit::new(CulpritKind::Service, vec![server.ip()]),
        words,
        Proof::new(
            Evidence::of(found.fact, says),
            attested.into_iter().chain(agreed).collect(),
        ),
    );
    if is_attested {
        return Some(verdict.not(
            Code::TlsIntercepted,
            "it is the certificate that the server itself shows",
        ));
    }
    let verdict = verdict.or(
        Code::TlsIntercepted,
        "the fingerprint of the certificate on the server itself",
    );
    Some(match problem {
        CertificateProblem::Expired | CertificateProblem::NotYetValid => {
            verdict.or(Code::ClockSkew, "the clock of that PC")
        }
        CertificateProblem::WrongName | CertificateProblem::Untrusted => verdict,
    })
}

/// A stranger in the server's place would not be trusted; a wrong date or name
/// on a trusted certificate is the server's.
fn is_the_servers(scene: &Scene<'_>, seen: &Seen<'_>, problem: CertificateProblem) -> bool {
    let is_shown = tls_intercepted::shown(scene, seen.leaf).is_some();
    let is_dated = match problem {
        CertificateProblem::Expired
        | CertificateProblem::NotYetValid
        | CertificateProblem::WrongName => true,
        CertificateProblem::Untrusted => false,
    };
    let is_skewed = super::clock_skew::of(scene, seen.side).is_some();
    (is_shown || is_dated) && !is_skewed && !tls_intercepted::is_another(scene, seen)
}

const fn confidence(is_attested: bool, is_agreed: bool, problem: CertificateProblem) -> Confidence {
    match (is_attested, is_agreed, problem) {
        (true, true, _) => Confidence::Proven,
        (true, false, _) | (false, true, _) | (false, false, CertificateProblem::WrongName) => {
            Confidence::Located
        }
        (
            false,
            false,
            CertificateProblem::Expired
            | CertificateProblem::NotYetValid
            | CertificateProblem::Untrusted,
        ) => Confidence::Leading,
    }
}

const fn what(problem: CertificateProblem) -> &'static str {
    match problem {
        CertificateProblem::Expired => "has expired",
        CertificateProblem::NotYetValid => "is not valid yet",
        CertificateProblem::WrongName => "does not name this server",
        CertificateProblem::Untrusted => "is signed by nobody whom this PC trusts",
    }
}
