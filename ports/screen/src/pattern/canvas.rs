//! Decides how shapes and text become pixels on a [`Canvas`]. What lies outside
//! of the canvas is cut off, never an error.

use super::font;
use crate::rectangle::Rectangle;

/// Pixels of four bytes, rows without padding.
#[derive(Clone, Debug)]
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, ground: [u8; 4]) -> Self {
        Self {
            width,
            height,
            pixels: ground.repeat(width * height),
        }
    }

    pub(super) fn fill(&mut self, part: Rectangle, colour: [u8; 4]) {
        let right = part.right().min(self.width);
        let Some(row_bytes) = self.width.checked_mul(4).filter(|bytes| *bytes > 0) else {
            return;
        };
        let rows = self.pixels.chunks_exact_mut(row_bytes);
        for row in rows.skip(part.y).take(part.height) {
            let line = row.get_mut(part.x * 4..right * 4).unwrap_or_default();
            for pixel in line.as_chunks_mut::<4>().0 {
                *pixel = colour;
            }
        }
    }

    /// Writes `text` with letters of 5 by 7 dots, each dot `scale` pixels wide.
    pub(super) fn text(&mut self, x: usize, y: usize, scale: usize, text: &str, colour: [u8; 4]) {
        for (place, letter) in text.chars().enumerate() {
            let left = x + place * 6 * scale;
            for (row, dots) in font::letter(letter).into_iter().enumerate() {
                for column in (0..5).filter(|column| dots >> (4 - column) & 1 == 1) {
                    let dot = Rectangle::new(left + column * scale, y + row * scale, scale, scale);
                    self.fill(dot, colour);
                }
            }
        }
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    pub(super) const fn height(&self) -> usize {
        self.height
    }

    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub(super) fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    pub(super) fn part(&self, part: Rectangle) -> Vec<u8> {
        let rows = self.pixels.chunks_exact((self.width * 4).max(4));
        rows.skip(part.y)
            .take(part.height)
            .filter_map(|row| row.get(part.x * 4..part.right() * 4))
            .flatten()
            .copied()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_drawn_dot_by_dot() {
        let mut canvas = Canvas::new(5, 7, [0; 4]);
        canvas.text(0, 0, 1, "L", [1; 4]);

        let dots: Vec<u8> = canvas.pixels().iter().step_by(4).copied().collect();
        let upright = [1, 0, 0, 0, 0].repeat(6);
        assert_eq!(dots, [upright, vec![1; 5]].concat());
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        let mut canvas = Canvas::new(2, 2, [0; 4]);
        canvas.fill(Rectangle::new(1, 1, 9, 9), [7; 4]);

        assert_eq!(
            canvas.part(Rectangle::new(1, 0, 1, 2)),
            [[0; 4], [7; 4]].concat()
        );
        canvas.fill(Rectangle::new(9, 0, 1, 1), [7; 4]);
    }
}
