//! What a front end must be told before it starts.

use crate::Pages;
use hopsight_kit::{Fingerprint, Redacted, Timestamp};
use hopsight_sip::flow_token::NodeKey;
use hopsight_sip::server::Place;
use std::net::IpAddr;

/// What a front end must be told before it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The SIP domain and digest realm.
    pub domain: String,
    /// Where people open the pages: `https://HOST[:PORT]`, without a slash.
    pub url: String,
    /// The host name or address for `turns:`; it stands in the certificate.
    pub host: String,
    /// The addresses that `host` stands for, as this machine knows.
    pub addresses: Vec<IpAddr>,
    /// Where clients reach the relay; none in a deployment without one.
    pub relay: Option<RelayPlace>,
    /// The one port.
    pub port: u16,
    /// The CA that signs this deployment's certificates.
    pub authority: Fingerprint,
    /// The certificate that this server shows.
    pub certificate: Fingerprint,
    /// When that certificate ends.
    pub certificate_expires: Timestamp,
    /// The key that signs flow tokens and nonces; the same over restarts.
    pub node_key: Redacted<[u8; 32]>,
    /// The web pages.
    pub pages: Pages,
}

/// Where clients reach the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayPlace {
    /// The address that clients are told.
    pub address: IpAddr,
    /// The port of STUN and TURN beside the one port.
    pub stun_port: u16,
}

impl Settings {
    /// The part that the SIP server needs.
    pub(crate) fn sip(&self) -> hopsight_sip::server::Settings {
        let key = NodeKey::new(*self.node_key.reveal());
        let mut settings = hopsight_sip::server::Settings::new(&self.domain, key);
        settings.also_served.push(self.host.clone());
        let host = match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => format!("[{address}]"),
            Ok(IpAddr::V4(_)) | Err(_) => self.host.clone(),
        };
        settings.also_served.push(host.clone());
        settings.reached_at = Place {
            host,
            port: Some(self.port),
        };
        settings
    }
}
