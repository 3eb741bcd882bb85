//! Decides what can be shared and how it is named on the command line:
//! `screen`, `window:ID` or `test-pattern`.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What is to be captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The whole screen of the display.
    Screen,
    /// A picture that this program draws itself; needs no display.
    TestPattern,
    /// One window, by its X11 id.
    Window(u32),
}

impl FromStr for Source {
    type Err = SourceSyntaxError;

    /// Reads `screen`, `test-pattern` or `window:ID`; the id is decimal or
    /// hexadecimal with `0x`, as xwininfo prints it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || SourceSyntaxError {
            text: text.to_owned(),
        };
        match text {
            "screen" => return Ok(Self::Screen),
            "test-pattern" => return Ok(Self::TestPattern),
            _ => {}
        }
        let id = text.strip_prefix("window:").ok_or_else(wrong)?;
        let read = match id.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => id.parse(),
        };
        read.map(Self::Window).map_err(|_| wrong())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Screen => formatter.write_str("screen"),
            Self::TestPattern => formatter.write_str("test-pattern"),
            Self::Window(id) => write!(formatter, "window:{id:#x}"),
        }
    }
}

/// One thing that can be shared now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceInfo {
    /// What to open.
    pub source: Source,
    /// The title of the window, the name of the display.
    pub name: String,
    /// Columns left of it on the screen.
    pub x: i32,
    /// Rows above it on the screen.
    pub y: i32,
    /// Its columns.
    pub width: usize,
    /// Its rows.
    pub height: usize,
}

/// A text names no source.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{text}` is no source: use `screen`, `window:ID` (as xwininfo shows it) or `test-pattern`"
)]
pub struct SourceSyntaxError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_as_it_is_written() {
        for source in [
            Source::Screen,
            Source::TestPattern,
            Source::Window(0x40_0007),
        ] {
            assert_eq!(source.to_string().parse(), Ok(source));
        }
        assert_eq!("window:77".parse(), Ok(Source::Window(77)));
    }

    #[test]
    fn anything_else_is_refused_with_the_choices() {
        for text in ["", "window", "window:", "window:0xg", "window:-1", "Screen"] {
            let error = text.parse::<Source>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "`{text}` is no source: use `screen`, `window:ID` (as xwininfo shows it) or \
                     `test-pattern`"
                )
            );
        }
    }
}
