//! Says what can go wrong with a capture: what it was, where, and what to do.

use crate::source::Source;
use thiserror::Error;
use x11rb::errors::{ConnectError, ConnectionError};

/// Why a source cannot be captured (any longer).
#[derive(Debug, Error)]
pub enum CaptureError {
    /// No display is named.
    #[error(
        "there is no screen to share: DISPLAY is not set. Run this inside the desktop session, \
         or name the display (DISPLAY=:0), or share `test-pattern`"
    )]
    NoDisplay,
    /// The name of the display does not lead to a display.
    #[error(
        "cannot connect to display {display}. Check that it runs and that DISPLAY names it \
         (usually :0)"
    )]
    CannotConnect {
        /// The display.
        display: String,
        /// What was met.
        #[source]
        source: ConnectError,
    },
    /// The display does not let this program in.
    #[error(
        "display {display} refused the connection: {reason}. Run this as the user of the desktop \
         session, or set XAUTHORITY to that user's file"
    )]
    Denied {
        /// The display.
        display: String,
        /// What it says.
        reason: String,
    },
    /// The display lacks something that capturing needs.
    #[error(
        "display {display} does not offer the extension {extension}, which capturing {what} \
         needs. Use a display server that has it (Xorg, Xwayland, Xvfb have)"
    )]
    ExtensionMissing {
        /// The display.
        display: String,
        /// The extension.
        extension: &'static str,
        /// What was to be captured.
        what: Source,
    },
    /// The pixels come in a form that is not understood.
    #[error(
        "display {display} has pixels of {depth} bits in {bits_per_pixel} and cannot be captured. \
         Set it to 24-bit colour"
    )]
    PixelForm {
        /// The display.
        display: String,
        /// Bits of colour.
        depth: u8,
        /// Bits that a pixel occupies; 0 when unknown.
        bits_per_pixel: u8,
    },
    /// The window has no picture now.
    #[error(
        "{what} on display {display} shows nothing now: it is minimised or too small. Bring it \
         up and share it again"
    )]
    SourceHidden {
        /// The display.
        display: String,
        /// The source.
        what: Source,
    },
    /// The window is closed.
    #[error(
        "{what} on display {display} is gone: it was closed, or there never was one. Choose another source"
    )]
    SourceGone {
        /// The display.
        display: String,
        /// The source.
        what: Source,
    },
    /// The display went away.
    #[error(
        "the connection to display {display} was lost: the desktop session ended or its server \
         stopped. Share again when it is back"
    )]
    BackendLost {
        /// The display.
        display: String,
        /// What was met.
        #[source]
        source: ConnectionError,
    },
    /// The display refused a request that it should carry out.
    #[error("display {display} refused to {request}: {reason}. Share again")]
    Refused {
        /// The display.
        display: String,
        /// What was asked for.
        request: &'static str,
        /// What it says.
        reason: String,
    },
}

impl CaptureError {
    /// Whether opening the same source again may succeed without anybody doing
    /// something first.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::BackendLost { .. }
            | Self::CannotConnect { .. }
            | Self::Refused { .. }
            | Self::SourceHidden { .. } => true,
            Self::Denied { .. }
            | Self::ExtensionMissing { .. }
            | Self::NoDisplay
            | Self::PixelForm { .. }
            | Self::SourceGone { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_what_to_do() {
        let error = CaptureError::SourceGone {
            display: ":7".to_owned(),
            what: Source::Window(0x20),
        };

        assert_eq!(
            error.to_string(),
            "window:0x20 on display :7 is gone: it was closed, or there never was one. Choose \
             another source"
        );
        assert!(!error.may_retry());
    }
}
