//! Decides what names a session and what opens a door: [`SessionId`] may be
//! shown and logged, a [`Token`] may not.

use crate::{Random, Redacted, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Names one sharing session. 26 characters of Crockford base 32: 48 bits of
/// milliseconds, then 80 bits of chance, so that ids sort by time (the form of
/// a ULID).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

/// A text that is not a session id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session id has 26 letters and digits, this text has another form")]
pub struct SessionIdError;

impl SessionId {
    /// Draws the id of a session that begins at `now`.
    #[must_use]
    pub fn draw(now: Timestamp, random: &mut dyn Random) -> Self {
        let mut chance = [0; 10];
        random.fill(&mut chance);
        let millis = u128::from(now.unix_micros() / 1000) & ((1 << 48) - 1);
        let drawn = chance
            .iter()
            .fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        Self(crockford((millis << 80) | drawn, 26))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, SessionIdError> {
        let is_id = text.len() == 26 && text.bytes().all(|byte| ALPHABET.contains(&byte));
        is_id.then(|| Self(text.to_owned())).ok_or(SessionIdError)
    }
}

impl TryFrom<String> for SessionId {
    type Error = SessionIdError;

    fn try_from(text: String) -> Result<Self, SessionIdError> {
        text.parse()
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.0
    }
}

/// A secret that opens something to whoever holds it: a link, a ticket, a
/// cookie, a device secret. 128 bits or more, as lower-case text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(Redacted<String>);

impl Token {
    /// Draws a token of 160 bits (32 characters).
    #[must_use]
    pub fn draw(random: &mut dyn Random) -> Self {
        let mut chance = [0; 20];
        random.fill(&mut chance);
        let text: String = chance
            .chunks(5)
            .map(|part| {
                let number = part
                    .iter()
                    .fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
                crockford(number, 8)
            })
            .collect();
        Self(Redacted::new(text.to_ascii_lowercase()))
    }

    /// Takes over a token that somebody presented.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(Redacted::new(text.to_owned()))
    }

    /// The token as text, for the one place that hands it out or compares it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

fn crockford(number: u128, characters: u32) -> String {
    (0..characters)
        .rev()
        .map(|place| {
            let digit = (number >> (5 * place)) & 31;
            let index = usize::try_from(digit).unwrap_or(0);
            char::from(ALPHABET.get(index).copied().unwrap_or(b'0'))
        })
        .collect()
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn a_later_session_has_a_greater_id() {
        let mut random = SeededRandom::new(1);
        let early = SessionId::draw(Timestamp::from_unix_seconds(1), &mut random);
        let late = SessionId::draw(Timestamp::from_unix_seconds(2), &mut random);

        assert!(early < late);
        assert_eq!(late.as_str().parse(), Ok(late.clone()));
    }

    #[test]
    fn a_text_of_another_form_is_no_session_id() {
        assert_eq!("../../etc/passwd".parse::<SessionId>(), Err(SessionIdError));
    }

    #[test]
    fn a_token_has_32_characters_and_never_shows() {
        let token = Token::draw(&mut SeededRandom::new(1));

        assert_eq!(token.reveal().len(), 32);
        assert_eq!(format!("{token:?}"), "Token(‹hidden›)");
    }
}
