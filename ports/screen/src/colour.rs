//! Decides how colours become I420 and come back: BT.601, limited range, which
//! the stream also states in its VUI, so browsers show what was on the screen.
//! Written as plain loops over whole rows that the compiler turns into vector
//! code.

use crate::picture::Picture;
use crate::rectangle::Rectangle;

/// Converts the pixels of `part` (blue, green, red, unused; rows of
/// `part.width` pixels without padding) into the picture. The part must be
/// even and inside the picture ([`Rectangle::even_within`]); pixels that are
/// missing leave the picture as it was.
pub(crate) fn draw_bgra(picture: &mut Picture, part: Rectangle, pixels: &[u8]) {
    if part.is_empty() {
        return;
    }
    let width = picture.width();
    let (luma, blue, red) = picture.planes_mut();
    for (row, line) in rows_mut(luma, width, part).zip(pixels.chunks_exact(part.width * 4)) {
        brightness(row, line);
    }
    let half = Rectangle::new(part.x / 2, part.y / 2, part.width / 2, part.height / 2);
    let lines = pixels.chunks_exact(part.width * 8);
    let colours = rows_mut(blue, width / 2, half).zip(rows_mut(red, width / 2, half));
    for ((blue, red), pair) in colours.zip(lines) {
        let (upper, lower) = pair.split_at(part.width * 4);
        differences(blue, red, upper, lower);
    }
}

/// A whole picture from `width` by `height` pixels (blue, green, red, unused;
/// no padding). Odd sides are cropped; `None` when pixels are missing.
#[must_use]
pub fn picture_from_bgra(width: usize, height: usize, pixels: &[u8]) -> Option<Picture> {
    let mut picture = Picture::black(width, height);
    let wanted = width.checked_mul(height)?.checked_mul(4)?;
    if width < 2 || height < 2 || pixels.len() < wanted {
        return None;
    }
    let all = Rectangle::new(0, 0, picture.width(), picture.height());
    if picture.width() == width {
        draw_bgra(&mut picture, all, pixels);
        return Some(picture);
    }
    let even: Vec<u8> = pixels
        .chunks_exact(width * 4)
        .flat_map(|row| row.iter().take(all.width * 4))
        .copied()
        .collect();
    draw_bgra(&mut picture, all, &even);
    Some(picture)
}

/// Red, green and blue of every pixel.
pub(crate) fn rgb(picture: &Picture) -> Vec<u8> {
    let width = picture.width();
    let mut pixels = vec![0; picture.area() * 3];
    let colours = picture
        .blue()
        .chunks_exact(width / 2)
        .zip(picture.red().chunks_exact(width / 2));
    let lines = picture
        .luma()
        .chunks_exact(width * 2)
        .zip(pixels.chunks_exact_mut(width * 6));
    for ((pair, target), (blue, red)) in lines.zip(colours) {
        let rows = pair
            .chunks_exact(width)
            .zip(target.chunks_exact_mut(width * 3));
        for (luma, target) in rows {
            shown_row(target, luma, blue, red);
        }
    }
    pixels
}

fn rows_mut(plane: &mut [u8], width: usize, part: Rectangle) -> impl Iterator<Item = &mut [u8]> {
    plane
        .chunks_exact_mut(width.max(1))
        .skip(part.y)
        .take(part.height)
        .filter_map(move |row| row.get_mut(part.x..part.right()))
}

fn brightness(row: &mut [u8], line: &[u8]) {
    let (pixels, _) = line.as_chunks::<4>();
    for (luma, &[blue, green, red, _]) in row.iter_mut().zip(pixels) {
        let sum = 66 * u16::from(red) + 129 * u16::from(green) + 25 * u16::from(blue);
        *luma = high_byte(sum + 128) + 16;
    }
}

fn differences(blue_row: &mut [u8], red_row: &mut [u8], upper: &[u8], lower: &[u8]) {
    let (upper, _) = upper.as_chunks::<8>();
    let (lower, _) = lower.as_chunks::<8>();
    let targets = blue_row.iter_mut().zip(red_row.iter_mut());
    for ((blue_target, red_target), (above, below)) in targets.zip(upper.iter().zip(lower)) {
        let [b0, g0, r0, _, b1, g1, r1, _] = above.map(i32::from);
        let [b2, g2, r2, _, b3, g3, r3, _] = below.map(i32::from);
        let (blue, green, red) = (b0 + b1 + b2 + b3, g0 + g1 + g2 + g3, r0 + r1 + r2 + r3);
        *blue_target = byte(((112 * blue - 74 * green - 38 * red + 512) >> 10) + 128);
        *red_target = byte(((112 * red - 94 * green - 18 * blue + 512) >> 10) + 128);
    }
}

fn shown_row(target: &mut [u8], luma: &[u8], blue: &[u8], red: &[u8]) {
    let (pixels, _) = target.as_chunks_mut::<6>();
    let (pairs, _) = luma.as_chunks::<2>();
    let colours = blue.iter().zip(red);
    for ((pixel, pair), (&blue, &red)) in pixels.iter_mut().zip(pairs).zip(colours) {
        let (blue, red) = (i32::from(blue) - 128, i32::from(red) - 128);
        let [r0, g0, b0, r1, g1, b1] = pixel;
        let [left, right] = pair;
        (*r0, *g0, *b0) = shown(*left, blue, red);
        (*r1, *g1, *b1) = shown(*right, blue, red);
    }
}

fn shown(luma: u8, blue: i32, red: i32) -> (u8, u8, u8) {
    let bright = 298 * (i32::from(luma) - 16) + 128;
    (
        byte((bright + 409 * red) >> 8),
        byte((bright - 100 * blue - 208 * red) >> 8),
        byte((bright + 516 * blue) >> 8),
    )
}

const fn high_byte(value: u16) -> u8 {
    (value >> 8) as u8
}

fn byte(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corner_colours_have_their_bt601_values() {
        let one = |blue, green, red| {
            let pixels = [blue, green, red, 0].repeat(4);
            let picture = picture_from_bgra(2, 2, &pixels).unwrap();
            (picture.luma()[0], picture.blue()[0], picture.red()[0])
        };

        assert_eq!(one(0, 0, 0), (16, 128, 128));
        assert_eq!(one(255, 255, 255), (235, 128, 128));
        assert_eq!(one(0, 0, 255), (82, 90, 240));
        assert_eq!(one(0, 255, 0), (144, 54, 34));
        assert_eq!(one(255, 0, 0), (41, 240, 110));
    }

    #[test]
    fn colours_come_back_nearly_as_they_went_in() {
        for colour in [
            [0, 0, 0, 0],
            [255, 255, 255, 0],
            [30, 140, 220, 0],
            [200, 10, 90, 0],
        ] {
            let picture = picture_from_bgra(2, 2, &colour.repeat(4)).unwrap();
            let rgb = picture.to_rgb();

            for (went_in, came_out) in colour.iter().take(3).zip(rgb[..3].iter().rev()) {
                assert!(
                    went_in.abs_diff(*came_out) <= 3,
                    "{colour:?} became {rgb:?}"
                );
            }
        }
    }

    #[test]
    fn only_the_changed_part_is_written() {
        let mut picture = Picture::black(6, 4);

        draw_bgra(&mut picture, Rectangle::new(2, 2, 2, 2), &[255; 16]);

        let mut luma = [16; 24];
        for place in [14, 15, 20, 21] {
            luma[place] = 235;
        }
        assert_eq!(picture.luma(), luma);
    }

    #[test]
    fn an_odd_picture_is_cropped_and_a_short_one_refused() {
        let picture = picture_from_bgra(3, 3, &[255; 36]).unwrap();

        assert_eq!((picture.width(), picture.height()), (2, 2));
        assert_eq!(picture.luma(), [235; 4]);
        assert_eq!(picture_from_bgra(3, 3, &[255; 35]), None);
    }
}
