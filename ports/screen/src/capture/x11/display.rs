//! Keeps the connection to one X11 display: connecting, waiting without
//! spinning, and turning what goes wrong into [`CaptureError`]s.

use crate::capture::CaptureError;
use crate::source::Source;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::time::Instant;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::cookie::Cookie;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ImageOrder, Screen};
use x11rb::rust_connection::RustConnection;
use x11rb::x11_utils::TryParse;

/// One display that we are connected to.
#[derive(Debug)]
pub(crate) struct Display {
    connection: RustConnection,
    screen: Screen,
    name: String,
}

impl Display {
    /// Connects to `name`, or to the display of the session.
    pub(crate) fn connect(name: Option<&str>) -> Result<Self, CaptureError> {
        let name = match name {
            Some(name) => name.to_owned(),
            None => std::env::var("DISPLAY").unwrap_or_default(),
        };
        if name.is_empty() {
            return Err(CaptureError::NoDisplay);
        }
        let (connection, number) =
            RustConnection::connect(Some(&name)).map_err(|error| not_connected(&name, error))?;
        let screen = connection.setup().roots.get(number).cloned();
        let Some(screen) = screen else {
            let source = ConnectError::InvalidScreen;
            return Err(CaptureError::CannotConnect {
                display: name,
                source,
            });
        };
        Ok(Self {
            connection,
            screen,
            name,
        })
    }

    pub(crate) const fn connection(&self) -> &RustConnection {
        &self.connection
    }

    pub(crate) const fn screen(&self) -> &Screen {
        &self.screen
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The next event, without waiting.
    pub(crate) fn event(&self) -> Result<Option<Event>, CaptureError> {
        self.connection
            .poll_for_event()
            .map_err(|source| self.lost(source))
    }

    pub(crate) fn flush(&self) -> Result<(), CaptureError> {
        self.connection.flush().map_err(|source| self.lost(source))
    }

    /// Sleeps until the display says something or `deadline` has come.
    pub(crate) fn wait(&self, deadline: Instant) -> Result<(), CaptureError> {
        self.flush()?;
        let rest = deadline.saturating_duration_since(Instant::now());
        let rest = Timespec::try_from(rest).ok();
        let mut watched = [PollFd::new(self.connection.stream(), PollFlags::IN)];
        match poll(&mut watched, rest.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(self.lost(ConnectionError::IoError(error.into()))),
        }
    }

    /// Whether the display has an extension.
    pub(crate) fn has(&self, extension: &'static str) -> Result<bool, CaptureError> {
        self.connection
            .extension_information(extension)
            .map(|information| information.is_some())
            .map_err(|source| self.lost(source))
    }

    pub(crate) fn need(&self, extension: &'static str, what: Source) -> Result<(), CaptureError> {
        if self.has(extension)? {
            return Ok(());
        }
        Err(CaptureError::ExtensionMissing {
            display: self.name.clone(),
            extension,
            what,
        })
    }

    /// Refuses pixels that are not blue, green, red, unused in four bytes.
    pub(crate) fn check_pixels(&self, depth: u8) -> Result<(), CaptureError> {
        let setup = self.connection.setup();
        let format = setup.pixmap_formats.iter().find(|one| one.depth == depth);
        let bits_per_pixel = format.map_or(0, |format| format.bits_per_pixel);
        let little = setup.image_byte_order == ImageOrder::LSB_FIRST;
        if (depth == 24 || depth == 32) && bits_per_pixel == 32 && little {
            return Ok(());
        }
        Err(CaptureError::PixelForm {
            display: self.name.clone(),
            depth,
            bits_per_pixel,
        })
    }

    /// The answer to a request; `None` when the display refused it, which
    /// happens whenever a window changes between two requests.
    pub(crate) fn answer<'c, R: TryParse>(
        &self,
        sent: Result<Cookie<'c, RustConnection, R>, ConnectionError>,
    ) -> Result<Option<R>, CaptureError> {
        match sent.map_err(|source| self.lost(source))?.reply() {
            Ok(answer) => Ok(Some(answer)),
            Err(ReplyError::X11Error(_)) => Ok(None),
            Err(ReplyError::ConnectionError(source)) => Err(self.lost(source)),
        }
    }

    /// The answer to a request that no display should refuse.
    pub(crate) fn sure_answer<'c, R: TryParse>(
        &self,
        request: &'static str,
        sent: Result<Cookie<'c, RustConnection, R>, ConnectionError>,
    ) -> Result<R, CaptureError> {
        match sent.map_err(|source| self.lost(source))?.reply() {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.refused(request, error)),
        }
    }

    pub(crate) fn refused(&self, request: &'static str, error: ReplyError) -> CaptureError {
        match error {
            ReplyError::ConnectionError(source) => self.lost(source),
            ReplyError::X11Error(error) => CaptureError::Refused {
                display: self.name.clone(),
                request,
                reason: format!("{:?}", error.error_kind),
            },
        }
    }

    pub(crate) fn lost(&self, source: ConnectionError) -> CaptureError {
        CaptureError::BackendLost {
            display: self.name.clone(),
            source,
        }
    }
}

fn not_connected(name: &str, error: ConnectError) -> CaptureError {
    let display = name.to_owned();
    let reason = if let ConnectError::SetupFailed(failed) = &error {
        &failed.reason
    } else if let ConnectError::SetupAuthenticate(asked) = &error {
        &asked.reason
    } else {
        return CaptureError::CannotConnect {
            display,
            source: error,
        };
    };
    let reason = String::from_utf8_lossy(reason).trim().to_owned();
    CaptureError::Denied { display, reason }
}
