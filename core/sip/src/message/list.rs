//! Decides where one value of a header ends and the next begins (RFC 3261
//! section 7.3.1), and what its parameters are. Commas and semicolons inside
//! quotation marks or angle brackets do not count. Each byte is visited once.

use std::fmt;
use std::ops::Range;

/// The parameters behind a value, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    text: String,
    entries: Vec<(String, Option<String>)>,
}

impl Parameters {
    /// Reads `;name=value;flag`. The text may begin with the semicolon or be
    /// empty. Quotation marks around a value are undone.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let text = text.strip_prefix(';').unwrap_or(text);
        let entries = split(text.as_bytes(), b';')
            .into_iter()
            .filter_map(|span| text.get(span))
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .map(read_entry)
            .collect();
        Self {
            text: text.trim().to_owned(),
            entries,
        }
    }

    /// A value by its name in any case; empty text for a flag.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.entries
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_deref().unwrap_or_default())
    }

    /// All of them: name as written, and value without quotation marks.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// The same with `name=value` at the end in place of any earlier one; the
    /// value is quoted when it is no token.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let kept = split(self.text.as_bytes(), b';')
            .into_iter()
            .filter_map(|span| self.text.get(span))
            .map(str::trim)
            .filter(|entry| !entry.is_empty() && !read_entry(entry).0.eq_ignore_ascii_case(name));
        let mut text: Vec<String> = kept.map(str::to_owned).collect();
        text.push(if value.is_empty() {
            name.to_owned()
        } else if value.bytes().all(is_bare) {
            format!("{name}={value}")
        } else {
            format!("{name}={}", quoted(value))
        });
        Self::parse(&text.join(";"))
    }
}

/// Writes the parameters as they stood, with a semicolon in front.
impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.is_empty() {
            return Ok(());
        }
        write!(f, ";{}", self.text)
    }
}

fn read_entry(entry: &str) -> (String, Option<String>) {
    let (name, value) = match entry.split_once('=') {
        Some((name, value)) => (name, Some(unquoted(value.trim()))),
        None => (entry, None),
    };
    (name.trim().to_owned(), value)
}

const fn is_bare(byte: u8) -> bool {
    super::method::is_token_byte(byte) || matches!(byte, b':' | b'[' | b']')
}

/// The spans between separators that stand outside quotation marks and angle
/// brackets. There is always at least one, perhaps empty.
pub(crate) fn split(bytes: &[u8], separator: u8) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    let mut place = Place::Open;
    for (index, byte) in bytes.iter().copied().enumerate() {
        if byte == separator && place == Place::Open {
            spans.push(start..index);
            start = index + 1;
        } else {
            place = place.after(byte);
        }
    }
    spans.push(start..bytes.len());
    spans
}

/// Whether every quotation mark and angle bracket is closed. What is added behind
/// an open one would be read as part of it, or not, as each reader likes.
pub(crate) fn is_balanced(text: &str) -> bool {
    text.bytes().fold(Place::Open, Place::after) == Place::Open
}

/// Where in a header value a byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Outside of everything.
    Open,
    /// Between quotation marks.
    Quoted,
    /// Directly behind a backslash between quotation marks.
    Escaped,
    /// Between angle brackets.
    Bracketed,
}

impl Place {
    pub(crate) const fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Open, b'"') | (Self::Escaped, _) => Self::Quoted,
            (Self::Open, b'<') => Self::Bracketed,
            (Self::Quoted, b'\\') => Self::Escaped,
            (Self::Quoted, b'"') | (Self::Bracketed, b'>') => Self::Open,
            (Self::Open | Self::Quoted | Self::Bracketed, _) => self,
        }
    }
}

/// Undoes quotation marks and backslashes, if the text is quoted.
pub(crate) fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut escaped = false;
    inner
        .chars()
        .filter(|character| {
            escaped = *character == '\\' && !escaped;
            !escaped
        })
        .collect()
}

/// Puts quotation marks around a text and a backslash where one is needed.
pub(crate) fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quotes_and_brackets_separate_nothing() {
        let text = r#""a, \", b" <sip:x,y@h>;p="1,2" , <sip:z@h>"#;
        let values: Vec<&str> = split(text.as_bytes(), b',')
            .into_iter()
            .map(|span| text[span].trim())
            .collect();

        assert_eq!(values, [r#""a, \", b" <sip:x,y@h>;p="1,2""#, "<sip:z@h>"]);
    }

    #[test]
    fn parameters_are_found_in_any_case_and_unquoted() {
        let parameters = Parameters::parse(r#"; branch =  z9 ;x="a;\"b" ; lr"#);

        assert_eq!(parameters.value("BRANCH"), Some("z9"));
        assert_eq!(parameters.value("x"), Some("a;\"b"));
        assert_eq!(
            (parameters.value("lr"), parameters.value("y")),
            (Some(""), None)
        );
    }

    #[test]
    fn a_parameter_takes_the_place_of_its_forerunner() {
        let parameters = Parameters::parse(";rport;branch=a").with("rport", "5060");

        assert_eq!(parameters.to_string(), ";branch=a;rport=5060");
    }
}
