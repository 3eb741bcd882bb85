//! Decides that a secret cannot be printed by accident.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A value that `Debug` and `Display` print as `‹hidden›`. Whoever needs it
/// says so by calling [`Redacted::reveal`].
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Hides `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The hidden value.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The hidden value, by move.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹hidden›")
    }
}

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹hidden›")
    }
}

impl<T> From<T> for Redacted<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows_in_text() {
        let secret = Redacted::new("swordfish");

        assert_eq!(format!("{secret:?} {secret}"), "‹hidden› ‹hidden›");
        assert_eq!(*secret.reveal(), "swordfish");
    }
}
