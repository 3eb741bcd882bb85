//! Decides how a server is named by whoever connects to it: `https://HOST` or
//! `https://HOST:PORT`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The port when none is written.
const DEFAULT_PORT: u16 = 443;

/// A server's host and port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerAddress {
    /// A DNS name or an IP address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

/// A text that does not name a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` does not name a server; write https://HOST or https://HOST:PORT")]
pub struct ServerAddressError {
    text: String,
}

impl FromStr for ServerAddress {
    type Err = ServerAddressError;

    /// Reads the address of a URL; scheme and path may be left out. Other
    /// schemes than https are refused.
    fn from_str(text: &str) -> Result<Self, ServerAddressError> {
        read(text).ok_or_else(|| ServerAddressError {
            text: text.to_owned(),
        })
    }
}

impl ServerAddress {
    /// Host and port as they stand in a URL, with brackets around IPv6 and
    /// without the default port.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = match self.host.parse() {
            Ok(IpAddr::V6(address)) => format!("[{address}]"),
            Ok(IpAddr::V4(_)) | Err(_) => self.host.clone(),
        };
        if self.port == DEFAULT_PORT {
            return host;
        }
        format!("{host}:{}", self.port)
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.authority())
    }
}

fn read(text: &str) -> Option<ServerAddress> {
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
        Some(_) => return None,
        None => text,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = split(authority)?;
    let port = match port {
        "" => DEFAULT_PORT,
        digits => digits.parse().ok().filter(|port| *port != 0)?,
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_host = host.parse::<IpAddr>().is_ok() || host.bytes().all(is_name);
    (is_host && !host.is_empty()).then(|| ServerAddress {
        host: host.to_ascii_lowercase(),
        port,
    })
}

fn split(authority: &str) -> Option<(&str, &str)> {
    let Some(bracketed) = authority.strip_prefix('[') else {
        return Some(authority.split_once(':').unwrap_or((authority, "")));
    };
    let (host, rest) = bracketed.split_once(']')?;
    match rest.strip_prefix(':') {
        Some(port) => Some((host, port)),
        None => rest.is_empty().then_some((host, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_its_url() {
        let table = [
            ("https://hopsight.example", "hopsight.example", 443),
            ("https://Hopsight.Example:8443/", "hopsight.example", 8443),
            ("10.0.0.1:8443", "10.0.0.1", 8443),
            ("https://[2001:db8::1]:8443/s/x#ca=1", "2001:db8::1", 8443),
            ("https://[::1]", "::1", 443),
        ];
        for (text, host, port) in table {
            let host = host.to_owned();
            assert_eq!(text.parse(), Ok(ServerAddress { host, port }), "{text}");
        }
    }

    #[test]
    fn other_texts_name_none() {
        for text in [
            "",
            "http://example",
            "https://",
            "https://a b",
            "https://a:0",
            "https://a:port",
            "https://user@a",
            "[::1",
            "[::1]x",
        ] {
            assert!(text.parse::<ServerAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_shown_as_it_is_typed() {
        let shown = |text: &str| text.parse::<ServerAddress>().unwrap().to_string();

        assert_eq!(shown("[::1]:8443"), "https://[::1]:8443");
        assert_eq!(shown("a.example:443"), "https://a.example");
    }
}
