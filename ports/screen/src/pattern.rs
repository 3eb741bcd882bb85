//! Decides what the test pattern shows: colour bars, fine lines, text in
//! several sizes, all at rest, and two things that change with the time: the
//! counter (see [`crate::counter`]) and a small bar that walks. Pure drawing;
//! when to draw is left to the test-pattern source and to the painter.

mod canvas;
mod font;

use crate::counter;
use crate::rectangle::Rectangle;
use canvas::Canvas;

/// Size of the test pattern when nobody asks for another.
pub const USUAL_SIZE: (usize, usize) = (1280, 720);

const PAPER: [u8; 4] = [246, 246, 246, 0];
const INK: [u8; 4] = [40, 32, 28, 0];
const WALKER: [u8; 4] = [30, 90, 220, 0];
const BARS: [[u8; 4]; 8] = [
    [255, 255, 255, 0],
    [0, 220, 220, 0],
    [220, 220, 0, 0],
    [0, 200, 0, 0],
    [200, 0, 200, 0],
    [0, 0, 220, 0],
    [220, 0, 0, 0],
    [0, 0, 0, 0],
];
const LINES: [&str; 12] = [
    "HOPSIGHT TEST PATTERN",
    "",
    "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG. 0123456789",
    "PACK MY BOX WITH FIVE DOZEN LIQUOR JUGS: (10.102.0.1), 443/TCP.",
    "IF BOTH CAN SIGN IN, THEY CAN SHARE.",
    "",
    "ROUTE        NEXT HOP       METRIC   STATE",
    "10.102.0.0/24   10.102.0.1      100   UP",
    "172.16.1.0/24   172.16.1.1      200   UP",
    "192.168.77.0/24 10.102.0.254    300   DOWN",
    "",
    "WHAT RESTS HERE MUST BECOME SHARP WITHIN A SECOND.",
];

/// The test pattern as pixels of four bytes: blue, green, red, unused.
#[derive(Clone, Debug)]
pub struct TestPattern {
    canvas: Canvas,
    walker: Rectangle,
}

impl TestPattern {
    /// The pattern at `value`, see [`counter::value_at`].
    #[must_use]
    pub fn new(width: usize, height: usize, value: u32) -> Self {
        let mut pattern = Self {
            canvas: Canvas::new(width, height, PAPER),
            walker: Rectangle::default(),
        };
        pattern.draw_resting_parts();
        pattern.advance(value);
        pattern
    }

    /// Draws the counter and the walking bar at `value`; returns what may have
    /// changed.
    pub fn advance(&mut self, value: u32) -> Vec<Rectangle> {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        let counter = counter::place();
        if width >= counter.right() && height >= counter.bottom() {
            counter::draw(self.canvas.pixels_mut(), width, value);
        }
        let before = self.walker;
        self.canvas.fill(before, PAPER);
        self.walker = walker_at(width, height, value);
        self.canvas.fill(self.walker, WALKER);
        let walked = if before.is_empty() {
            self.walker
        } else {
            before.around(self.walker)
        };
        vec![counter, walked]
            .into_iter()
            .map(|part| part.even_within(width & !1, height & !1))
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// Columns.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.canvas.width()
    }

    /// Rows.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.canvas.height()
    }

    /// All pixels, rows without padding.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        self.canvas.pixels()
    }

    /// The pixels of one part, rows without padding. The part must be inside
    /// the pattern.
    #[must_use]
    pub fn part(&self, part: Rectangle) -> Vec<u8> {
        self.canvas.part(part)
    }

    fn draw_resting_parts(&mut self) {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        for (place, colour) in BARS.into_iter().enumerate() {
            let left = width * place / BARS.len();
            let right = width * (place + 1) / BARS.len();
            self.canvas
                .fill(Rectangle::new(left, 0, right - left, 40), colour);
        }
        for (row, line) in LINES.into_iter().enumerate() {
            self.canvas.text(64, 128 + row * 22, 2, line, INK);
            self.canvas.text(64, 400 + row * 10, 1, line, INK);
        }
        self.canvas.text(64, 540, 5, "SHARP AT REST", INK);
        self.draw_fine_lines(width.saturating_sub(320), 128);
        let ground = Rectangle::new(0, height.saturating_sub(20), width, 2);
        self.canvas.fill(ground, INK);
    }

    /// Upright and level lines one, two and four pixels apart.
    fn draw_fine_lines(&mut self, left: usize, top: usize) {
        for (band, gap) in [1, 2, 4].into_iter().enumerate() {
            let top = top + band * 100;
            for step in 0..40 {
                let away = step * (gap + 1);
                self.canvas
                    .fill(Rectangle::new(left + away, top, 1, 80), INK);
            }
        }
        for step in 0..30 {
            self.canvas
                .fill(Rectangle::new(left, top + 320 + step * 4, 240, 1), INK);
        }
    }
}

fn walker_at(width: usize, height: usize, value: u32) -> Rectangle {
    let track = width.saturating_sub(128 + 16).max(1);
    let walked = usize::try_from(value).unwrap_or(0) * 4 % track;
    let x = (64 + walked).min(width.saturating_sub(16)) & !1;
    Rectangle::new(
        x,
        height.saturating_sub(48) & !1,
        16.min(width),
        24.min(height),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::picture_from_bgra;

    #[test]
    fn the_pattern_shows_its_value() {
        let pattern = TestPattern::new(1280, 720, 4_711);
        let picture = picture_from_bgra(1280, 720, pattern.pixels()).unwrap();

        assert_eq!(counter::read(picture.luma(), 1280, 1280), Some(4_711));
    }

    #[test]
    fn nothing_changes_outside_the_parts_it_names() {
        let mut pattern = TestPattern::new(1280, 720, 4_711);
        let mut before = pattern.pixels().to_vec();

        let changed = pattern.advance(4_712);

        for part in &changed {
            for row in part.y..part.bottom() {
                let places = (row * 1280 + part.x) * 4..(row * 1280 + part.right()) * 4;
                before[places.clone()].copy_from_slice(&pattern.pixels()[places]);
            }
        }
        assert_eq!(changed[0], counter::place());
        assert!(changed[1].area() <= 20 * 24, "{changed:?}");
        assert!(before == pattern.pixels(), "something else changed");
    }

    #[test]
    fn any_size_can_be_drawn() {
        for (width, height) in [(2, 2), (33, 17), (640, 480), (1921, 1081)] {
            let mut pattern = TestPattern::new(width, height, 1);
            pattern.advance(counter::VALUES - 1);

            assert_eq!(pattern.pixels().len(), width * height * 4);
        }
    }
}
