//! Decides how a number is painted so that it can be read from the far end of
//! a lossy video path: the latency mark of the test pattern. Knows no clock;
//! the time comes in.
//!
//! # Layout (version 1, also read by the browser tests)
//!
//! Coordinates are pixels of the picture, not scaled. The mark is ONE row of
//! 25 square blocks of 32 by 32 pixels, its top left corner at (64, 64), so it
//! covers x from 64 to 863 and y from 64 to 95. Block `i` (0 to 24) covers x
//! from `64 + 32*i` to `64 + 32*i + 31`. A block is white (luma 235, RGB 255)
//! for 1 or black (luma 16, RGB 0) for 0:
//!
//! | block | meaning |
//! |---|---|
//! | 0 to 3 | sync, always white, black, white, black |
//! | 4 to 23 | the value, 20 bits, most significant bit first (block 4 is bit 19, block 23 is bit 0) |
//! | 24 | parity: white when the number of white value blocks is odd (even parity over blocks 4 to 24) |
//!
//! To read a block, take the mean brightness of its inner 16 by 16 pixels
//! (x from `64 + 32*i + 8`, y from 72). The threshold is the middle between
//! the mean of blocks 0 and 2 and the mean of blocks 1 and 3; when these are
//! less than 64 of 255 apart, or a sync block lies on the wrong side of the
//! threshold, or the parity is wrong, there is no mark. Brightness may be luma
//! or any mix of red, green and blue: the blocks are grey.
//!
//! The value is `(unix milliseconds / 50) mod 2^20` ([`value_at`]); it comes
//! round after 14.5 hours. The age of a picture is the difference of two
//! values modulo 2^20, times 50 ms ([`age`]).

use crate::rectangle::Rectangle;
use std::time::Duration;

/// One past the largest value.
pub const VALUES: u32 = 1 << 20;
/// How long one value lasts.
pub const STEP: Duration = Duration::from_millis(50);
/// Side of one block in pixels.
pub const BLOCK: usize = 32;
/// Column of the first block, and row of all blocks.
pub const CORNER: usize = 64;
/// Number of blocks: sync, value, parity.
pub const BLOCKS: usize = 25;

const SYNC: [bool; 4] = [true, false, true, false];

/// The part of the picture that the mark covers.
#[must_use]
pub const fn place() -> Rectangle {
    Rectangle::new(CORNER, CORNER, BLOCK * BLOCKS, BLOCK)
}

/// The value to show at a time since 1970-01-01T00:00:00Z.
#[must_use]
pub fn value_at(since_1970: Duration) -> u32 {
    let steps = since_1970.as_millis() / STEP.as_millis() % u128::from(VALUES);
    u32::try_from(steps).unwrap_or(0)
}

/// How long ago `value` was shown when `now` is the value of this moment,
/// to the step.
#[must_use]
pub fn age(value: u32, now: u32) -> Duration {
    STEP * ((now.wrapping_sub(value)) % VALUES)
}

/// The blocks of a value, left to right; `true` is white.
#[must_use]
pub fn blocks(value: u32) -> [bool; BLOCKS] {
    let mut blocks = [false; BLOCKS];
    let bits = (0..20).rev().map(|bit| value >> bit & 1 == 1);
    let parity = (value % VALUES).count_ones() % 2 == 1;
    let all = SYNC.into_iter().chain(bits).chain([parity]);
    for (block, white) in blocks.iter_mut().zip(all) {
        *block = white;
    }
    blocks
}

/// Paints `value` into rows of `stride` pixels of four bytes (blue, green, red,
/// unused). What lies outside of `pixels` is left out.
pub fn draw(pixels: &mut [u8], stride: usize, value: u32) {
    let blocks = blocks(value);
    for row in pixels
        .chunks_exact_mut((stride * 4).max(4))
        .skip(CORNER)
        .take(BLOCK)
    {
        let line = row.iter_mut().skip(CORNER * 4);
        let shades = blocks.iter().flat_map(|white| [shade(*white); BLOCK * 4]);
        for (byte, shade) in line.zip(shades) {
            *byte = shade;
        }
    }
}

/// Reads the value from a luma (or grey) plane whose rows are `stride` bytes
/// apart; `None` when there is no mark or it cannot be trusted.
#[must_use]
pub fn read(luma: &[u8], width: usize, stride: usize) -> Option<u32> {
    if width < place().right() || stride < width {
        return None;
    }
    let mut means = [0_u32; BLOCKS];
    for (block, mean) in means.iter_mut().enumerate() {
        *mean = mean_of(luma, stride, CORNER + block * BLOCK + BLOCK / 4)?;
    }
    let [white, black, white_too, black_too, ..] = means;
    let (white, black) = ((white + white_too) / 2, (black + black_too) / 2);
    if white < black + 64 {
        return None;
    }
    let read = means.map(|mean| mean > (white + black) / 2);
    let value = read
        .iter()
        .skip(SYNC.len())
        .take(20)
        .fold(0, |value, &bit| value << 1 | u32::from(bit));
    (read == blocks(value)).then_some(value)
}

const fn shade(white: bool) -> u8 {
    if white { 255 } else { 0 }
}

fn mean_of(luma: &[u8], stride: usize, left: usize) -> Option<u32> {
    const INNER: usize = BLOCK / 2;
    let top = CORNER + BLOCK / 4;
    let mut sum = 0;
    for row in top..top + INNER {
        let start = row * stride + left;
        let line = luma.get(start..start + INNER)?;
        sum += line.iter().copied().map(u32::from).sum::<u32>();
    }
    Some(sum / 256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::picture_from_bgra;

    #[test]
    fn every_bit_is_read_as_it_was_painted() {
        let all_bits = (0..20).map(|bit| 1 << bit);
        for value in all_bits.chain([0, VALUES - 1, 0x5_5555, 0xA_AAAA, 123_456]) {
            assert_eq!(read_back(value), Some(value));
        }
    }

    #[test]
    fn the_layout_is_the_documented_one() {
        let mut expected = [false; BLOCKS];
        for white in [0, 2, 4, 23] {
            expected[white] = true;
        }

        assert_eq!(blocks(1 << 19 | 1), expected);
        assert_eq!(place(), Rectangle::new(64, 64, 800, 32));
        expected[22] = true;
        expected[24] = true;
        assert_eq!(blocks(1 << 19 | 3), expected);
    }

    #[test]
    fn one_wrong_block_is_noticed_by_parity() {
        let mut pixels = painted(77);
        for row in CORNER..CORNER + BLOCK {
            let start = (row * WIDTH + CORNER + 10 * BLOCK) * 4;
            for byte in &mut pixels[start..start + BLOCK * 4] {
                *byte = !*byte;
            }
        }
        let picture = picture_from_bgra(WIDTH, HEIGHT, &pixels).unwrap();

        assert_eq!(read(picture.luma(), WIDTH, WIDTH), None);
    }

    #[test]
    fn a_picture_without_mark_and_one_too_small_have_no_value() {
        assert_eq!(read(&vec![16; WIDTH * HEIGHT], WIDTH, WIDTH), None);
        assert_eq!(read(&[16; 64], 8, 8), None);
        assert_eq!(read(&[], WIDTH, WIDTH), None);
    }

    #[test]
    fn the_value_steps_every_50_ms_and_comes_round() {
        assert_eq!(value_at(Duration::from_millis(99)), 1);
        assert_eq!(value_at(STEP * (VALUES + 7)), 7);
        assert_eq!(age(VALUES - 1, 1), Duration::from_millis(100));
    }

    const WIDTH: usize = 1280;
    const HEIGHT: usize = 128;

    fn painted(value: u32) -> Vec<u8> {
        let mut pixels = vec![90; WIDTH * HEIGHT * 4];
        draw(&mut pixels, WIDTH, value);
        pixels
    }

    fn read_back(value: u32) -> Option<u32> {
        let picture = picture_from_bgra(WIDTH, HEIGHT, &painted(value)).unwrap();
        read(picture.luma(), picture.width(), picture.width())
    }
}
