//! Decides what From, To, Contact, Route and their like name (RFC 3261
//! section 20.10): a display name, a URI and the header's own parameters.

use super::list::{self, Parameters, Place};
use super::method::is_token_byte;
use crate::uri::{Uri, UriError};
use std::fmt;
use std::str::FromStr;

/// `"Display" <uri>;parameters`, or a bare URI with parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    display: Option<String>,
    uri: Uri,
    parameters: Parameters,
}

/// Why a text is no name-addr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameAddrError {
    /// A quotation mark or angle bracket is never closed.
    #[error("a quotation mark or angle bracket is not closed")]
    Unbalanced,
    /// The display name is neither a quoted text nor made of plain words.
    #[error("the display name must stand in quotation marks")]
    Display,
    /// Something other than parameters follows the address.
    #[error("something other than a parameter follows the address")]
    Rest,
    /// A URI with `?` must stand in angle brackets (RFC 3261 section 20.10).
    #[error("a URI with headers must stand in angle brackets")]
    Brackets,
    /// The URI itself.
    #[error(transparent)]
    Uri(#[from] UriError),
}

impl NameAddr {
    /// An address without parameters.
    #[must_use]
    pub fn new(display: Option<&str>, uri: Uri) -> Self {
        Self {
            display: display.map(str::to_owned),
            uri,
            parameters: Parameters::default(),
        }
    }

    /// Reads one value of a header (one entry of a list, not the list).
    pub fn parse(text: &str) -> Result<Self, NameAddrError> {
        let text = text.trim();
        let Some(open) = opening_bracket(text)? else {
            return Self::parse_bare(text);
        };
        let (display, rest) = text.split_at_checked(open).unwrap_or((text, ""));
        let (uri, rest) = rest
            .strip_prefix('<')
            .and_then(|rest| rest.split_once('>'))
            .ok_or(NameAddrError::Unbalanced)?;
        if !rest.trim().is_empty() && !rest.trim_start().starts_with(';') {
            return Err(NameAddrError::Rest);
        }
        if !list::is_balanced(rest) {
            return Err(NameAddrError::Unbalanced);
        }
        Ok(Self {
            display: read_display(display.trim())?,
            uri: Uri::parse(uri)?,
            parameters: Parameters::parse(rest),
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

    /// The display name without its quotation marks.
    #[must_use]
    pub fn display(&self) -> Option<&str> {
        self.display.as_deref()
    }

    /// The address itself.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The URI's user part.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.uri.user()
    }

    /// The URI's host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.uri.host()
    }

    /// A parameter of the header (not of the URI); empty text for a flag.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.value(name)
    }

    /// All parameters of the header.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The dialog tag.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.parameter("tag")
    }

    fn parse_bare(text: &str) -> Result<Self, NameAddrError> {
        let (uri, rest) = text.split_once(';').unwrap_or((text, ""));
        if !list::is_balanced(rest) {
            return Err(NameAddrError::Unbalanced);
        }
        let uri = Uri::parse(uri.trim())?;
        if uri.headers().is_some() && uri.is_sip() {
            return Err(NameAddrError::Brackets);
        }
        Ok(Self {
            display: None,
            uri,
            parameters: Parameters::parse(rest),
        })
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            write!(f, "{} ", list::quoted(display))?;
        }
        write!(f, "<{}>{}", self.uri, self.parameters)
    }
}

impl FromStr for NameAddr {
    type Err = NameAddrError;

    fn from_str(text: &str) -> Result<Self, NameAddrError> {
        Self::parse(text)
    }
}

/// Where `<` stands outside quotation marks, if it does.
fn opening_bracket(text: &str) -> Result<Option<usize>, NameAddrError> {
    let mut place = Place::Open;
    for (index, byte) in text.bytes().enumerate() {
        place = place.after(byte);
        if place == Place::Bracketed {
            return Ok(Some(index));
        }
    }
    match place {
        Place::Open | Place::Bracketed => Ok(None),
        Place::Quoted | Place::Escaped => Err(NameAddrError::Unbalanced),
    }
}

fn read_display(text: &str) -> Result<Option<String>, NameAddrError> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.starts_with('"') {
        let is_one = text.len() > 1 && text.ends_with('"');
        return is_one
            .then(|| Some(list::unquoted(text)))
            .ok_or(NameAddrError::Display);
    }
    // Bytes outside ASCII are no tokens, but clients write them and no reader
    // can mistake them for anything else.
    let is_plain = text
        .bytes()
        .all(|byte| is_token_byte(byte) || byte == b' ' || byte == b'\t' || !byte.is_ascii());
    is_plain
        .then(|| Some(text.to_owned()))
        .ok_or(NameAddrError::Display)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_gives_its_plain_text() {
        let address = NameAddr::parse(r#" "J \"R\" <x>"  <sip:j@h;lr> ; tag = 9 "#).unwrap();

        assert_eq!(address.display(), Some("J \"R\" <x>"));
        assert_eq!(address.uri().as_str(), "sip:j@h;lr");
        assert_eq!((address.tag(), address.parameter("lr")), (Some("9"), None));
    }

    #[test]
    fn parameters_of_a_bare_uri_belong_to_the_header() {
        let address = NameAddr::parse("sip:j@h;tag=1").unwrap();

        assert_eq!(address.uri().as_str(), "sip:j@h");
        assert_eq!(address.to_string(), "<sip:j@h>;tag=1");
    }

    #[test]
    fn what_can_be_read_two_ways_is_refused() {
        let cases = [
            (r#""Mr. J. User <sip:j@h>"#, NameAddrError::Unbalanced),
            ("Bell, Alexander <sip:a@h>", NameAddrError::Display),
            ("<sip:a@h> x", NameAddrError::Rest),
            (r#"<sip:a@h>;x="y"#, NameAddrError::Unbalanced),
            ("<sip:a@h>;x=<y", NameAddrError::Unbalanced),
            ("sip:a@h?Route=x", NameAddrError::Brackets),
            ("< sip:a@h>", NameAddrError::Uri(UriError::Character)),
        ];
        for (text, error) in cases {
            assert_eq!(NameAddr::parse(text), Err(error), "{text}");
        }
    }
}
