//! Decides what an encoder owes its caller: pictures go in, H.264 comes out,
//! nothing is ever buffered. The first picture after a big change may be
//! coarse; the encoder then asks to be called again ([`Encode::next_wake`])
//! and sends the same picture sharper as soon as the link has room, until it
//! is sharp. Then it has nothing more to send.
//!
//! A sharer's loop (blocking, on a thread of its own):
//!
//! ```no_run
//! use hopsight_screen::{Encode, H264Encoder, Options, Request, Source, open};
//! use std::time::{Duration, Instant};
//!
//! # fn send(_: &hopsight_screen::EncodedFrame) {}
//! # fn send_cursor(_: &hopsight_screen::CursorState) {}
//! # fn key_frame_wanted() -> bool { false }
//! # fn bitrate() -> u32 { 2_500_000 }
//! # fn share() -> Result<(), Box<dyn std::error::Error>> {
//! let mut capture = open(Source::Screen, &Options::default())?;
//! let mut encoder = H264Encoder::new(bitrate())?;
//! loop {
//!     // Often enough for the pointer; later only when the encoder says so.
//!     let tick = Instant::now() + Duration::from_millis(50);
//!     let wake = encoder.next_wake().map_or(tick, |wake| wake.min(tick));
//!     let captured = capture.next(wake)?;
//!
//!     encoder.set_bitrate(bitrate());
//!     let request = Request { key: key_frame_wanted(), area: captured.area() };
//!     if let Some(frame) = encoder.encode(capture.picture(), request, Instant::now())? {
//!         send(&frame);
//!     }
//!     if let Some(cursor) = capture.cursor()? {
//!         send_cursor(&cursor);
//!     }
//! }
//! # }
//! ```

mod budget;
mod h264;
mod options;

pub use h264::H264Encoder;

use crate::picture::Picture;
use std::time::{Duration, Instant};
use thiserror::Error;

/// What the caller wants of one call of [`Encode::encode`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// A picture that can be decoded without any earlier one.
    pub key: bool,
    /// How many pixels have changed since the last call
    /// ([`crate::Captured::area`]); 0 when the screen rests.
    pub area: usize,
}

/// One encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedFrame {
    /// H.264 as Annex B: NAL units with start codes, parameter sets before
    /// every key frame.
    pub bytes: Vec<u8>,
    /// Whether it can be decoded without any earlier picture.
    pub key: bool,
    /// Whether what it shows is sharp: nothing better will follow unless the
    /// screen changes.
    pub sharp: bool,
    /// The quantiser, 22 (sharp) to 40 (coarse).
    pub quantiser: u8,
    /// How long the encoding took.
    pub took: Duration,
}

/// Turns pictures into a video stream, one at a time, without buffering.
pub trait Encode: Send {
    /// Encodes `picture` if there is something to send at `now` and the bit
    /// rate has room for it. `None` means: nothing now; what was asked for is
    /// remembered, and [`Encode::next_wake`] tells when to call again (with
    /// `area` 0 unless the screen changed meanwhile). A picture of another size
    /// starts with a key frame.
    fn encode(
        &mut self,
        picture: &Picture,
        request: Request,
        now: Instant,
    ) -> Result<Option<EncodedFrame>, EncodeError>;

    /// When to call [`Encode::encode`] again although nothing changes; `None`
    /// when the picture is sharp and all is sent.
    fn next_wake(&self) -> Option<Instant>;

    /// The rate to keep to, in bits a second; holds from the next picture on.
    fn set_bitrate(&mut self, bits_per_second: u32);
}

/// Why a picture could not be encoded.
#[derive(Debug, Error)]
pub enum EncodeError {
    /// The encoder could not be made or set up.
    #[error("the H.264 encoder (openh264) could not be set up ({step})")]
    SetUp {
        /// What was being done.
        step: &'static str,
        /// What openh264 says.
        #[source]
        source: openh264::Error,
    },
    /// A picture was refused.
    #[error("the H.264 encoder (openh264) refused a picture of {width}x{height}")]
    Refused {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// What openh264 says.
        #[source]
        source: openh264::Error,
    },
    /// The picture is larger than H.264 level 5.2 allows.
    #[error(
        "the picture has {width}x{height} pixels and H.264 takes at most 3840x2160: \
         share one window, or lower the resolution of the screen"
    )]
    TooLarge {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
}

impl EncodeError {
    /// Whether the same call may succeed later: only after a refused picture,
    /// beginning with a key frame.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Refused { .. } => true,
            Self::SetUp { .. } | Self::TooLarge { .. } => false,
        }
    }
}
