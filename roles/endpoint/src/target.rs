//! Decides whom a text names: a person of the domain, somebody elsewhere, or
//! the share behind a link.

use hopsight_kit::{Fingerprint, FingerprintError, Redacted};
use hopsight_net::{ServerAddress, ServerAddressError};

/// A share link as it was handed out: `https://HOST[:PORT]/s/TOKEN#ca=sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareLink {
    /// The server that made it.
    pub server: ServerAddress,
    /// What opens the share.
    pub token: Redacted<String>,
    /// The authority that the server's certificate must come from, if the link
    /// names it.
    pub authority: Option<Fingerprint>,
}

/// A text that is no share link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareLinkError {
    /// The part behind `#ca=` is damaged.
    #[error("the end of the link is damaged: {0}; copy the whole link again")]
    Fingerprint(#[from] FingerprintError),
    /// There is no token in it.
    #[error("the link has no /s/ with a token behind it; copy the whole link again")]
    NoToken,
    /// It names no server.
    #[error(transparent)]
    Server(#[from] ServerAddressError),
}

impl ShareLink {
    /// Whether a text is meant as a link rather than as a name.
    #[must_use]
    pub fn is_meant_by(text: &str) -> bool {
        text.contains("://")
    }

    /// Reads a link.
    ///
    /// # Errors
    /// When a part of it is missing or damaged.
    pub fn read(text: &str) -> Result<Self, ShareLinkError> {
        let (address, fragment) = text.trim().split_once('#').unwrap_or((text.trim(), ""));
        let server: ServerAddress = address.parse()?;
        let path = address.split_once("://").map_or(address, |(_, rest)| rest);
        let token = path
            .split_once("/s/")
            .map(|(_, token)| token.trim_end_matches('/'))
            .filter(|token| is_token(token))
            .ok_or(ShareLinkError::NoToken)?;
        let authority = fragment
            .split('&')
            .find_map(|part| part.strip_prefix("ca="))
            .map(str::parse)
            .transpose()?;
        Ok(Self {
            server,
            token: Redacted::new(token.to_owned()),
            authority,
        })
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A text that names nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names nobody; write a name such as desk2, or desk2@example.org")]
pub struct WhoError {
    text: String,
}

/// The address of record of `who`: a name of `domain`, `NAME@DOMAIN`, or a
/// whole SIP URI.
///
/// # Errors
/// When the text is none of these.
pub fn address_of(who: &str, domain: &str) -> Result<String, WhoError> {
    let wrong = || WhoError {
        text: who.to_owned(),
    };
    let text = who.trim().to_ascii_lowercase();
    let text = text.strip_prefix("sip:").unwrap_or(&text);
    let (name, host) = text.split_once('@').unwrap_or((text, domain));
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    let is_named = !name.is_empty() && name.bytes().all(is_name);
    let is_housed = !host.is_empty() && host.bytes().all(is_host);
    if is_named && is_housed {
        return Ok(format!("sip:{name}@{host}"));
    }
    Err(wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_server_token_and_authority() {
        let authority = Fingerprint([0xAB; 32]);
        let link = ShareLink::read(&format!("https://desk.example:8443/s/k3x9#ca={authority}"));

        let expected = ShareLink {
            server: "https://desk.example:8443".parse().unwrap(),
            token: Redacted::new("k3x9".into()),
            authority: Some(authority),
        };
        assert_eq!(link, Ok(expected));
    }

    #[test]
    fn a_link_of_a_server_with_a_real_name_needs_no_authority() {
        let link = ShareLink::read("https://[2001:db8::1]/s/k3x9/").unwrap();

        assert_eq!(link.server.to_string(), "https://[2001:db8::1]");
        assert_eq!(link.token.reveal(), "k3x9");
        assert_eq!(link.authority, None);
    }

    #[test]
    fn a_damaged_link_says_what_is_wrong() {
        let table = [
            ("https://desk.example/", ShareLinkError::NoToken),
            ("https://desk.example/s/", ShareLinkError::NoToken),
            ("https://desk.example/s/../x", ShareLinkError::NoToken),
            (
                "https://desk.example/s/k3x9#ca=sha256:ab",
                ShareLinkError::Fingerprint(FingerprintError),
            ),
        ];
        for (text, problem) in table {
            assert_eq!(ShareLink::read(text), Err(problem), "{text}");
        }
        assert!(matches!(
            ShareLink::read("http://desk.example/s/k3x9"),
            Err(ShareLinkError::Server(_))
        ));
    }

    #[test]
    fn a_name_without_a_domain_gets_the_servers() {
        let table = [
            ("desk2", "sip:desk2@hopsight.internal"),
            ("Desk2", "sip:desk2@hopsight.internal"),
            ("desk2@example.org", "sip:desk2@example.org"),
            ("sip:share.ab12@example.org", "sip:share.ab12@example.org"),
        ];
        for (who, address) in table {
            let expected = Ok(address.to_owned());
            assert_eq!(address_of(who, "hopsight.internal"), expected, "{who}");
        }
    }

    #[test]
    fn a_text_that_could_change_a_sip_header_names_nobody() {
        for who in [
            "",
            "@",
            "a b",
            "a@",
            "a>;x=1",
            "a\r\nVia: b",
            "a@b@c",
            "a@b;x",
        ] {
            assert!(address_of(who, "hopsight.internal").is_err(), "{who:?}");
        }
    }
}
