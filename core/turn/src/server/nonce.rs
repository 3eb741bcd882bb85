//! Decides which nonces are ours and still good: an expiry time and an HMAC
//! over it and the client's 5-tuple, so that none need be remembered and none
//! serves another source.

use crate::values::FiveTuple;
use hmac::{Hmac, Mac};
use hopsight_kit::{Moment, Redacted};
use sha2::Sha256;
use std::time::Duration;

/// Issues and checks nonces.
#[derive(Debug)]
pub(super) struct Nonces {
    key: Redacted<[u8; 32]>,
    lifetime: Duration,
}

impl Nonces {
    pub(super) const fn new(key: Redacted<[u8; 32]>, lifetime: Duration) -> Self {
        Self { key, lifetime }
    }

    /// A nonce for this client: 8 hexadecimal digits of expiry, 16 of HMAC.
    pub(super) fn issue(&self, client: &FiveTuple, now: Moment) -> String {
        let expiry = (now + self.lifetime).since_start().as_secs();
        self.nonce(u32::try_from(expiry).unwrap_or(u32::MAX), client)
    }

    /// Whether this server issued `nonce` to this client and it is still good.
    pub(super) fn is_good(&self, nonce: &str, client: &FiveTuple, now: Moment) -> bool {
        let Some(expiry) = nonce
            .get(..8)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        else {
            return false;
        };
        self.nonce(expiry, client) == nonce && u64::from(expiry) > now.since_start().as_secs()
    }

    fn nonce(&self, expiry: u32, client: &FiveTuple) -> String {
        let signed = format!("{expiry} {} {}", client.transport, client.client);
        let mac = Hmac::<Sha256>::new_from_slice(self.key.reveal())
            .map(|mac| mac.chain_update(signed).finalize().into_bytes())
            .unwrap_or_default();
        let tag = mac
            .iter()
            .take(8)
            .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        format!("{expiry:08x}{tag:016x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::Transport;

    #[test]
    fn a_nonce_is_good_for_its_client_until_it_expires() {
        let nonces = Nonces::new(Redacted::new([1; 32]), Duration::from_secs(600));
        let nonce = nonces.issue(&client(1000), Moment::START);
        let at = |seconds| Moment::after_start(Duration::from_secs(seconds));

        assert!(nonces.is_good(&nonce, &client(1000), at(599)));
        assert!(!nonces.is_good(&nonce, &client(1000), at(600)));
        assert!(!nonces.is_good(&nonce, &client(1001), at(0)));
    }

    #[test]
    fn a_nonce_of_another_key_or_form_is_not_good() {
        let ours = Nonces::new(Redacted::new([1; 32]), Duration::from_secs(600));
        let theirs = Nonces::new(Redacted::new([2; 32]), Duration::from_secs(600));
        let foreign = theirs.issue(&client(1000), Moment::START);
        let capitals = ours.issue(&client(1000), Moment::START).to_uppercase();

        for nonce in [foreign.as_str(), &capitals, "", "ffffffff", "é€é€é€é€"] {
            assert!(
                !ours.is_good(nonce, &client(1000), Moment::START),
                "{nonce}"
            );
        }
    }

    fn client(port: u16) -> FiveTuple {
        FiveTuple {
            transport: Transport::Udp,
            client: ([192, 0, 2, 1], port).into(),
            server: ([192, 0, 2, 2], 3478).into(),
        }
    }
}
