//! Decides how reading the outside world ends: with a value and remarks, never
//! with a panic and never with a line lost in silence.

use serde::{Deserialize, Serialize};

/// What was read, and everything about the input that was not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// What could be made of the input.
    pub value: T,
    /// What could not, and where; in the order of the input.
    pub remarks: Vec<Remark>,
}

impl<T> Read<T> {
    /// A reading without remarks.
    pub const fn clean(value: T) -> Self {
        Self {
            value,
            remarks: Vec::new(),
        }
    }

    /// The same remarks about another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Read<U> {
        Read {
            value: change(self.value),
            remarks: self.remarks,
        }
    }
}

/// One thing about the input that was not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Remark {
    /// Where it stands.
    pub place: Place,
    /// What is wrong there, as one sentence without a full stop.
    pub problem: String,
}

/// A place in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Byte offset, counted from 0.
    Byte(usize),
    /// Line number, counted from 1.
    Line(usize),
    /// The input as a whole.
    Whole,
}
