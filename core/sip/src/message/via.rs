//! Decides what one Via value says (RFC 3261 section 20.42): the transport,
//! who sent the message, and the parameters that lead responses back.

use super::list::{Parameters, is_balanced};
use crate::uri::is_host;
use std::fmt;
use std::str::FromStr;

/// One value of a Via header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    transport: String,
    host: String,
    port: Option<u16>,
    parameters: Parameters,
}

/// Why a text is no Via value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViaError {
    /// Not `SIP / 2.0 / transport`.
    #[error("the Via does not begin with SIP/2.0 and a transport")]
    Protocol,
    /// No host, or one that can be none, or an impossible port.
    #[error("the Via names no valid sender")]
    SentBy,
    /// A quotation mark or angle bracket in a parameter is never closed.
    #[error("a quotation mark or angle bracket in the Via is not closed")]
    Unbalanced,
}

impl Via {
    /// A value for a message about to be sent.
    #[must_use]
    pub fn new(transport: &str, host: &str, port: Option<u16>, branch: &str) -> Self {
        Self {
            transport: transport.to_owned(),
            host: host.to_owned(),
            port,
            parameters: Parameters::default().with("branch", branch),
        }
    }

    /// Reads one value (white space around `/` and `:` is legal).
    pub fn parse(text: &str) -> Result<Self, ViaError> {
        let (head, parameters) = match text.find(';') {
            Some(semicolon) => text.split_at_checked(semicolon).unwrap_or((text, "")),
            None => (text, ""),
        };
        let mut parts = head.splitn(3, '/').map(str::trim);
        let is_sip = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("SIP"));
        if !is_sip || parts.next() != Some("2.0") {
            return Err(ViaError::Protocol);
        }
        let rest = parts.next().ok_or(ViaError::Protocol)?;
        let (transport, sent_by) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        if !super::method::is_token(transport.as_bytes()) {
            return Err(ViaError::Protocol);
        }
        let (host, port) = read_sent_by(sent_by.trim()).ok_or(ViaError::SentBy)?;
        if !is_balanced(parameters) {
            return Err(ViaError::Unbalanced);
        }
        Ok(Self {
            transport: transport.to_owned(),
            host,
            port,
            parameters: Parameters::parse(parameters),
        })
    }

    /// The same with one more parameter, in place of any of that name.
    #[must_use]
    pub fn with_parameter(&self, name: &str, value: &str) -> Self {
        Self {
            parameters: self.parameters.with(name, value),
            ..self.clone()
        }
    }

    /// `UDP`, `TCP`, `TLS`, `WS`, `WSS` or another, as written.
    #[must_use]
    pub fn transport(&self) -> &str {
        &self.transport
    }

    /// Host of the sender as written.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port of the sender, if written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Host and port in one text, lower case: half of the transaction key
    /// (RFC 3261 section 17.2.3).
    #[must_use]
    pub fn sent_by(&self) -> String {
        let host = self.host.to_ascii_lowercase();
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }

    /// The transaction id of the sender.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.parameter("branch")
    }

    /// A parameter by name; empty text for a flag such as a bare `rport`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.value(name)
    }

    /// All parameters.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.parameters)
    }
}

impl FromStr for Via {
    type Err = ViaError;

    fn from_str(text: &str) -> Result<Self, ViaError> {
        Self::parse(text)
    }
}

fn read_sent_by(text: &str) -> Option<(String, Option<u16>)> {
    let behind_address = text.rfind(']').map_or(0, |bracket| bracket + 1);
    let colon = text
        .get(behind_address..)?
        .find(':')
        .map(|colon| behind_address + colon);
    let host = text.get(..colon.unwrap_or(text.len()))?.trim();
    let port = match colon {
        Some(colon) => Some(text.get(colon + 1..)?.trim().parse().ok()?),
        None => None,
    };
    is_host(host).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_the_parts_is_legal() {
        let via = Via::parse("SIP  / 2.0 / UDP  First.example.com: 4000;ttl=16 ;branch=z9hG4bKa")
            .unwrap();

        assert_eq!(via.transport(), "UDP");
        assert_eq!(via.sent_by(), "first.example.com:4000");
        assert_eq!(via.branch(), Some("z9hG4bKa"));
        assert_eq!(via.parameter("ttl"), Some("16"));
    }

    #[test]
    fn an_ipv6_sender_and_a_bare_rport_are_read() {
        let via = Via::parse("SIP/2.0/WSS [2001:db8::9]:5060;rport;branch=b").unwrap();

        assert_eq!((via.host(), via.port()), ("[2001:db8::9]", Some(5060)));
        assert_eq!(
            via.with_parameter("rport", "40000").to_string(),
            "SIP/2.0/WSS [2001:db8::9]:5060;branch=b;rport=40000"
        );
    }

    #[test]
    fn a_via_of_another_protocol_is_none() {
        assert_eq!(Via::parse("HTTP/1.1/TCP a"), Err(ViaError::Protocol));
        assert_eq!(Via::parse("SIP/2.0/UDP ;branch=b"), Err(ViaError::SentBy));
    }

    #[test]
    fn what_a_hop_adds_never_falls_into_an_open_parameter() {
        for text in ["SIP/2.0/UDP a;branch=b;x=\"y", "SIP/2.0/UDP a;x=<;branch=b"] {
            assert_eq!(Via::parse(text), Err(ViaError::Unbalanced), "{text}");
        }
    }
}
