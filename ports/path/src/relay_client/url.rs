//! Decides how a relay's URL is read: RFC 7065, `turn:` and `turns:`.

use hopsight_evidence::Transport;
use rustls::pki_types::ServerName;
use std::net::{Ipv6Addr, SocketAddr};

/// Where a relay is and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RelayUrl {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) transport: Transport,
}

impl RelayUrl {
    /// `None` for a text that is no such URL.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "turn" => false,
            "turns" => true,
            _ => return None,
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let transport = query
            .strip_prefix("transport=")
            .map(str::to_ascii_lowercase);
        let transport = match (is_secure, transport.as_deref()) {
            (false, None | Some("udp")) => Transport::Udp,
            (false, Some("tcp")) => Transport::Tcp,
            (true, None | Some("tcp")) => Transport::Tls,
            (true | false, Some(_)) => return None,
        };
        let default = if is_secure { 5349 } else { 3478 };
        let (host, port) = place_of(place, default)?;
        Some(Self {
            host,
            port,
            transport,
        })
    }

    /// The relay's address; asks the system's resolver for a name.
    pub(crate) async fn resolve(&self) -> std::io::Result<SocketAddr> {
        let mut found = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        let four = found.find(SocketAddr::is_ipv4);
        four.ok_or_else(|| std::io::Error::other(format!("{} has no IPv4 address", self.host)))
    }

    /// The name that the relay's certificate must carry.
    pub(crate) fn server_name(&self) -> Option<ServerName<'static>> {
        ServerName::try_from(self.host.clone()).ok()
    }
}

fn place_of(place: &str, default: u16) -> Option<(String, u16)> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        let host: Ipv6Addr = host.parse().ok()?;
        let port = port.strip_prefix(':').map_or(Ok(default), str::parse);
        return Some((host.to_string(), port.ok()?));
    }
    let (host, port) = match place.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (place, default),
    };
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(host: &str, port: u16, transport: Transport) -> Option<RelayUrl> {
        let host = host.to_owned();
        Some(RelayUrl {
            host,
            port,
            transport,
        })
    }

    #[test]
    fn the_three_ways_to_a_relay_are_read() {
        let udp = RelayUrl::read("turn:10.0.0.1:3478?transport=udp");
        let tcp = RelayUrl::read("turn:10.0.0.1:8443?transport=tcp");
        let tls = RelayUrl::read("turns:hopsight.internal?transport=tcp");

        assert_eq!(udp, url("10.0.0.1", 3478, Transport::Udp));
        assert_eq!(tcp, url("10.0.0.1", 8443, Transport::Tcp));
        assert_eq!(tls, url("hopsight.internal", 5349, Transport::Tls));
    }

    #[test]
    fn what_is_no_relay_is_left_out() {
        let texts = [
            "",
            "stun:10.0.0.1",
            "turn:",
            "turns:h?transport=udp",
            "turn:h:x",
        ];

        assert_eq!(texts.map(RelayUrl::read), [const { None }; 5]);
    }

    #[test]
    fn an_ipv6_address_stands_in_brackets() {
        let read = RelayUrl::read("turn:[fd77::1]:3478");

        assert_eq!(read, url("fd77::1", 3478, Transport::Udp));
    }
}
