//! Decides what a changed part of a picture is: [`Rectangle`], and how many of
//! them are worth handling one by one. Where they come from is left to the
//! captures.

/// At most this many rectangles are kept for one change; more are replaced by
/// the one rectangle around all of them.
pub(crate) const MOST_RECTANGLES: usize = 8;

/// A part of a picture in pixels, from its top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rectangle {
    /// Columns left of it.
    pub x: usize,
    /// Rows above it.
    pub y: usize,
    /// Columns that it covers.
    pub width: usize,
    /// Rows that it covers.
    pub height: usize,
}

impl Rectangle {
    /// A rectangle from its corner and size.
    #[must_use]
    pub const fn new(x: usize, y: usize, width: usize, height: usize) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Number of pixels.
    #[must_use]
    pub const fn area(self) -> usize {
        self.width.saturating_mul(self.height)
    }

    /// Whether it covers no pixel at all.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// First column to the right of it.
    #[must_use]
    pub const fn right(self) -> usize {
        self.x.saturating_add(self.width)
    }

    /// First row below it.
    #[must_use]
    pub const fn bottom(self) -> usize {
        self.y.saturating_add(self.height)
    }

    /// The smallest rectangle around both.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        let x = self.x.min(other.x);
        let y = self.y.min(other.y);
        Self {
            x,
            y,
            width: self.right().max(other.right()) - x,
            height: self.bottom().max(other.bottom()) - y,
        }
    }

    /// Grown to even coordinates and cut to a picture of `width` by `height`
    /// (both even): 4:2:0 keeps one colour sample for two by two pixels.
    #[must_use]
    pub fn even_within(self, width: usize, height: usize) -> Self {
        let x = (self.x & !1).min(width);
        let y = (self.y & !1).min(height);
        let right = self.right().next_multiple_of(2).min(width);
        let bottom = self.bottom().next_multiple_of(2).min(height);
        Self {
            x,
            y,
            width: right.saturating_sub(x),
            height: bottom.saturating_sub(y),
        }
    }
}

/// The rectangles of one change, ready to be grabbed from a picture of `width`
/// by `height`: even, inside the picture, none empty, at most
/// [`MOST_RECTANGLES`].
#[must_use]
pub(crate) fn gathered(
    parts: impl IntoIterator<Item = Rectangle>,
    width: usize,
    height: usize,
) -> Vec<Rectangle> {
    let even: Vec<Rectangle> = parts
        .into_iter()
        .map(|part| part.even_within(width, height))
        .filter(|part| !part.is_empty())
        .collect();
    if even.len() <= MOST_RECTANGLES {
        return even;
    }
    even.into_iter()
        .reduce(Rectangle::around)
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_corners_grow_to_even_ones_inside_the_picture() {
        let part = Rectangle::new(3, 5, 4, 1);

        assert_eq!(part.even_within(100, 100), Rectangle::new(2, 4, 6, 2));
        assert_eq!(part.even_within(4, 4), Rectangle::new(2, 4, 2, 0));
    }

    #[test]
    fn nine_rectangles_become_the_one_around_them() {
        let nine = (0..9).map(|step| Rectangle::new(step * 10, step * 4, 2, 2));

        assert_eq!(gathered(nine, 1280, 720), [Rectangle::new(0, 0, 82, 34)]);
    }
}
