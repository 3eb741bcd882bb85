//! Decides who somebody is by a shared secret (RFC 7616 as SIP uses it, RFC
//! 8760): the challenge, the nonce, the answer, the check. The server keeps no
//! nonce: it signs the time into it. SHA-256 by default, MD5 only where the
//! caller says so. Which account it is, and whether a nonce count was seen
//! before, is left to the caller.

mod challenge;
mod credentials;
mod hash;
mod nonce;

pub use challenge::{Challenge, ChallengeError};
pub use credentials::{Accepted, Credentials, CredentialsError, Expected, VerifyError};
pub use hash::{Algorithm, ha1};
pub use nonce::NonceKey;

use crate::message::{split, unquoted};

/// Whether a value of Authorization, an answer or not, says that whoever sent it knows
/// SHA-256.
pub(crate) fn knows_sha256(value: &str) -> bool {
    let algorithm = digest_pairs(value).and_then(|pairs| take(&pairs, "algorithm"));
    algorithm.and_then(|name| Algorithm::named(&name)) == Some(Algorithm::Sha256)
}

/// The `name=value` pairs behind `Digest`, names in lower case.
fn digest_pairs(value: &str) -> Option<Vec<(String, String)>> {
    let (scheme, rest) = value.trim().split_once([' ', '\t'])?;
    scheme.eq_ignore_ascii_case("Digest").then(|| {
        split(rest.as_bytes(), b',')
            .into_iter()
            .filter_map(|span| rest.get(span)?.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), unquoted(value.trim())))
            .collect()
    })
}

fn take(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs
        .iter()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.clone())
}
