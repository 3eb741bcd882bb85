//! Decides what a server asks for: the WWW-Authenticate or Proxy-Authenticate
//! value, written and read.

use super::hash::Algorithm;
use super::{digest_pairs, take};
use crate::message::{Message, quoted};
use std::fmt;

/// One challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Whose accounts are meant: the SIP domain.
    pub realm: String,
    /// What the answer must hash.
    pub nonce: String,
    /// With what.
    pub algorithm: Algorithm,
    /// True when only the nonce was too old: the password was right.
    pub stale: bool,
    /// Returned by the client as it is.
    pub opaque: Option<String>,
}

/// Why a challenge cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// There is no challenge of the Digest scheme.
    #[error("the server did not ask for digest authentication")]
    NoDigest,
    /// A part that every challenge has is missing.
    #[error("the server's challenge has no {0}")]
    Missing(&'static str),
    /// A hash we do not know or do not take.
    #[error("the server asks for the digest algorithm {0}")]
    Algorithm(String),
    /// Only `qop=auth` is answered.
    #[error("the server's challenge does not offer qop=auth")]
    Qop,
}

impl Challenge {
    /// Reads one header value.
    pub fn read(value: &str) -> Result<Self, ChallengeError> {
        let pairs = digest_pairs(value).ok_or(ChallengeError::NoDigest)?;
        let name = take(&pairs, "algorithm").unwrap_or_else(|| "MD5".to_owned());
        let offers_auth = take(&pairs, "qop").is_some_and(|qop| {
            qop.split(',')
                .any(|one| one.trim().eq_ignore_ascii_case("auth"))
        });
        if !offers_auth {
            return Err(ChallengeError::Qop);
        }
        Ok(Self {
            realm: take(&pairs, "realm").ok_or(ChallengeError::Missing("realm"))?,
            nonce: take(&pairs, "nonce").ok_or(ChallengeError::Missing("nonce"))?,
            algorithm: Algorithm::named(&name).ok_or(ChallengeError::Algorithm(name))?,
            stale: take(&pairs, "stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            opaque: take(&pairs, "opaque"),
        })
    }

    /// The SHA-256 challenge of a 401 or 407. MD5 is never answered: it would
    /// hand a guessable hash to whoever asks.
    pub fn strongest(response: &Message) -> Result<Self, ChallengeError> {
        let mut first_error = None;
        for value in ["WWW-Authenticate", "Proxy-Authenticate"]
            .into_iter()
            .flat_map(|name| response.headers(name))
        {
            match Self::read(value) {
                Ok(challenge) if challenge.algorithm == Algorithm::Sha256 => return Ok(challenge),
                Ok(challenge) => {
                    let weak = ChallengeError::Algorithm(challenge.algorithm.to_string());
                    first_error.get_or_insert(weak);
                }
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or(ChallengeError::NoDigest))
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (realm, nonce) = (quoted(&self.realm), quoted(&self.nonce));
        let algorithm = self.algorithm;
        write!(
            f,
            "Digest realm={realm}, nonce={nonce}, algorithm={algorithm}, qop=\"auth\""
        )?;
        if let Some(opaque) = &self.opaque {
            write!(f, ", opaque={}", quoted(opaque))?;
        }
        if self.stale {
            f.write_str(", stale=true")?;
        }
        Ok(())
    }
}
