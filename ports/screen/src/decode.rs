//! Decodes H.264 with openh264: one encoded picture in, one [`Picture`] out.
//! Collecting the packets of a picture is left to the media path.
//!
//! ```no_run
//! use hopsight_screen::{H264Decoder, counter};
//!
//! # fn frames() -> Vec<Vec<u8>> { vec![] }
//! # fn ask_for_key_frame() {}
//! # fn view() -> Result<(), Box<dyn std::error::Error>> {
//! let mut decoder = H264Decoder::new()?;
//! for bytes in frames() {
//!     match decoder.decode(&bytes) {
//!         Ok(Some(picture)) => {
//!             let mark = counter::read(picture.luma(), picture.width(), picture.width());
//!             std::fs::write("frame.png", picture.to_png()?)?;
//!         }
//!         Ok(None) => {}
//!         Err(error) => ask_for_key_frame(),
//!     }
//! }
//! # Ok(())
//! # }
//! ```

use crate::picture::Picture;
use openh264::OpenH264API;
use openh264::decoder::{Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource;
use thiserror::Error;

/// The H.264 decoder.
pub struct H264Decoder {
    decoder: Decoder,
}

impl H264Decoder {
    /// A decoder that waits for its first key frame.
    pub fn new() -> Result<Self, DecodeError> {
        // Flushing would hand out pictures twice; there is nothing to flush
        // when every picture is decoded at once.
        let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
        let decoder = Decoder::with_api_config(OpenH264API::from_source(), config)
            .map_err(|source| DecodeError::SetUp { source })?;
        Ok(Self { decoder })
    }

    /// Decodes one picture (Annex B). `None` when the bytes hold no picture, or
    /// it cannot be shown yet because the key frame is missing.
    pub fn decode(&mut self, annex_b: &[u8]) -> Result<Option<Picture>, DecodeError> {
        let unreadable = |source| DecodeError::Unreadable {
            bytes: annex_b.len(),
            source,
        };
        let Some(decoded) = self.decoder.decode(annex_b).map_err(unreadable)? else {
            return Ok(None);
        };
        let (width, height) = decoded.dimensions();
        let (stride, colour_stride, _) = decoded.strides();
        let planes = [decoded.y(), decoded.u(), decoded.v()];
        Picture::from_planes((width & !1, height & !1), planes, stride, colour_stride)
            .map(Some)
            .ok_or(DecodeError::OddPicture { width, height })
    }
}

impl std::fmt::Debug for H264Decoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("H264Decoder")
            .finish_non_exhaustive()
    }
}

/// Why a picture could not be decoded.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The decoder could not be made.
    #[error("the H.264 decoder (openh264) could not be set up")]
    SetUp {
        /// What openh264 says.
        #[source]
        source: openh264::Error,
    },
    /// The bytes are damaged, or what they refer to was lost.
    #[error("a picture of {bytes} bytes could not be decoded; a key frame is needed")]
    Unreadable {
        /// Length of what came.
        bytes: usize,
        /// What openh264 says.
        #[source]
        source: openh264::Error,
    },
    /// The decoder gave planes that do not fit the size it names.
    #[error("the decoded picture of {width}x{height} is incomplete; a key frame is needed")]
    OddPicture {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
}

impl DecodeError {
    /// Whether going on (after asking for a key frame) can help.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::SetUp { .. } => false,
            Self::OddPicture { .. } | Self::Unreadable { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_an_error_or_nothing_but_never_a_picture() {
        let mut decoder = H264Decoder::new().unwrap();

        assert!(!matches!(decoder.decode(&[]), Ok(Some(_))));
        assert!(!matches!(
            decoder.decode(&[0, 0, 0, 1, 0x65, 1, 2, 3]),
            Ok(Some(_))
        ));
        assert!(!matches!(decoder.decode(&[7; 1000]), Ok(Some(_))));
    }
}
