//! Decides what goes wrong only while the picture is shown, and what the
//! sharer's screen is like. Bringing it about is left to the callers.

use crate::Fault;
use serde::Deserialize;

/// A fault that comes when the picture has come.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Later {
    /// So long after the viewer saw its first picture, in milliseconds.
    pub after_picture_ms: u64,
    /// What goes wrong then.
    pub fault: Fault,
}

/// The screen that the sharer shows, an X server of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Display {
    /// It ends when the sharer has signed in.
    Gone,
    /// It lets nobody in without its cookie when the sharer has signed in.
    Locked,
    /// Whatever is drawn on it is black.
    Black,
}
