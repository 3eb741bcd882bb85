//! Decides how a picture is kept: [`Picture`], planar I420 (4:2:0) with even
//! sides, BT.601 limited range. Encoder, decoder and browsers agree on that
//! form, so nothing is converted twice.

use crate::colour;
use thiserror::Error;

/// A picture in I420: a luma plane and two colour planes of half the width and
/// height, rows without padding. Both sides are even and at least two pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    blue: Vec<u8>,
    red: Vec<u8>,
}

impl Picture {
    /// A black picture; odd sides lose their last row or column, and no side is
    /// smaller than two pixels.
    #[must_use]
    pub fn black(width: usize, height: usize) -> Self {
        let (width, height) = ((width & !1).max(2), (height & !1).max(2));
        Self {
            width,
            height,
            luma: vec![16; width * height],
            blue: vec![128; width * height / 4],
            red: vec![128; width * height / 4],
        }
    }

    /// A picture from planes whose rows are `stride` (luma) and
    /// `colour_stride` bytes apart; `None` when they are too short for the
    /// size or a side is odd or empty.
    #[must_use]
    pub fn from_planes(
        (width, height): (usize, usize),
        [luma, blue, red]: [&[u8]; 3],
        stride: usize,
        colour_stride: usize,
    ) -> Option<Self> {
        if width < 2 || height < 2 || width % 2 + height % 2 != 0 {
            return None;
        }
        Some(Self {
            width,
            height,
            luma: packed(luma, stride, width, height)?,
            blue: packed(blue, colour_stride, width / 2, height / 2)?,
            red: packed(red, colour_stride, width / 2, height / 2)?,
        })
    }

    /// Columns; always even.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Rows; always even.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Number of pixels.
    #[must_use]
    pub const fn area(&self) -> usize {
        self.width * self.height
    }

    /// Brightness, one byte a pixel, 16 (black) to 235 (white).
    #[must_use]
    pub fn luma(&self) -> &[u8] {
        &self.luma
    }

    /// Blue difference, one byte for two by two pixels.
    #[must_use]
    pub fn blue(&self) -> &[u8] {
        &self.blue
    }

    /// Red difference, one byte for two by two pixels.
    #[must_use]
    pub fn red(&self) -> &[u8] {
        &self.red
    }

    /// The three planes, to be written into.
    pub(crate) fn planes_mut(&mut self) -> (&mut [u8], &mut [u8], &mut [u8]) {
        (&mut self.luma, &mut self.blue, &mut self.red)
    }

    /// Red, green and blue, three bytes a pixel, rows without padding.
    #[must_use]
    pub fn to_rgb(&self) -> Vec<u8> {
        colour::rgb(self)
    }

    /// The picture as a PNG file.
    pub fn to_png(&self) -> Result<Vec<u8>, PngError> {
        let refused = |source| PngError {
            width: self.width,
            height: self.height,
            source,
        };
        let sides = (u32::try_from(self.width), u32::try_from(self.height));
        let (Ok(width), Ok(height)) = sides else {
            return Err(refused(png::EncodingError::LimitsExceeded));
        };
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header().map_err(refused)?;
        writer.write_image_data(&self.to_rgb()).map_err(refused)?;
        writer.finish().map_err(refused)?;
        Ok(file)
    }
}

/// A picture could not be written as PNG.
#[derive(Debug, Error)]
#[error("could not write a picture of {width}x{height} as PNG")]
pub struct PngError {
    width: usize,
    height: usize,
    #[source]
    source: png::EncodingError,
}

impl PngError {
    /// Never: the same picture meets the same end.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        false
    }
}

fn packed(plane: &[u8], stride: usize, width: usize, height: usize) -> Option<Vec<u8>> {
    let mut rows = Vec::with_capacity(width * height);
    for row in 0..height {
        let start = row.checked_mul(stride)?;
        rows.extend_from_slice(plane.get(start..start + width)?);
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sides_lose_their_last_row_and_column() {
        let picture = Picture::black(5, 3);

        assert_eq!((picture.width(), picture.height()), (4, 2));
        assert_eq!(picture.to_rgb(), [0; 24]);
    }

    #[test]
    fn rows_with_padding_are_read_without_it() {
        let luma = [10, 20, 0, 30, 40, 0];

        let picture = Picture::from_planes((2, 2), [&luma, &[1, 0], &[2, 0]], 3, 2).unwrap();

        assert_eq!(picture.luma(), [10, 20, 30, 40]);
        assert_eq!((picture.blue(), picture.red()), (&[1][..], &[2][..]));
    }

    #[test]
    fn a_png_holds_the_picture_that_went_in() {
        let picture = Picture::black(4, 2);

        let file = picture.to_png().unwrap();

        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut pixels = vec![1; 24];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, picture.to_rgb());
    }
}
