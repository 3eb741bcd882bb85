//! Decides how one endpoint of somebody is addressed from outside (GRUU, RFC 5627):
//! openly, by address and instance, or by a name that tells neither.
//!
//! A temporary name is a token: the endpoint and the registration's Call-ID, masked
//! and signed with the node key, so that nothing is kept for it. It stands as long as
//! the endpoint registers under that Call-ID, which the server checks.

use crate::flow_token::{EndpointKey, NodeKey, from_hexadecimal, hexadecimal};
use crate::uri::Uri;
use hopsight_kit::Random;
use sha2::{Digest, Sha256};

/// What a Request-URI with the parameter `gr` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gruu {
    /// The instance of the address-of-record in the URI.
    Public(String),
    /// What the user part hides.
    Temporary(TemporaryGruu),
}

impl Gruu {
    /// Reads the parameter; none for any other address, and an error for a temporary
    /// name that this node did not give.
    pub fn of(uri: &Uri, key: &NodeKey) -> Option<Result<Self, ForgedGruu>> {
        let instance = uri.parameter("gr")?;
        if !instance.is_empty() {
            let instance = instance.trim_matches(['<', '>']).to_owned();
            return Some(Ok(Self::Public(instance)));
        }
        let user = uri.user().unwrap_or_default();
        Some(TemporaryGruu::verify(user, key).map(Self::Temporary))
    }
}

/// The open address of an endpoint: the same each time it registers.
#[must_use]
pub fn public_gruu(address: &str, instance: &str) -> String {
    format!("{address};gr={instance}")
}

/// An endpoint whose address is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemporaryGruu {
    endpoint: EndpointKey,
    call: [u8; 4],
}

/// A temporary name that nobody who knows the node key gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the temporary address is not one of this server")]
pub struct ForgedGruu;

impl TemporaryGruu {
    /// For an endpoint that registers under this Call-ID.
    #[must_use]
    pub fn new(endpoint: EndpointKey, call_id: &str) -> Self {
        let mut call = [0; 4];
        for (into, from) in call.iter_mut().zip(Sha256::digest(call_id)) {
            *into = from;
        }
        Self { endpoint, call }
    }

    /// Which endpoint it is.
    #[must_use]
    pub const fn endpoint(&self) -> EndpointKey {
        self.endpoint
    }

    /// The user part of its URI: `g` and 56 hexadecimal digits, others each time.
    #[must_use]
    pub fn sign(&self, key: &NodeKey, random: &mut dyn Random) -> String {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let mut bytes = nonce.to_vec();
        bytes.extend(masked(&nonce, &self.payload(), key));
        let tag = key.mark(b"gruu tag", &bytes);
        bytes.extend(tag.into_iter().take(TAG));
        format!("g{}", hexadecimal(&bytes))
    }

    fn verify(user: &str, key: &NodeKey) -> Result<Self, ForgedGruu> {
        let bytes = user.strip_prefix('g').and_then(from_hexadecimal);
        let bytes = bytes.ok_or(ForgedGruu)?;
        let (told, tag) = bytes
            .split_at_checked(NONCE + PAYLOAD)
            .filter(|(_, tag)| tag.len() == TAG)
            .ok_or(ForgedGruu)?;
        if !key.marked(b"gruu tag", told, tag) {
            return Err(ForgedGruu);
        }
        let (nonce, hidden) = told.split_at_checked(NONCE).ok_or(ForgedGruu)?;
        let open = masked(nonce, hidden, key);
        let (endpoint, call) = open.split_at_checked(8).ok_or(ForgedGruu)?;
        Ok(Self {
            endpoint: EndpointKey::from_bytes(endpoint.try_into().map_err(|_| ForgedGruu)?),
            call: call.try_into().map_err(|_| ForgedGruu)?,
        })
    }

    fn payload(&self) -> Vec<u8> {
        let endpoint = self.endpoint.to_bytes();
        endpoint.into_iter().chain(self.call).collect()
    }
}

/// The same once more takes the mask off.
fn masked(nonce: &[u8], bytes: &[u8], key: &NodeKey) -> Vec<u8> {
    let mask = key.mark(b"gruu mask", nonce);
    bytes
        .iter()
        .zip(mask)
        .map(|(one, mask)| one ^ mask)
        .collect()
}

const NONCE: usize = 8;
const PAYLOAD: usize = 12;
const TAG: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::SeededRandom;

    #[test]
    fn a_temporary_name_gives_its_endpoint_back_and_differs_each_time() {
        let mut random = SeededRandom::new(1);
        let names = [1, 2].map(|_| temporary().sign(&key(), &mut random));

        assert_ne!(names[0], names[1]);
        for name in names {
            assert_eq!(read(&name), Some(Ok(Gruu::Temporary(temporary()))));
        }
    }

    #[test]
    fn no_digit_of_a_temporary_name_can_be_changed() {
        let name = temporary().sign(&key(), &mut SeededRandom::new(1));
        for place in 1..name.len() {
            let mut forged = name.clone().into_bytes();
            forged[place] = if forged[place] == b'0' { b'1' } else { b'0' };
            let forged = String::from_utf8(forged).unwrap();

            assert_eq!(read(&forged), Some(Err(ForgedGruu)), "{place}");
        }
    }

    #[test]
    fn an_address_names_an_instance_or_is_none() {
        let public = public_gruu("sip:alice@hopsight.internal", "urn:uuid:1");
        let uri = Uri::parse(&public).unwrap();
        let instance = Gruu::Public("urn:uuid:1".to_owned());

        assert_eq!(Gruu::of(&uri, &key()), Some(Ok(instance)));
        let plain = Uri::parse("sip:alice@hopsight.internal").unwrap();
        assert_eq!(Gruu::of(&plain, &key()), None);
    }

    fn temporary() -> TemporaryGruu {
        TemporaryGruu::new(EndpointKey::of("sip:alice@hopsight.internal", "1"), "call")
    }

    fn key() -> NodeKey {
        NodeKey::new([7; 32])
    }

    fn read(name: &str) -> Option<Result<Gruu, ForgedGruu>> {
        let uri = Uri::parse(&format!("sip:{name}@hopsight.internal;gr")).unwrap();
        Gruu::of(&uri, &key())
    }
}
