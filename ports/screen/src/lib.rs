//! Screens and pixels: capture by damage, H.264, pictures.
//!
//! A sharer opens a [`Source`], waits for changes and encodes them (loop in
//! [`encode`]); a viewer decodes ([`decode`]) into [`Picture`]s. An idle screen
//! costs nothing: the capture sleeps on the display's connection until
//! something is damaged. The test pattern carries a [`counter`] that tells the
//! age of a picture at the far end.
//!
//! What is sent where, to whom and with whose consent is left to the endpoint.

pub mod capture;
mod colour;
pub mod counter;
pub mod decode;
pub mod encode;
mod painter;
pub mod pattern;
mod picture;
mod rectangle;
mod similarity;
mod source;
mod speed;

pub use capture::{
    Capture, CaptureError, Captured, Change, CursorImage, CursorState, Options, Sources, open,
    sources,
};
pub use colour::picture_from_bgra;
pub use decode::{DecodeError, H264Decoder};
pub use encode::{Encode, EncodeError, EncodedFrame, H264Encoder, Request};
pub use painter::{PaintError, paint};
pub use picture::{Picture, PngError};
pub use rectangle::Rectangle;
pub use similarity::similarity;
pub use source::{Source, SourceInfo, SourceSyntaxError};
pub use speed::{Speed, speed_probe};
