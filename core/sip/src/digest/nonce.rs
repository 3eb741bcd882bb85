//! Decides which nonces are ours and how old they are, without a table: each
//! carries its time and a signature (RFC 7616 section 3.3).

use super::hash::hex;
use hmac::{Hmac, Mac};
use hopsight_kit::{Random, Redacted, Timestamp};
use sha2::Sha256;
use std::time::Duration;

/// The key that signs nonces. Every node that checks a nonce needs the key of
/// the node that drew it.
#[derive(Clone, Debug)]
pub struct NonceKey(Redacted<[u8; 32]>);

impl NonceKey {
    /// From 32 bytes of chance.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(Redacted::new(key))
    }

    /// A fresh nonce: 64 hexadecimal digits over the time (8 bytes), chance
    /// (8 bytes) and a signature (16 bytes).
    #[must_use]
    pub fn draw(&self, wall: Timestamp, random: &mut dyn Random) -> String {
        let payload = [
            wall.unix_micros().to_be_bytes(),
            random.number().to_be_bytes(),
        ]
        .concat();
        format!("{}{}", hex(&payload), self.signature(&payload))
    }

    /// How old a nonce is; `None` when this key did not sign it.
    #[must_use]
    pub fn age(&self, nonce: &str, wall: Timestamp) -> Option<Duration> {
        let bytes = unhex(nonce).filter(|bytes| bytes.len() == 32)?;
        let (payload, signature) = bytes.split_at_checked(16)?;
        self.mac(payload).verify_truncated_left(signature).ok()?;
        let drawn = payload.first_chunk().copied().map(u64::from_be_bytes)?;
        Some(wall.since(Timestamp::from_unix_micros(drawn)))
    }

    fn signature(&self, payload: &[u8]) -> String {
        let mut whole = hex(&self.mac(payload).finalize().into_bytes());
        whole.truncate(32);
        whole
    }

    fn mac(&self, payload: &[u8]) -> Hmac<Sha256> {
        // The block of SHA-256 is 64 bytes long: the key fills its first half.
        let mut block = [0; 64];
        for (into, from) in block.iter_mut().zip(self.0.reveal()) {
            *into = *from;
        }
        let mut mac: Hmac<Sha256> = Mac::new(&block.into());
        mac.update(b"hopsight nonce");
        mac.update(payload);
        mac
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| {
        pairs
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::SeededRandom;

    #[test]
    fn a_nonce_knows_its_age_and_its_maker() {
        let key = NonceKey::new([7; 32]);
        let drawn = Timestamp::from_unix_seconds(1_000);
        let nonce = key.draw(drawn, &mut SeededRandom::new(1));
        let later = drawn + Duration::from_secs(60);
        let bent = nonce.replacen('0', "1", 1);

        assert_eq!(nonce.len(), 64);
        assert_eq!(key.age(&nonce, later), Some(Duration::from_secs(60)));
        assert_eq!(NonceKey::new([8; 32]).age(&nonce, later), None);
        assert_eq!(key.age(&bent, later), None);
        assert_eq!(key.age("", later), None);
    }
}
