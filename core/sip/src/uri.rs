//! Decides what a URI is made of (RFC 3261 section 19.1). Any scheme is taken:
//! `sip:` and `sips:` are read in full, others as far as they look alike, so
//! that a proxy can carry what it does not understand. Where a request goes is
//! left to the routing code.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// A URI as it stands in a message: the text, and where its parts lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Uri {
    text: String,
    scheme: Range<usize>,
    user: Option<Range<usize>>,
    host: Range<usize>,
    port: Option<u16>,
    parameters: Range<usize>,
    headers: Option<Range<usize>>,
}

/// Why a text is no URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Nothing that reads `scheme:`.
    #[error("the URI has no scheme")]
    Scheme,
    /// White space, a control character, a bracket, a quotation mark or a
    /// byte outside ASCII.
    #[error("the URI holds a character that must be escaped")]
    Character,
    /// A `%` that is not followed by two hexadecimal digits.
    #[error("the URI holds an incomplete escape")]
    Escape,
    /// `sip:` or `sips:` without a host that could be one.
    #[error("the URI names no valid host")]
    Host,
    /// A port that is no number from 0 to 65535.
    #[error("the URI has an impossible port")]
    Port,
}

impl Uri {
    /// Reads a URI, without angle brackets around it.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        check_characters(text)?;
        let colon = text.find(':').ok_or(UriError::Scheme)?;
        let scheme = part(text, &(0..colon));
        if !is_scheme(scheme) {
            return Err(UriError::Scheme);
        }
        let is_sip = scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips");
        let layout = Layout::read(text, colon + 1);
        let port = layout.port(text);
        if is_sip && !is_host(part(text, &layout.host)) {
            return Err(UriError::Host);
        }
        if is_sip && port.is_err() {
            return Err(UriError::Port);
        }
        let opaque = !is_sip && layout.user.is_none();
        Ok(Self {
            scheme: 0..colon,
            host: if opaque { 0..0 } else { layout.host },
            user: layout.user,
            port: if opaque { None } else { port.unwrap_or(None) },
            parameters: layout.parameters,
            headers: layout.headers,
            text: text.to_owned(),
        })
    }

    /// The whole URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme as written, without the colon.
    #[must_use]
    pub fn scheme(&self) -> &str {
        part(&self.text, &self.scheme)
    }

    /// True for `sip:` and `sips:`.
    #[must_use]
    pub fn is_sip(&self) -> bool {
        self.scheme().eq_ignore_ascii_case("sip") || self.is_secure()
    }

    /// True for `sips:`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme().eq_ignore_ascii_case("sips")
    }

    /// The user part as written: escapes stay, a password is left out.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        let info = part(&self.text, self.user.as_ref()?);
        Some(info.split_once(':').map_or(info, |(user, _)| user))
    }

    /// The host as written (an IPv6 address with its brackets); empty when the
    /// scheme has none, as in `tel:`.
    #[must_use]
    pub fn host(&self) -> &str {
        part(&self.text, &self.host)
    }

    /// The port, if one is written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// A URI parameter by name; empty text when it has no value.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        part(&self.text, &self.parameters)
            .split(';')
            .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// What follows a `?`, if anything does.
    #[must_use]
    pub fn headers(&self) -> Option<&str> {
        self.headers.as_ref().map(|span| part(&self.text, span))
    }

    /// The address of record this URI stands for (RFC 3261 section 10.3 step
    /// 5): scheme, user with its escapes undone, host in lower case; no
    /// password, port, parameters or headers. Opaque URIs stay as they are.
    #[must_use]
    pub fn address_of_record(&self) -> String {
        if self.host.is_empty() {
            return self.text.clone();
        }
        let scheme = self.scheme().to_ascii_lowercase();
        let host = self.host().to_ascii_lowercase();
        self.user().map_or_else(
            || format!("{scheme}:{host}"),
            |user| format!("{scheme}:{}@{host}", unescaped(user)),
        )
    }
}

impl Ord for Uri {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl PartialOrd for Uri {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

/// Where the parts lie behind the scheme; positions in the whole text.
struct Layout {
    user: Option<Range<usize>>,
    host: Range<usize>,
    port: Option<Range<usize>>,
    parameters: Range<usize>,
    headers: Option<Range<usize>>,
}

impl Layout {
    fn read(text: &str, start: usize) -> Self {
        let find = |from: usize, wanted: &[char]| {
            let rest = part(text, &(from..text.len()));
            rest.find(wanted).map(|found| from + found)
        };
        let at = find(start, &['@']);
        let host = at.map_or(start, |at| at + 1);
        let query = find(host, &['?']);
        let end = query.unwrap_or(text.len());
        let semicolon = find(host, &[';']).filter(|found| *found < end);
        let authority = host..semicolon.unwrap_or(end);
        let colon = port_colon(part(text, &authority)).map(|colon| host + colon);
        Self {
            user: at.map(|at| start..at),
            host: host..colon.unwrap_or(authority.end),
            port: colon.map(|colon| colon + 1..authority.end),
            parameters: semicolon.map_or(end..end, |semicolon| semicolon + 1..end),
            headers: query.map(|query| query + 1..text.len()),
        }
    }

    fn port(&self, text: &str) -> Result<Option<u16>, UriError> {
        let Some(span) = &self.port else {
            return Ok(None);
        };
        let digits = part(text, span);
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(UriError::Port);
        }
        digits.parse().map(Some).map_err(|_| UriError::Port)
    }
}

fn port_colon(authority: &str) -> Option<usize> {
    let behind_address = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    authority
        .get(behind_address..)?
        .find(':')
        .map(|colon| behind_address + colon)
}

fn check_characters(text: &str) -> Result<(), UriError> {
    let mut escape_digits = 0;
    for byte in text.bytes() {
        if escape_digits > 0 && !byte.is_ascii_hexdigit() {
            return Err(UriError::Escape);
        }
        if !byte.is_ascii_graphic() || matches!(byte, b'<' | b'>' | b'"' | b'\\' | b'`' | b'^') {
            return Err(UriError::Character);
        }
        escape_digits = match byte {
            b'%' => 2,
            _ => u8::saturating_sub(escape_digits, 1),
        };
    }
    if escape_digits > 0 {
        return Err(UriError::Escape);
    }
    Ok(())
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// A host name, an IPv4 address, or an IPv6 address in brackets. Underscores
/// are let through: networks of real offices have them.
pub(crate) fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        return is_ipv6(address);
    }
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// RFC 3261 asked for a third colon before an embedded IPv4 address, and RFC 5118,
/// section 4.10, to tolerate it. Nobody can read it as another address.
fn is_ipv6(address: &str) -> bool {
    let is_right = |text: &str| text.parse::<std::net::Ipv6Addr>().is_ok();
    let without = || {
        let (before, embedded) = address.split_once(":::")?;
        let _four: std::net::Ipv4Addr = embedded.parse().ok()?;
        Some(format!("{before}::{embedded}"))
    };
    is_right(address) || without().is_some_and(|text| is_right(&text))
}

/// Undoes `%XX`; what is then no UTF-8 stays escaped.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escape = (*first == b'%')
            .then(|| behind.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escape.unwrap_or(*first));
        rest = match escape {
            Some(_) => behind.get(2..).unwrap_or_default(),
            None => behind,
        };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn part<'a>(text: &'a str, span: &Range<usize>) -> &'a str {
    text.get(span.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sip_uri_gives_its_parts() {
        let uri =
            Uri::parse("sips:alice:pw@[2001:db8::1]:5061;transport=tcp;lr?Subject=x").unwrap();

        assert_eq!(uri.scheme(), "sips");
        assert_eq!(uri.user(), Some("alice"));
        assert_eq!((uri.host(), uri.port()), ("[2001:db8::1]", Some(5061)));
        assert_eq!(uri.parameter("Transport"), Some("tcp"));
        assert_eq!((uri.parameter("lr"), uri.parameter("x")), (Some(""), None));
        assert_eq!(uri.headers(), Some("Subject=x"));
    }

    #[test]
    fn other_schemes_are_carried_as_they_are() {
        for text in [
            "tel:+49-30-1234;phone-context=x",
            "im:bob@example.com",
            "soap.beep://192.0.2.103:3002",
        ] {
            assert_eq!(Uri::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(Uri::parse("tel:+4930").unwrap().host(), "");
        assert_eq!(
            Uri::parse("im:bob@example.com").unwrap().host(),
            "example.com"
        );
    }

    #[test]
    fn a_user_may_hold_what_looks_like_a_parameter() {
        let uri = Uri::parse("sip:user;par=u%40example.net@example.com").unwrap();

        assert_eq!(uri.user(), Some("user;par=u%40example.net"));
        assert_eq!(uri.host(), "example.com");
    }

    #[test]
    fn what_is_no_uri_is_refused_with_its_reason() {
        let cases = [
            ("alice@example.com", UriError::Scheme),
            ("sip:a b@example.com", UriError::Character),
            ("sip:a%4@example.com", UriError::Escape),
            ("sip:alice@", UriError::Host),
            ("sip:alice@example.com:99999", UriError::Port),
        ];
        for (text, error) in cases {
            assert_eq!(Uri::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn two_spellings_share_one_address_of_record() {
        let uri = Uri::parse("SIP:%61lice@Example.COM:5061;transport=tls").unwrap();

        assert_eq!(uri.address_of_record(), "sip:alice@example.com");
    }
}
