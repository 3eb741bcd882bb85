//! Decides what a capture owes its caller: a picture at once, then one for each
//! change, and nothing while nothing changes. Which system the pixels come from
//! is left to the files below; X11 and the test pattern exist.

mod error;
mod test_pattern;
mod x11;

pub use error::CaptureError;
pub(crate) use test_pattern::{since_1970, until_step};
pub(crate) use x11::Display;

use crate::picture::Picture;
use crate::rectangle::Rectangle;
use crate::source::{Source, SourceInfo};
use std::time::{Duration, Instant};

/// How to capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The X11 display, such as `:0`; `None` takes it from `DISPLAY`.
    pub display: Option<String>,
    /// Shortest time between two pictures; faster changes are gathered.
    pub interval: Duration,
    /// Size of the test pattern; the other sources have their own.
    pub pattern_size: (usize, usize),
}

impl Default for Options {
    /// The display of the session, 30 pictures a second, a pattern of 1280x720.
    fn default() -> Self {
        Self {
            display: None,
            interval: Duration::from_millis(33),
            pattern_size: crate::pattern::USUAL_SIZE,
        }
    }
}

/// What waiting for a change has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Captured {
    /// The picture has changed and is up to date.
    Changed(Change),
    /// Nothing has changed until the deadline.
    Unchanged,
}

impl Captured {
    /// Number of changed pixels, for [`crate::Request::area`].
    #[must_use]
    pub fn area(&self) -> usize {
        match self {
            Self::Changed(change) => change.dirty.iter().map(|part| part.area()).sum(),
            Self::Unchanged => 0,
        }
    }
}

/// One change of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Counts the changes of this capture from 1.
    pub sequence: u64,
    /// When the pixels were grabbed.
    pub captured: Instant,
    /// How long grabbing and converting took.
    pub took: Duration,
    /// What may have changed; even, inside the picture, at most eight.
    pub dirty: Vec<Rectangle>,
    /// Whether the picture has another size than before.
    pub resized: bool,
}

/// The pointer, apart from the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorState {
    /// Column of the hot spot, from the left of the source; may lie outside.
    pub x: i32,
    /// Row of the hot spot, from the top of the source; may lie outside.
    pub y: i32,
    /// Its image, when that has changed since the last state.
    pub image: Option<CursorImage>,
}

/// What the pointer looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorImage {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Column of the hot spot in the image.
    pub hot_x: u16,
    /// Row of the hot spot in the image.
    pub hot_y: u16,
    /// Red, green, blue, alpha (not premultiplied), four bytes a pixel.
    pub rgba: Vec<u8>,
}

/// A source that is being captured.
pub trait Capture: Send {
    /// Waits for a change, at most until `deadline`. The first call gives the
    /// whole picture at once. Costs nothing while nothing changes.
    fn next(&mut self, deadline: Instant) -> Result<Captured, CaptureError>;

    /// The picture as of the last call of [`Capture::next`]; black before the
    /// first.
    fn picture(&self) -> &Picture;

    /// The pointer, when it has moved or changed since the last call.
    fn cursor(&mut self) -> Result<Option<CursorState>, CaptureError>;

    /// What is captured.
    fn source(&self) -> Source;

    /// Columns and rows of the picture; always even.
    fn size(&self) -> (usize, usize) {
        (self.picture().width(), self.picture().height())
    }
}

/// What can be shared, and what stands in the way of the rest.
#[derive(Debug)]
pub struct Sources {
    /// What can be opened now; the test pattern always can.
    pub found: Vec<SourceInfo>,
    /// Why screen and windows are missing, if they are.
    pub trouble: Option<CaptureError>,
}

/// Lists what can be shared.
#[must_use]
pub fn sources(options: &Options) -> Sources {
    let (width, height) = options.pattern_size;
    let pattern = SourceInfo {
        source: Source::TestPattern,
        name: "test pattern".to_owned(),
        x: 0,
        y: 0,
        width,
        height,
    };
    match x11::sources(options.display.as_deref()) {
        Ok(mut found) => {
            found.push(pattern);
            Sources {
                found,
                trouble: None,
            }
        }
        Err(trouble) => Sources {
            found: vec![pattern],
            trouble: Some(trouble),
        },
    }
}

/// Opens a source. The first [`Capture::next`] gives its picture at once.
pub fn open(source: Source, options: &Options) -> Result<Box<dyn Capture>, CaptureError> {
    match source {
        Source::TestPattern => Ok(Box::new(test_pattern::PatternCapture::new(options))),
        Source::Screen | Source::Window(_) => Ok(Box::new(x11::X11Capture::open(source, options)?)),
    }
}
