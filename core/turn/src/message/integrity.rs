//! Decides how a message is signed (RFC 8489, sections 9.2.2, 14.5 and 14.7):
//! MD5 key, HMAC-SHA1, CRC-32. Browsers and turn-client-proto use these; the
//! SHA-256 forms are not offered.

use hmac::{Hmac, Mac};
use hopsight_kit::Redacted;
use md5::{Digest, Md5};
use sha1::Sha1;

/// Bytes of a MESSAGE-INTEGRITY value.
pub(super) const INTEGRITY_LENGTH: usize = 20;

/// The key that signs messages of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Redacted<Vec<u8>>);

impl Key {
    /// The long-term key of a user: MD5 over `username:realm:password`.
    #[must_use]
    pub fn long_term(username: &str, realm: &str, password: &Redacted<String>) -> Self {
        let text = format!("{username}:{realm}:{}", password.reveal());
        Self(Redacted::new(Md5::digest(text).to_vec()))
    }

    /// The short-term key: the password itself.
    #[must_use]
    pub fn short_term(password: &Redacted<String>) -> Self {
        Self(Redacted::new(password.reveal().as_bytes().to_vec()))
    }

    /// The MESSAGE-INTEGRITY over `before`, the message up to the attribute.
    pub(super) fn sign(&self, before: &[u8]) -> Vec<u8> {
        self.mac(before)
            .map(|mac| mac.finalize().into_bytes().to_vec())
            .unwrap_or_default()
    }

    /// Compares in constant time.
    pub(super) fn verifies(&self, before: &[u8], value: &[u8]) -> bool {
        self.mac(before)
            .is_some_and(|mac| mac.verify_slice(value).is_ok())
    }

    /// The hash sees the header's length as if the message ended with
    /// MESSAGE-INTEGRITY.
    fn mac(&self, before: &[u8]) -> Option<Hmac<Sha1>> {
        let mut mac = Hmac::<Sha1>::new_from_slice(self.0.reveal()).ok()?;
        let length = before
            .len()
            .checked_add(4 + INTEGRITY_LENGTH)?
            .checked_sub(super::HEADER_LENGTH)?;
        let (kind, rest) = before.split_first_chunk::<2>()?;
        mac.update(kind);
        mac.update(&u16::try_from(length).ok()?.to_be_bytes());
        mac.update(rest.get(2..)?);
        Some(mac)
    }
}

/// The FINGERPRINT over `before`, the message up to the attribute.
#[must_use]
pub fn fingerprint(before: &[u8]) -> u32 {
    let length = before
        .len()
        .saturating_add(8)
        .saturating_sub(super::HEADER_LENGTH);
    let length = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let adjusted = before
        .iter()
        .take(2)
        .chain(&length)
        .chain(before.iter().skip(4));
    crc32(adjusted) ^ 0x5354_554E
}

fn crc32<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    let sum = bytes.fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            let carry = if sum & 1 == 1 { 0xEDB8_8320 } else { 0 };
            (sum >> 1) ^ carry
        })
    });
    !sum
}
