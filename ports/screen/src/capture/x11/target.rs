//! Decides what is captured of a display, and follows it: the root window, or
//! one window with its own pixmap (so that a window in front of it is never
//! shown by mistake), with the damage that is reported for it.

use super::display::Display;
use crate::capture::CaptureError;
use crate::rectangle::Rectangle;
use crate::source::Source;
use x11rb::connection::Connection as _;
use x11rb::protocol::composite::{self, ConnectionExt as _, Redirect};
use x11rb::protocol::damage::{self, ConnectionExt as _, ReportLevel};
use x11rb::protocol::randr::{self, ConnectionExt as _, NotifyMask};
use x11rb::protocol::xfixes::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, Drawable, EventMask, MapState, Window,
};
use x11rb::rust_connection::RustConnection;

/// The thing that is captured.
#[derive(Debug)]
pub(super) struct Target {
    source: Source,
    window: Window,
    /// Where pixels are read: the root window, or the window's own pixmap.
    drawable: Drawable,
    /// The window's border, which its pixmap includes.
    border: usize,
    width: usize,
    height: usize,
    visible: bool,
    damage: damage::Damage,
    region: xfixes::Region,
}

impl Target {
    pub(super) fn open(display: &Display, source: Source) -> Result<Self, CaptureError> {
        let root = display.screen().root;
        let window = match source {
            Source::Window(id) => id,
            Source::Screen | Source::TestPattern => root,
        };
        display.need(damage::X11_EXTENSION_NAME, source)?;
        display.need(xfixes::X11_EXTENSION_NAME, source)?;
        let connection = display.connection();
        display.sure_answer("use XFixes", connection.xfixes_query_version(5, 0))?;
        display.sure_answer("use Damage", connection.damage_query_version(1, 1))?;
        let mut target = Self {
            source,
            window,
            drawable: root,
            border: 0,
            width: 0,
            height: 0,
            visible: false,
            damage: x11rb::NONE,
            region: x11rb::NONE,
        };
        target.watch(display)?;
        target.follow(display)?;
        if !target.visible {
            return Err(CaptureError::SourceHidden {
                display: display.name().to_owned(),
                what: source,
            });
        }
        Ok(target)
    }

    pub(super) const fn source(&self) -> Source {
        self.source
    }

    pub(super) const fn window(&self) -> Window {
        self.window
    }

    pub(super) const fn drawable(&self) -> Drawable {
        self.drawable
    }

    /// Columns and rows left and above of the picture in the drawable.
    pub(super) const fn border(&self) -> usize {
        self.border
    }

    pub(super) const fn is_screen(&self) -> bool {
        matches!(self.source, Source::Screen)
    }

    /// Whether it has a picture now; a minimised window has none.
    pub(super) const fn is_visible(&self) -> bool {
        self.visible
    }

    pub(super) const fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// It has no picture until [`Self::follow`] finds one again.
    pub(super) const fn hide(&mut self) {
        self.visible = false;
    }

    /// Looks at geometry and visibility again. Whether the whole picture has to
    /// be grabbed anew.
    pub(super) fn follow(&mut self, display: &Display) -> Result<bool, CaptureError> {
        let connection = display.connection();
        let geometry = display.answer(connection.get_geometry(self.window))?;
        let attributes = display.answer(connection.get_window_attributes(self.window))?;
        let (Some(geometry), Some(attributes)) = (geometry, attributes) else {
            return Err(self.gone(display));
        };
        display.check_pixels(geometry.depth)?;
        let size = (usize::from(geometry.width), usize::from(geometry.height));
        let was_visible = self.visible;
        let is_large_enough = size.0.min(size.1) >= LEAST_SIDE;
        self.visible = attributes.map_state == MapState::VIEWABLE && is_large_enough;
        if !self.visible || (was_visible && size == self.size()) {
            return Ok(false);
        }
        (self.width, self.height) = size;
        if !self.is_screen() {
            self.border = usize::from(geometry.border_width);
            self.visible = self.take_pixmap(display)?;
        }
        Ok(self.visible)
    }

    /// What was damaged since the last call.
    pub(super) fn take_damage(&self, display: &Display) -> Result<Vec<Rectangle>, CaptureError> {
        let connection = display.connection();
        connection
            .damage_subtract(self.damage, x11rb::NONE, self.region)
            .map_err(|source| display.lost(source))?;
        let Some(region) = display.answer(connection.xfixes_fetch_region(self.region))? else {
            return Ok(Vec::new());
        };
        let parts = region.rectangles.into_iter().map(|part| {
            let (left, width) = from_zero(part.x, part.width);
            let (top, height) = from_zero(part.y, part.height);
            Rectangle::new(left, top, width, height)
        });
        Ok(parts.collect())
    }

    pub(super) fn gone(&self, display: &Display) -> CaptureError {
        CaptureError::SourceGone {
            display: display.name().to_owned(),
            what: self.source,
        }
    }

    /// Asks the display to report damage, resizing and the end.
    fn watch(&mut self, display: &Display) -> Result<(), CaptureError> {
        let connection = display.connection();
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        let watched = connection
            .change_window_attributes(self.window, &events)
            .map_err(|source| display.lost(source))?;
        if watched.check().is_err() {
            return Err(self.gone(display));
        }
        if self.is_screen() {
            self.watch_screen(display)?;
        } else {
            self.redirect(display)?;
        }
        self.damage = id(display)?;
        self.region = id(display)?;
        let created = connection.damage_create(self.damage, self.window, ReportLevel::NON_EMPTY);
        checked(display, "report damage", created)?;
        let created = connection.xfixes_create_region(self.region, &[]);
        checked(display, "make a region", created)
    }

    /// RandR tells of a resized screen earlier than the root window does; a
    /// display without it still tells by the root window.
    fn watch_screen(&self, display: &Display) -> Result<(), CaptureError> {
        if !display.has(randr::X11_EXTENSION_NAME)? {
            return Ok(());
        }
        let sent = display
            .connection()
            .randr_select_input(self.window, NotifyMask::SCREEN_CHANGE);
        checked(display, "tell of resizing", sent)
    }

    fn redirect(&self, display: &Display) -> Result<(), CaptureError> {
        display.need(composite::X11_EXTENSION_NAME, self.source)?;
        let connection = display.connection();
        display.sure_answer("use Composite", connection.composite_query_version(0, 4))?;
        let sent = connection.composite_redirect_window(self.window, Redirect::AUTOMATIC);
        checked(display, "keep the window's own picture", sent)
    }

    /// The window's pixmap; a resize makes a new one. `false` when the window
    /// vanished from view meanwhile.
    fn take_pixmap(&mut self, display: &Display) -> Result<bool, CaptureError> {
        let connection = display.connection();
        if self.drawable != display.screen().root {
            drop(connection.free_pixmap(self.drawable));
        }
        self.drawable = id(display)?;
        let named = connection
            .composite_name_window_pixmap(self.window, self.drawable)
            .map_err(|source| display.lost(source))?
            .check();
        if named.is_err() {
            self.drawable = display.screen().root;
        }
        Ok(named.is_ok())
    }
}

/// H.264 codes blocks of 16 by 16 pixels; less is no picture.
const LEAST_SIDE: usize = 16;

fn from_zero(start: i16, length: u16) -> (usize, usize) {
    let end = i32::from(start) + i32::from(length);
    let first = usize::try_from(start).unwrap_or(0);
    let end = usize::try_from(end).unwrap_or(0);
    (first, end.saturating_sub(first))
}

fn id(display: &Display) -> Result<u32, CaptureError> {
    display
        .connection()
        .generate_id()
        .map_err(|error| CaptureError::Refused {
            display: display.name().to_owned(),
            request: "give an id",
            reason: error.to_string(),
        })
}

type Sent<'c> =
    Result<x11rb::cookie::VoidCookie<'c, RustConnection>, x11rb::errors::ConnectionError>;

fn checked(display: &Display, request: &'static str, sent: Sent<'_>) -> Result<(), CaptureError> {
    sent.map_err(|source| display.lost(source))?
        .check()
        .map_err(|error| display.refused(request, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_that_begins_outside_is_cut_at_the_edge() {
        assert_eq!(from_zero(-3, 10), (0, 7));
        assert_eq!(from_zero(4, 10), (4, 10));
        assert_eq!(from_zero(-3, 2), (0, 0));
    }
}
