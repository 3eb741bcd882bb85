//! Captures a screen or a window of an X11 display: sleeps on the connection
//! until XDamage reports a change, grabs only the damaged rectangles, by shared
//! memory where the display offers it, follows resizes. What stands on which
//! wire is left to the files below.

mod cursor;
mod display;
mod grab;
mod listing;
mod shared_memory;
mod target;

pub(super) use listing::sources;

use super::{Capture, CaptureError, Captured, Change, CursorState, Options};
use crate::colour::draw_bgra;
use crate::picture::Picture;
use crate::rectangle::{Rectangle, gathered};
use crate::source::Source;
use cursor::Pointer;
pub(crate) use display::Display;
use grab::Grabber;
use std::time::{Duration, Instant};
use target::Target;
use x11rb::protocol::Event;

/// A screen or window of an X11 display.
#[derive(Debug)]
pub(super) struct X11Capture {
    display: Display,
    target: Target,
    grabber: Grabber,
    pointer: Pointer,
    picture: Picture,
    /// The whole picture is to be grabbed, damaged or not.
    whole: bool,
    resized: bool,
    sequence: u64,
    interval: Duration,
    last: Option<Instant>,
    awaited: Awaited,
    refusals: u32,
}

/// So often in a row the display may refuse a grab.
const MOST_REFUSALS: u32 = 10;

/// What the display has told and nobody has acted on yet.
#[derive(Debug, Default)]
struct Awaited {
    damaged: bool,
    moved: bool,
    gone: bool,
}

impl X11Capture {
    pub(super) fn open(source: Source, options: &Options) -> Result<Self, CaptureError> {
        let display = Display::connect(options.display.as_deref())?;
        let target = Target::open(&display, source)?;
        let grabber = Grabber::new(&display);
        let pointer = Pointer::open(&display, target.window())?;
        let (width, height) = target.size();
        Ok(Self {
            picture: Picture::black(width, height),
            display,
            target,
            grabber,
            pointer,
            whole: true,
            resized: false,
            sequence: 0,
            interval: options.interval,
            last: None,
            awaited: Awaited::default(),
            refusals: 0,
        })
    }

    /// Takes in what the display has said, without waiting.
    fn hear(&mut self) -> Result<(), CaptureError> {
        while let Some(event) = self.display.event()? {
            self.note(&event);
        }
        Ok(())
    }

    fn note(&mut self, event: &Event) {
        let window = self.target.window();
        if let Event::DamageNotify(_) = event {
            self.awaited.damaged = true;
        } else if let Event::ConfigureNotify(event) = event {
            self.awaited.moved |= event.window == window;
        } else if let Event::MapNotify(event) = event {
            self.awaited.moved |= event.window == window;
        } else if let Event::UnmapNotify(event) = event
            && event.window == window
        {
            // Its pixmap ends here, even if it is back before anybody looks.
            self.target.hide();
            self.awaited.moved = true;
        } else if let Event::DestroyNotify(event) = event {
            self.awaited.gone |= event.window == window;
        } else if let Event::RandrScreenChangeNotify(_) = event {
            self.awaited.moved |= self.target.is_screen();
        } else if let Event::XfixesCursorNotify(_) = event {
            self.pointer.image_changed();
        }
    }

    /// Looks at size and visibility again; prepares for a new size.
    fn follow(&mut self) -> Result<(), CaptureError> {
        self.awaited.moved = false;
        if !self.target.follow(&self.display)? {
            return Ok(());
        }
        let (width, height) = self.target.size();
        let picture = Picture::black(width, height);
        if (picture.width(), picture.height()) != self.size() {
            self.resized = true;
            self.picture = picture;
        }
        self.whole = true;
        Ok(())
    }

    /// What has to be grabbed now; empty when nothing has.
    fn parts(&mut self) -> Result<Vec<Rectangle>, CaptureError> {
        let (width, height) = self.size();
        let mut damaged = Vec::new();
        if self.awaited.damaged || self.whole {
            self.awaited.damaged = false;
            damaged = self.target.take_damage(&self.display)?;
        }
        if self.whole {
            return Ok(vec![Rectangle::new(0, 0, width, height)]);
        }
        Ok(gathered(damaged, width, height))
    }

    /// Grabs the parts; `None` when the target changed its size under the grab
    /// and has to be looked at again.
    fn grab(&mut self, parts: Vec<Rectangle>) -> Result<Option<Change>, CaptureError> {
        let started = Instant::now();
        for part in &parts {
            let Some(pixels) = self.grabber.grab(&self.display, &self.target, *part)? else {
                return self.refused().map(|()| None);
            };
            draw_bgra(&mut self.picture, *part, pixels);
        }
        self.whole = false;
        self.refusals = 0;
        self.last = Some(started);
        self.sequence += 1;
        Ok(Some(Change {
            sequence: self.sequence,
            captured: started,
            took: started.elapsed(),
            dirty: parts,
            resized: std::mem::take(&mut self.resized),
        }))
    }

    /// A target that changes between two requests is looked at anew; one that
    /// is never handed over is an error.
    fn refused(&mut self) -> Result<(), CaptureError> {
        self.refusals += 1;
        if self.refusals > MOST_REFUSALS {
            return Err(CaptureError::Refused {
                display: self.display.name().to_owned(),
                request: "hand over its pixels",
                reason: format!("{MOST_REFUSALS} times in a row"),
            });
        }
        self.target.hide();
        self.awaited.moved = true;
        self.whole = true;
        Ok(())
    }

    /// One look: what has changed, if it is time for a picture.
    fn look(&mut self) -> Result<Option<Change>, CaptureError> {
        if self.awaited.gone {
            return Err(self.target.gone(&self.display));
        }
        if self.awaited.moved {
            self.follow()?;
        }
        if !self.target.is_visible() || self.due() > Some(Instant::now()) {
            return Ok(None);
        }
        let parts = self.parts()?;
        if parts.is_empty() {
            return Ok(None);
        }
        self.grab(parts)
    }

    /// When the next picture may be taken, if one is wanted.
    fn due(&self) -> Option<Instant> {
        let wanted = (self.awaited.damaged || self.whole) && self.target.is_visible();
        self.last
            .filter(|_| wanted)
            .map(|last| last + self.interval)
    }
}

impl Capture for X11Capture {
    fn next(&mut self, deadline: Instant) -> Result<Captured, CaptureError> {
        loop {
            self.hear()?;
            if let Some(change) = self.look()? {
                return Ok(Captured::Changed(change));
            }
            // A target that changed under the grab is looked at again at once.
            if self.awaited.moved {
                continue;
            }
            let until = self.due().map_or(deadline, |due| due.min(deadline));
            if Instant::now() >= deadline {
                return Ok(Captured::Unchanged);
            }
            self.display.wait(until)?;
        }
    }

    fn picture(&self) -> &Picture {
        &self.picture
    }

    fn cursor(&mut self) -> Result<Option<CursorState>, CaptureError> {
        self.hear()?;
        if self.awaited.gone {
            return Err(self.target.gone(&self.display));
        }
        self.pointer.state(&self.display)
    }

    fn source(&self) -> Source {
        self.target.source()
    }
}
