//! Decides the sums of RFC 7616 section 3.4 with `qop=auth`.

use hopsight_kit::Redacted;
use md5::Md5;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};

/// The hash of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// RFC 2617; for old clients that an administrator lets in.
    Md5,
    /// RFC 8760; for everybody else.
    Sha256,
}

impl Algorithm {
    /// By the name that stands in a header, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Md5, Self::Sha256]
            .into_iter()
            .find(|algorithm| algorithm.to_string().eq_ignore_ascii_case(name))
    }

    pub(crate) fn hex(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        })
    }
}

/// What a server keeps in place of a password: the hash over name, realm and
/// password, in hexadecimal digits.
#[must_use]
pub fn ha1(
    username: &str,
    realm: &str,
    password: &Redacted<String>,
    algorithm: Algorithm,
) -> Redacted<String> {
    let password = password.reveal();
    Redacted::new(algorithm.hex(&format!("{username}:{realm}:{password}")))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Compares in a time that does not depend on where the texts differ.
pub(super) fn is_same_secret(one: &str, other: &str) -> bool {
    let difference = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |sum, (a, b)| std::hint::black_box(sum | (a ^ b)));
    one.len() == other.len() && difference == 0
}
