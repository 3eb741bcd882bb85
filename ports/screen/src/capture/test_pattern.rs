//! Captures the test pattern: draws it anew whenever its counter steps, twenty
//! times a second. Needs no display.

use super::{Capture, CaptureError, Captured, Change, CursorState, Options};
use crate::colour::draw_bgra;
use crate::counter;
use crate::pattern::TestPattern;
use crate::picture::Picture;
use crate::rectangle::Rectangle;
use crate::source::Source;
use std::time::{Duration, Instant, SystemTime};

/// The test pattern as a source.
#[derive(Debug)]
pub(super) struct PatternCapture {
    pattern: TestPattern,
    picture: Picture,
    shown: Option<u32>,
    sequence: u64,
}

impl PatternCapture {
    pub(super) fn new(options: &Options) -> Self {
        let (width, height) = options.pattern_size;
        let picture = Picture::black(width, height);
        Self {
            pattern: TestPattern::new(picture.width(), picture.height(), 0),
            picture,
            shown: None,
            sequence: 0,
        }
    }

    fn draw(&mut self, value: u32) -> Change {
        let started = Instant::now();
        let mut dirty = self.pattern.advance(value);
        if self.shown.is_none() {
            let (width, height) = self.size();
            dirty = vec![Rectangle::new(0, 0, width, height)];
        }
        for part in &dirty {
            draw_bgra(&mut self.picture, *part, &self.pattern.part(*part));
        }
        self.shown = Some(value);
        self.sequence += 1;
        Change {
            sequence: self.sequence,
            captured: started,
            took: started.elapsed(),
            dirty,
            resized: false,
        }
    }
}

impl Capture for PatternCapture {
    fn next(&mut self, deadline: Instant) -> Result<Captured, CaptureError> {
        loop {
            let since_1970 = since_1970();
            let value = counter::value_at(since_1970);
            if self.shown != Some(value) {
                return Ok(Captured::Changed(self.draw(value)));
            }
            let rest = deadline.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Ok(Captured::Unchanged);
            }
            std::thread::park_timeout(rest.min(until_step(since_1970)));
        }
    }

    fn picture(&self) -> &Picture {
        &self.picture
    }

    fn cursor(&mut self) -> Result<Option<CursorState>, CaptureError> {
        Ok(None)
    }

    fn source(&self) -> Source {
        Source::TestPattern
    }
}

pub(crate) fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

/// How long the counter keeps its value from `since_1970` on.
pub(crate) fn until_step(since_1970: Duration) -> Duration {
    let into = since_1970.as_micros() % counter::STEP.as_micros();
    counter::STEP - Duration::from_micros(u64::try_from(into).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_picture_comes_at_once_and_whole() {
        let mut capture = PatternCapture::new(&Options::default());

        let Captured::Changed(change) = capture.next(Instant::now()).unwrap() else {
            panic!("no picture");
        };

        assert_eq!(change.dirty, [Rectangle::new(0, 0, 1280, 720)]);
        let value = counter::read(capture.picture().luma(), 1280, 1280);
        assert_eq!(value, capture.shown);
    }

    #[test]
    fn then_only_what_moves_changes() {
        let mut capture = PatternCapture::new(&Options::default());
        capture.next(Instant::now()).unwrap();

        let later = Instant::now() + Duration::from_secs(10);
        let captured = capture.next(later).unwrap();

        assert!(captured.area() > 0 && captured.area() < 1280 * 720 / 20);
    }

    #[test]
    fn the_counter_keeps_its_value_to_the_next_step() {
        let at = Duration::from_micros(1_234_049_000);
        assert_eq!(until_step(at), Duration::from_millis(1));
        assert_eq!(until_step(Duration::from_secs(9)), counter::STEP);
    }
}
