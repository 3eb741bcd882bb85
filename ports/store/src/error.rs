//! Decides how a store says that it could not: what was tried, why not, whether
//! trying again can help, and what to do.

/// A store operation that did not happen. Nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not {tried}: {detail}")]
pub struct StoreError {
    /// What was tried, as words that follow "could not".
    pub tried: String,
    /// Why it did not happen.
    pub kind: StoreErrorKind,
    /// What the store itself said. Never holds a secret.
    pub detail: String,
}

/// Why a store operation did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreErrorKind {
    /// Others held the store for longer than a write waits.
    Busy,
    /// Something with that name exists already.
    Conflict,
    /// The file is damaged, or holds what no version of the program writes.
    Corrupt,
    /// No room is left on the disk.
    Full,
    /// The values contradict each other.
    Invalid,
    /// What the operation is about does not exist.
    NotFound,
    /// The file was written by a newer version of the program.
    Newer,
    /// The store cannot be read or written: rights, missing folder, disk error.
    Unavailable,
}

impl StoreError {
    /// The error of an operation, told as words that follow "could not".
    pub fn new(tried: impl Into<String>, kind: StoreErrorKind, detail: impl Into<String>) -> Self {
        Self {
            tried: tried.into(),
            kind,
            detail: detail.into(),
        }
    }

    /// Whether the same call can succeed later without anybody's doing.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self.kind {
            StoreErrorKind::Busy => true,
            StoreErrorKind::Conflict
            | StoreErrorKind::Corrupt
            | StoreErrorKind::Full
            | StoreErrorKind::Invalid
            | StoreErrorKind::NotFound
            | StoreErrorKind::Newer
            | StoreErrorKind::Unavailable => false,
        }
    }

    /// What to do about it, as a sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.kind {
            StoreErrorKind::Busy => {
                "Try again; if it lasts, see which other program holds the database."
            }
            StoreErrorKind::Conflict => "Choose another name.",
            StoreErrorKind::Corrupt => {
                "Stop the server, keep a copy of the database file, and restore the last backup."
            }
            StoreErrorKind::Full => {
                "Free space on the disk that holds the state directory; the server goes on by itself."
            }
            StoreErrorKind::Invalid => "Report this as a fault of the program.",
            StoreErrorKind::NotFound => "Check the name; it may have been removed meanwhile.",
            StoreErrorKind::Newer => {
                "Run the newer version of the program, or restore a backup made by this one."
            }
            StoreErrorKind::Unavailable => {
                "Check that the state directory exists and that the server's user may write there."
            }
        }
    }
}
