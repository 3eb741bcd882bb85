//! Decides how a request finds its flow again: a signed token in the user part
//! of a Record-Route URI, so that routing needs no table (RFC 5626, section
//! 5.2, with both legs in one token).
//!
//! A token names both ends of a dialog. Each end is a flow and an
//! [`EndpointKey`], so that an end that came back on another flow is still
//! found. Whoever presents a token must be one of its two ends; checking that
//! is left to the server, which knows the flows.

use crate::digest::NonceKey;
use hmac::{Hmac, Mac};
use hopsight_kit::Redacted;
use sha2::{Digest, Sha256};
use std::fmt;

/// The secret with which a node, or a pool of nodes, signs its tokens.
#[derive(Clone, Debug)]
pub struct NodeKey(Redacted<[u8; 32]>);

impl NodeKey {
    /// Takes 32 bytes that nobody else knows. They must outlive a restart, or
    /// dialogs that are older than the restart are cut off.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Redacted::new(bytes))
    }

    /// The key for the nonces of the same node or pool.
    #[must_use]
    pub fn nonce_key(&self) -> NonceKey {
        NonceKey::new(self.signature(b"nonce").finalize().into_bytes().into())
    }

    /// What only holders of the key can say of `bytes` in this matter.
    pub(crate) fn mark(&self, matter: &[u8], bytes: &[u8]) -> [u8; 32] {
        let mark = self.signature(matter).chain_update([0]).chain_update(bytes);
        mark.finalize().into_bytes().into()
    }

    /// Whether `mark` is the beginning of theirs; takes as long whichever byte differs.
    pub(crate) fn marked(&self, matter: &[u8], bytes: &[u8], mark: &[u8]) -> bool {
        let right = self.signature(matter).chain_update([0]).chain_update(bytes);
        right.verify_truncated_left(mark).is_ok()
    }

    fn signature(&self, payload: &[u8]) -> Hmac<Sha256> {
        let mut block = [0; 64];
        for (into, from) in block.iter_mut().zip(self.0.reveal()) {
            *into = *from;
        }
        <Hmac<Sha256> as Mac>::new(&block.into()).chain_update(payload)
    }
}

/// Stands for one endpoint of one address: a hash of the address-of-record and
/// the `+sip.instance` (RFC 5626, section 4.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointKey([u8; 8]);

impl EndpointKey {
    /// The key of the endpoint `instance` of `uri`. An endpoint without an
    /// instance has the empty one.
    #[must_use]
    pub fn of(uri: &str, instance: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(uri.as_bytes())
            .chain_update([0])
            .chain_update(instance.as_bytes())
            .finalize();
        let mut key = [0; 8];
        for (into, from) in key.iter_mut().zip(digest) {
            *into = from;
        }
        Self(key)
    }
}

impl EndpointKey {
    pub(crate) const fn to_bytes(self) -> [u8; 8] {
        self.0
    }

    pub(crate) const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for EndpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointKey({})", hexadecimal(&self.0))
    }
}

/// One end of a dialog as its token names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The flow on which the end was when the dialog began.
    pub flow: u64,
    /// Which endpoint it is, on whatever flow.
    pub endpoint: EndpointKey,
}

/// Both ends of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowToken {
    /// The end that sent the first request.
    pub caller: Leg,
    /// The end to which this branch of it went.
    pub callee: Leg,
}

/// A text that is not a token of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowTokenError {
    /// It has another form.
    #[error("the text is not a flow token")]
    Form,
    /// It has the form, but nobody who knows the node key wrote it.
    #[error("the flow token's signature is wrong")]
    Signature,
}

impl FlowToken {
    /// The token as the user part of a SIP URI: `f` and 96 hexadecimal digits.
    #[must_use]
    pub fn sign(&self, key: &NodeKey) -> String {
        let payload = self.payload();
        let signature = key.signature(&payload).finalize().into_bytes();
        let signature: Vec<u8> = signature.into_iter().take(SIGNATURE_LENGTH).collect();
        format!("f{}{}", hexadecimal(&payload), hexadecimal(&signature))
    }

    /// Reads a token back.
    pub fn verify(text: &str, key: &NodeKey) -> Result<Self, FlowTokenError> {
        let bytes = text.strip_prefix('f').and_then(from_hexadecimal);
        let bytes = bytes.ok_or(FlowTokenError::Form)?;
        let (payload, signature) = bytes
            .split_at_checked(PAYLOAD_LENGTH)
            .filter(|(_, signature)| signature.len() == SIGNATURE_LENGTH)
            .ok_or(FlowTokenError::Form)?;
        key.signature(payload)
            .verify_truncated_left(signature)
            .map_err(|_| FlowTokenError::Signature)?;
        let mut parts = payload.chunks_exact(8).map(|part| {
            let mut eight = [0; 8];
            eight.copy_from_slice(part);
            eight
        });
        let mut next = || parts.next().ok_or(FlowTokenError::Form);
        let mut leg = || {
            Ok(Leg {
                flow: u64::from_be_bytes(next()?),
                endpoint: EndpointKey(next()?),
            })
        };
        Ok(Self {
            caller: leg()?,
            callee: leg()?,
        })
    }

    fn payload(&self) -> Vec<u8> {
        [self.caller, self.callee]
            .iter()
            .flat_map(|leg| [leg.flow.to_be_bytes(), leg.endpoint.0])
            .flatten()
            .collect()
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| {
        digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit))
            .collect()
    })
}

const PAYLOAD_LENGTH: usize = 32;
const SIGNATURE_LENGTH: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gives_back_both_legs() {
        let key = NodeKey::new([7; 32]);

        assert_eq!(FlowToken::verify(&token().sign(&key), &key), Ok(token()));
    }

    #[test]
    fn a_token_of_another_key_is_refused() {
        let signed = token().sign(&NodeKey::new([8; 32]));

        assert_eq!(
            FlowToken::verify(&signed, &NodeKey::new([7; 32])),
            Err(FlowTokenError::Signature)
        );
    }

    #[test]
    fn no_digit_of_a_token_can_be_changed() {
        let key = NodeKey::new([7; 32]);
        let signed = token().sign(&key);
        for place in 1..signed.len() {
            let mut forged = signed.clone().into_bytes();
            forged[place] = if forged[place] == b'0' { b'1' } else { b'0' };
            let forged = String::from_utf8(forged).unwrap();

            assert_eq!(
                FlowToken::verify(&forged, &key),
                Err(FlowTokenError::Signature),
                "{place}"
            );
        }
    }

    #[test]
    fn what_only_looks_like_a_token_is_none() {
        let key = NodeKey::new([7; 32]);
        for text in ["", "f", "alice", "f00", "fzz", &"f0".repeat(60)] {
            assert_eq!(
                FlowToken::verify(text, &key),
                Err(FlowTokenError::Form),
                "{text}"
            );
        }
    }

    fn token() -> FlowToken {
        FlowToken {
            caller: Leg {
                flow: 3,
                endpoint: EndpointKey::of("sip:alice@hopsight.internal", "urn:uuid:1"),
            },
            callee: Leg {
                flow: u64::MAX,
                endpoint: EndpointKey::of("sip:bob@hopsight.internal", ""),
            },
        }
    }
}
