//! Decides whether an Authorization value proves the secret, and writes one
//! for the other side.

use super::challenge::Challenge;
use super::hash::{Algorithm, is_same_secret};
use super::nonce::NonceKey;
use super::{digest_pairs, take};
use crate::message::{Method, quoted};
use hopsight_kit::{Redacted, Timestamp};
use std::fmt;
use std::time::Duration;

/// The value of Authorization or Proxy-Authorization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    username: String,
    realm: String,
    nonce: String,
    uri: String,
    response: Redacted<String>,
    algorithm: Algorithm,
    cnonce: String,
    nonce_count: u32,
    opaque: Option<String>,
}

/// Why a text is no answer to one of our challenges.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Another scheme than Digest.
    #[error("the credentials are not of the Digest scheme")]
    NoDigest,
    /// A part that every answer has is missing (without `qop`, `cnonce` and
    /// `nc` an answer could be replayed unseen).
    #[error("the credentials have no {0}")]
    Missing(&'static str),
    /// A hash we do not know.
    #[error("the credentials use the digest algorithm {0}")]
    Algorithm(String),
}

/// What an answer is checked against.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The realm of the account.
    pub realm: &'a str,
    /// The account's hash for the algorithm of the answer.
    pub ha1: &'a Redacted<String>,
    /// The hash that the account is stored with.
    pub algorithm: Algorithm,
    /// The method of the request.
    pub method: &'a Method,
    /// Signs our nonces.
    pub key: &'a NonceKey,
    /// How long a nonce is good.
    pub lifetime: Duration,
}

/// The secret is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The nonce that was used.
    pub nonce: String,
    /// How often the client says it has used it. A count that is not greater
    /// than the last one of this nonce is a replay.
    pub nonce_count: u32,
}

/// Why an answer proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// For accounts of somebody else.
    #[error("the credentials are for another realm")]
    Realm,
    /// Another hash than the account is stored with.
    #[error("the credentials use another algorithm than the account")]
    Algorithm,
    /// Not a nonce of ours.
    #[error("the nonce is not one of this server")]
    Nonce,
    /// The wrong secret, name, method or URI.
    #[error("the response does not match")]
    Response,
    /// Right in everything, but the nonce is too old: challenge again with
    /// `stale=true`.
    #[error("the nonce is too old")]
    Stale,
}

impl VerifyError {
    /// True when the same client succeeds with a fresh nonce.
    #[must_use]
    pub const fn may_retry(self) -> bool {
        matches!(self, Self::Stale)
    }
}

impl Credentials {
    /// Reads one header value.
    pub fn read(value: &str) -> Result<Self, CredentialsError> {
        let pairs = digest_pairs(value).ok_or(CredentialsError::NoDigest)?;
        let need = |name: &'static str| take(&pairs, name).ok_or(CredentialsError::Missing(name));
        let name = take(&pairs, "algorithm").unwrap_or_else(|| "MD5".to_owned());
        let count = u32::from_str_radix(&need("nc")?, 16);
        if !need("qop")?.eq_ignore_ascii_case("auth") {
            return Err(CredentialsError::Missing("qop"));
        }
        Ok(Self {
            username: need("username")?,
            realm: need("realm")?,
            nonce: need("nonce")?,
            uri: need("uri")?,
            response: Redacted::new(need("response")?.to_ascii_lowercase()),
            algorithm: Algorithm::named(&name).ok_or(CredentialsError::Algorithm(name))?,
            cnonce: need("cnonce")?,
            nonce_count: count.map_err(|_| CredentialsError::Missing("nc"))?,
            opaque: take(&pairs, "opaque"),
        })
    }

    /// The client's answer to a challenge. `cnonce` is fresh chance,
    /// `nonce_count` begins at 1 and grows with each use of the nonce.
    #[must_use]
    pub fn answer(
        challenge: &Challenge,
        username: &str,
        ha1: &Redacted<String>,
        method: &Method,
        uri: &str,
        cnonce: &str,
        nonce_count: u32,
    ) -> Self {
        let unsigned = Self {
            username: username.to_owned(),
            realm: challenge.realm.clone(),
            nonce: challenge.nonce.clone(),
            uri: uri.to_owned(),
            response: Redacted::default(),
            algorithm: challenge.algorithm,
            cnonce: cnonce.to_owned(),
            nonce_count,
            opaque: challenge.opaque.clone(),
        };
        Self {
            response: Redacted::new(unsigned.sum(ha1, method)),
            ..unsigned
        }
    }

    /// Checks the answer. Takes as long for a wrong secret as for a right one.
    pub fn verify(
        &self,
        expected: &Expected<'_>,
        wall: Timestamp,
    ) -> Result<Accepted, VerifyError> {
        if self.realm != expected.realm {
            return Err(VerifyError::Realm);
        }
        if self.algorithm != expected.algorithm {
            return Err(VerifyError::Algorithm);
        }
        let age = expected
            .key
            .age(&self.nonce, wall)
            .ok_or(VerifyError::Nonce)?;
        let right = self.sum(expected.ha1, expected.method);
        if !is_same_secret(&right, self.response.reveal()) {
            return Err(VerifyError::Response);
        }
        if age > expected.lifetime {
            return Err(VerifyError::Stale);
        }
        Ok(Accepted {
            nonce: self.nonce.clone(),
            nonce_count: self.nonce_count,
        })
    }

    /// The name of the account.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The realm of the account.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The URI that was hashed: the Request-URI when the client sent it.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The hash that was used.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn sum(&self, ha1: &Redacted<String>, method: &Method) -> String {
        let Self {
            nonce, cnonce, uri, ..
        } = self;
        let ha1 = ha1.reveal().to_ascii_lowercase();
        let ha2 = self.algorithm.hex(&format!("{method}:{uri}"));
        let count = self.nonce_count;
        self.algorithm
            .hex(&format!("{ha1}:{nonce}:{count:08x}:{cnonce}:auth:{ha2}"))
    }
}

/// Writes the header value, secret and all.
impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Digest username={}, realm={}, nonce={}, uri={}, response={}, algorithm={}, \
             cnonce={}, qop=auth, nc={:08x}",
            quoted(&self.username),
            quoted(&self.realm),
            quoted(&self.nonce),
            quoted(&self.uri),
            quoted(self.response.reveal()),
            self.algorithm,
            quoted(&self.cnonce),
            self.nonce_count,
        )?;
        match &self.opaque {
            Some(opaque) => write!(f, ", opaque={}", quoted(opaque)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::ha1;
    use super::*;
    use hopsight_kit::SeededRandom;

    /// RFC 7616 section 3.9.1, method GET, both algorithms.
    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let get = Method::from("GET");
        let password = Redacted::new("Circle of Life".to_owned());
        let cases = [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (
                Algorithm::Sha256,
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ];
        for (algorithm, response) in cases {
            let challenge = Challenge {
                realm: "http-auth@example.org".to_owned(),
                nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".to_owned(),
                algorithm,
                stale: false,
                opaque: None,
            };
            let ha1 = ha1("Mufasa", &challenge.realm, &password, algorithm);
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let answer = Credentials::answer(
                &challenge,
                "Mufasa",
                &ha1,
                &get,
                "/dir/index.html",
                cnonce,
                1,
            );

            assert_eq!(answer.response.reveal(), response, "{algorithm}");
        }
    }

    #[test]
    fn the_right_secret_is_accepted_and_says_its_count() {
        let read = Credentials::read(&answer("secret").to_string()).unwrap();

        assert_eq!(
            read.verify(&expected(&stored()), drawn()),
            Ok(Accepted {
                nonce: nonce(),
                nonce_count: 2
            })
        );
    }

    #[test]
    fn a_wrong_secret_a_foreign_nonce_and_an_old_one_are_told_apart() {
        let late = drawn() + Duration::from_secs(301);
        let (hash, other) = (stored(), NonceKey::new([9; 32]));
        let foreign = Expected {
            key: &other,
            ..expected(&hash)
        };

        let check = |password, expected: &Expected<'_>, wall| {
            answer(password).verify(expected, wall).map(|_| ())
        };
        assert_eq!(
            check("guess", &expected(&hash), drawn()),
            Err(VerifyError::Response)
        );
        assert_eq!(
            check("guess", &expected(&hash), late),
            Err(VerifyError::Response)
        );
        assert_eq!(check("secret", &foreign, drawn()), Err(VerifyError::Nonce));
        assert_eq!(
            check("secret", &expected(&hash), late),
            Err(VerifyError::Stale)
        );
    }

    #[test]
    fn an_answer_without_a_count_is_no_answer() {
        let text = answer("secret").to_string().replace(", nc=00000002", "");

        assert_eq!(
            Credentials::read(&text),
            Err(CredentialsError::Missing("nc"))
        );
        assert_eq!(
            Credentials::read("Basic YTpi"),
            Err(CredentialsError::NoDigest)
        );
    }

    #[test]
    fn a_quotation_mark_in_a_response_does_not_leave_it() {
        let text = answer("secret").to_string();
        let response = answer("secret").response.reveal().clone();
        let bent = Credentials::read(&text.replace(&response, "a\\\"b\\\\")).unwrap();

        assert_eq!(Credentials::read(&bent.to_string()), Ok(bent));
    }

    #[test]
    fn the_hash_does_not_show_when_debugged() {
        let text = format!("{:?}", answer("secret"));

        assert!(!text.contains(answer("secret").response.reveal().as_str()));
    }

    static KEY: std::sync::LazyLock<NonceKey> = std::sync::LazyLock::new(|| NonceKey::new([7; 32]));

    fn drawn() -> Timestamp {
        Timestamp::from_unix_seconds(1_000)
    }

    fn nonce() -> String {
        KEY.draw(drawn(), &mut SeededRandom::new(1))
    }

    fn stored() -> Redacted<String> {
        let password = Redacted::new("secret".to_owned());
        ha1("alice", "hopsight.internal", &password, Algorithm::Sha256)
    }

    fn expected(ha1: &Redacted<String>) -> Expected<'_> {
        Expected {
            realm: "hopsight.internal",
            ha1,
            algorithm: Algorithm::Sha256,
            method: &Method::Register,
            key: &KEY,
            lifetime: Duration::from_secs(300),
        }
    }

    fn answer(password: &str) -> Credentials {
        let offered = Challenge {
            realm: "hopsight.internal".to_owned(),
            nonce: nonce(),
            algorithm: Algorithm::Sha256,
            stale: false,
            opaque: None,
        };
        let challenge = Challenge::read(&offered.to_string()).unwrap();
        let password = Redacted::new(password.to_owned());
        let ha1 = ha1("alice", &challenge.realm, &password, Algorithm::Sha256);
        let uri = "sip:hopsight.internal";
        Credentials::answer(
            &challenge,
            "alice",
            &ha1,
            &Method::Register,
            uri,
            "c0ffee",
            2,
        )
    }
}
