//! Shows the test pattern in a window of an X11 display, twenty times a second:
//! a desktop with something on it, for the demo and for tests on a display of
//! their own.

use crate::capture::{CaptureError, Display, since_1970, until_step};
use crate::counter;
use crate::pattern::TestPattern;
use crate::rectangle::Rectangle;
use thiserror::Error;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::{ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, Gcontext, ImageFormat,
    PropMode, Window, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

/// Paints on `display` (or the one of the session) in a window of `size`, or
/// over the whole screen, until `goes_on` says no (asked at each step) or the
/// display ends, which is an error.
pub fn paint(
    display: Option<&str>,
    size: Option<(u16, u16)>,
    mut goes_on: impl FnMut() -> bool,
) -> Result<(), PaintError> {
    let mut painting = Painting::begin(display, size)?;
    while goes_on() {
        painting.step()?;
        std::thread::park_timeout(until_step(since_1970()));
    }
    Ok(())
}

/// Why the pattern is not painted (any longer).
#[derive(Debug, Error)]
pub enum PaintError {
    /// The display cannot be reached.
    #[error(transparent)]
    CannotConnect(#[from] CaptureError),
    /// The display ended.
    #[error("the display that was painted on is gone")]
    Lost(#[from] ConnectionError),
    /// The display refused to make the window.
    #[error("the display refused to show the test pattern")]
    Refused(#[from] ReplyOrIdError),
}

impl From<ReplyError> for PaintError {
    fn from(error: ReplyError) -> Self {
        Self::Refused(error.into())
    }
}

impl PaintError {
    /// Whether the same call may succeed when the display is back.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::CannotConnect(error) => error.may_retry(),
            Self::Lost(_) => true,
            Self::Refused(_) => false,
        }
    }
}

struct Painting {
    display: Display,
    window: Window,
    pen: Gcontext,
    depth: u8,
    pattern: TestPattern,
}

impl Painting {
    fn begin(display: Option<&str>, size: Option<(u16, u16)>) -> Result<Self, PaintError> {
        let display = Display::connect(display)?;
        let (connection, screen) = (display.connection(), display.screen());
        let (root, depth) = (screen.root, screen.root_depth);
        let (width, height) = size.unwrap_or((screen.width_in_pixels, screen.height_in_pixels));
        let window = connection.generate_id()?;
        let looks = CreateWindowAux::new()
            .override_redirect(1)
            .event_mask(EventMask::EXPOSURE);
        connection
            .create_window(
                depth,
                window,
                root,
                0,
                0,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                0,
                &looks,
            )?
            .check()?;
        let name = b"Hopsight test pattern";
        connection.change_property8(
            PropMode::REPLACE,
            window,
            AtomEnum::WM_NAME,
            AtomEnum::STRING,
            name,
        )?;
        let pen = connection.generate_id()?;
        connection
            .create_gc(pen, window, &CreateGCAux::new())?
            .check()?;
        connection.map_window(window)?.check()?;
        let value = counter::value_at(since_1970());
        Ok(Self {
            window,
            pen,
            depth,
            pattern: TestPattern::new(usize::from(width), usize::from(height), value),
            display,
        })
    }

    fn step(&mut self) -> Result<(), PaintError> {
        let mut parts = self.pattern.advance(counter::value_at(since_1970()));
        while let Some(event) = self.display.connection().poll_for_event()? {
            if let Event::Expose(_) = event {
                let (width, height) = (self.pattern.width(), self.pattern.height());
                parts = vec![Rectangle::new(0, 0, width, height)];
            }
        }
        for part in parts {
            self.put(part)?;
        }
        self.display.connection().flush()?;
        Ok(())
    }

    /// Sends one part in bands that fit a request.
    fn put(&self, part: Rectangle) -> Result<(), PaintError> {
        let most = self
            .display
            .connection()
            .maximum_request_bytes()
            .saturating_sub(64);
        let rows = (most / (part.width * 4).max(1)).clamp(1, part.height.max(1));
        for top in (part.y..part.bottom()).step_by(rows) {
            let height = rows.min(part.bottom() - top);
            let band = Rectangle::new(part.x, top, part.width, height);
            self.display.connection().put_image(
                ImageFormat::Z_PIXMAP,
                self.window,
                self.pen,
                u16::try_from(band.width).unwrap_or(u16::MAX),
                u16::try_from(band.height).unwrap_or(u16::MAX),
                i16::try_from(band.x).unwrap_or(i16::MAX),
                i16::try_from(band.y).unwrap_or(i16::MAX),
                0,
                self.depth,
                &self.pattern.part(band),
            )?;
        }
        Ok(())
    }
}
