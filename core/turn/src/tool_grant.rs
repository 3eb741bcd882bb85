//! Decides how a right to relay for a foreign tool is written: everything in the
//! user name, and a password that follows from it and a secret of the deployment,
//! so that the relay need not be told of it beforehand.
//!
//! What such a grant permits is decided where every other one is: the peers it
//! names are refused like anybody's where the policy says so.

use crate::network::Network;
use hmac::{Hmac, Mac};
use hopsight_kit::{Redacted, SessionId, Timestamp};
use sha2::Sha256;

/// A right to relay that no session stands behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolGrant {
    /// Names it; its allocations reach each other.
    pub session: SessionId,
    /// When it ends, with everything allocated by it.
    pub expires: Timestamp,
    /// The peers it may have.
    pub peers: Vec<Network>,
}

impl ToolGrant {
    /// The TURN user name that says all of it.
    #[must_use]
    pub fn username(&self) -> String {
        let peers: Vec<String> = self.peers.iter().map(Network::to_string).collect();
        let seconds = self.expires.unix_seconds();
        format!("{PREFIX}{}.{seconds}.{}", self.session, peers.join("+"))
    }

    /// What a user name says; none when it is of another form.
    #[must_use]
    pub fn read(username: &str) -> Option<Self> {
        if username.len() > LONGEST_USERNAME {
            return None;
        }
        let mut parts = username.strip_prefix(PREFIX)?.splitn(3, '.');
        let session = parts.next()?.parse().ok()?;
        let seconds: u32 = parts.next()?.parse().ok()?;
        let peers = parts.next()?;
        let peers = match peers {
            "" => Vec::new(),
            named => named
                .split('+')
                .map(|network| network.parse().ok())
                .collect::<Option<_>>()?,
        };
        Some(Self {
            session,
            expires: Timestamp::from_unix_seconds(u64::from(seconds)),
            peers,
        })
    }

    /// The password of a user name: HMAC-SHA-256 under the deployment's `key`.
    #[must_use]
    pub fn password(username: &str, key: &Redacted<[u8; 32]>) -> Redacted<String> {
        let mut block = [0; 64];
        for (into, from) in block.iter_mut().zip(key.reveal()) {
            *into = *from;
        }
        let mac = <Hmac<Sha256> as Mac>::new(&block.into())
            .chain_update(PURPOSE)
            .chain_update(username)
            .finalize()
            .into_bytes();
        let digits = mac.iter().map(|byte| format!("{byte:02x}"));
        Redacted::new(digits.collect())
    }
}

const PREFIX: &str = "tool.";
/// Keeps this use of the key apart from every other one.
const PURPOSE: &[u8] = b"hopsight relay grant\0";
/// RFC 8489, section 14.3: fewer than 509 bytes.
const LONGEST_USERNAME: usize = 508;

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::SeededRandom;

    #[test]
    fn a_user_name_says_all_of_the_grant() {
        let grant = grant(&["10.0.0.0/8", "2001:db8::/32"]);
        let username = grant.username();

        assert_eq!(
            username,
            format!("tool.{}.1700000000.10.0.0.0/8+2001:db8::/32", grant.session)
        );
        assert_eq!(ToolGrant::read(&username), Some(grant));
    }

    #[test]
    fn a_grant_without_peers_is_read_too() {
        let grant = grant(&[]);

        assert_eq!(ToolGrant::read(&grant.username()), Some(grant));
    }

    #[test]
    fn other_names_are_no_grants() {
        let good = grant(&["10.0.0.0/8"]).username();
        let long = format!("{good}{}", "+10.0.0.0/8".repeat(64));
        let others = [
            "",
            "tool.",
            &good[1..],
            &good.replace("10.0.0.0/8", "10.0.0.0/33"),
            &good.replace("17000", "x7000"),
            &good.replace("1700000000", "99999999999"),
            &long,
        ];
        for other in others {
            assert_eq!(ToolGrant::read(other), None, "{other}");
        }
    }

    #[test]
    fn the_password_follows_from_name_and_key_alone() {
        let key = |byte| Redacted::new([byte; 32]);
        let password = ToolGrant::password("tool.a", &key(1));

        assert_eq!(password.reveal().len(), 64);
        assert_eq!(ToolGrant::password("tool.a", &key(1)), password);
        assert_ne!(ToolGrant::password("tool.b", &key(1)), password);
        assert_ne!(ToolGrant::password("tool.a", &key(2)), password);
    }

    fn grant(peers: &[&str]) -> ToolGrant {
        ToolGrant {
            session: SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1)),
            expires: Timestamp::from_unix_seconds(1_700_000_000),
            peers: peers.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }
}
