//! Reads pixels from a display: through shared memory (0.4 ms for a whole
//! screen), or through the connection (36 ms) where that is not offered, which
//! the log says once.

use super::display::Display;
use super::shared_memory::SharedMemory;
use super::target::Target;
use crate::capture::CaptureError;
use crate::rectangle::Rectangle;
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

/// Reads parts of a drawable.
#[derive(Debug)]
pub(super) struct Grabber {
    shared: Shared,
    pixels: Vec<u8>,
}

#[derive(Debug)]
enum Shared {
    Attached {
        segment: shm::Seg,
        memory: SharedMemory,
    },
    NotYet,
    Refused,
}

impl Grabber {
    pub(super) fn new(display: &Display) -> Self {
        let shared = match offered(display) {
            true => Shared::NotYet,
            false => {
                without_shared_memory(display, "it offers no MIT-SHM 1.2");
                Shared::Refused
            }
        };
        Self {
            shared,
            pixels: Vec::new(),
        }
    }

    /// The pixels of one part; `None` when the display refused, because the
    /// target has just changed.
    pub(super) fn grab(
        &mut self,
        display: &Display,
        target: &Target,
        part: Rectangle,
    ) -> Result<Option<&[u8]>, CaptureError> {
        let length = part.area() * 4;
        self.attach(display, length)?;
        let place = Place::of(target, part);
        let read = match &self.shared {
            Shared::Attached { segment, memory } => {
                let read = place.read_shared(display, *segment)?;
                read.filter(|()| memory.copy_to(&mut self.pixels, length))
            }
            Shared::NotYet | Shared::Refused => match place.read(display)? {
                Some(pixels) => {
                    self.pixels = pixels;
                    Some(())
                }
                None => None,
            },
        };
        Ok(read
            .filter(|()| self.pixels.len() >= length)
            .map(|()| self.pixels.as_slice()))
    }

    /// Shared memory of at least `length` bytes, unless it was refused before.
    fn attach(&mut self, display: &Display, length: usize) -> Result<(), CaptureError> {
        match &self.shared {
            Shared::Attached { memory, .. } if memory.length() >= length => return Ok(()),
            Shared::Refused => return Ok(()),
            Shared::Attached { segment, .. } => {
                drop(display.connection().shm_detach(*segment));
            }
            Shared::NotYet => {}
        }
        self.shared = attached(display, length)?;
        Ok(())
    }
}

/// Where the pixels of a part are, in the words of the protocol.
struct Place {
    drawable: u32,
    x: i16,
    y: i16,
    width: u16,
    height: u16,
}

impl Place {
    fn of(target: &Target, part: Rectangle) -> Self {
        Self {
            drawable: target.drawable(),
            x: i16::try_from(part.x + target.border()).unwrap_or(i16::MAX),
            y: i16::try_from(part.y + target.border()).unwrap_or(i16::MAX),
            width: u16::try_from(part.width).unwrap_or(u16::MAX),
            height: u16::try_from(part.height).unwrap_or(u16::MAX),
        }
    }

    fn read_shared(
        &self,
        display: &Display,
        segment: shm::Seg,
    ) -> Result<Option<()>, CaptureError> {
        let form = u8::from(ImageFormat::Z_PIXMAP);
        let sent = display.connection().shm_get_image(
            self.drawable,
            self.x,
            self.y,
            self.width,
            self.height,
            !0,
            form,
            segment,
            0,
        );
        Ok(display.answer(sent)?.map(drop))
    }

    fn read(&self, display: &Display) -> Result<Option<Vec<u8>>, CaptureError> {
        let sent = display.connection().get_image(
            ImageFormat::Z_PIXMAP,
            self.drawable,
            self.x,
            self.y,
            self.width,
            self.height,
            !0,
        );
        Ok(display.answer(sent)?.map(|image| image.data))
    }
}

fn offered(display: &Display) -> bool {
    let offered = display.has(shm::X11_EXTENSION_NAME).unwrap_or(false);
    let version = offered
        .then(|| {
            display
                .answer(display.connection().shm_query_version())
                .ok()
        })
        .flatten()
        .flatten();
    version.is_some_and(|version| (version.major_version, version.minor_version) >= (1, 2))
}

/// Lets the display make a segment. A display at the far end of a network
/// offers the extension and then cannot hand the memory over.
fn attached(display: &Display, length: usize) -> Result<Shared, CaptureError> {
    let connection = display.connection();
    let refused = |reason: &str| {
        without_shared_memory(display, reason);
        Ok(Shared::Refused)
    };
    let (Ok(segment), Ok(size)) = (connection.generate_id(), u32::try_from(length)) else {
        return refused("there is no id for it");
    };
    let sent = connection
        .shm_create_segment(segment, size, false)
        .map_err(|source| display.lost(source))?;
    let answer = match sent.reply() {
        Ok(answer) => answer,
        Err(ReplyError::X11Error(_)) => return refused("it did not hand over a segment"),
        Err(ReplyError::ConnectionError(source)) => return Err(display.lost(source)),
    };
    match SharedMemory::map(answer.shm_fd, length) {
        Ok(memory) => Ok(Shared::Attached { segment, memory }),
        Err(error) => refused(&error.to_string()),
    }
}

fn without_shared_memory(display: &Display, reason: &str) {
    let on = display.name();
    tracing::warn!(
        on,
        reason,
        "reads pictures through the connection, which costs far more: the display shares no memory"
    );
}
