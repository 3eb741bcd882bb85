//! Decides how alike two pictures look: SSIM over luma, 8 by 8 windows every 4
//! pixels, the usual constants for 8 bits. Used by tests and by the demo.

use crate::picture::Picture;

/// Structural similarity of the two luma planes, 1 for the same picture;
/// `None` when the sizes differ or a side is below 8 pixels.
#[must_use]
pub fn similarity(one: &Picture, other: &Picture) -> Option<f64> {
    if (one.width(), one.height()) != (other.width(), other.height()) {
        return None;
    }
    let mut sum = 0.0;
    let mut windows = 0_u32;
    for top in (0..=one.height().checked_sub(8)?).step_by(4) {
        for left in (0..=one.width().checked_sub(8)?).step_by(4) {
            sum += window(one, other, left, top);
            windows += 1;
        }
    }
    Some(sum / f64::from(windows))
}

fn window(one: &Picture, other: &Picture, left: usize, top: usize) -> f64 {
    const MEANS: f64 = 6.5025;
    const SPREADS: f64 = 58.5225;
    let [sum_one, sum_other, squares, product] = sums(one, other, left, top);
    let (mean_one, mean_other) = (sum_one / 64.0, sum_other / 64.0);
    let means = mean_one * mean_one + mean_other * mean_other;
    let spread = squares / 64.0 - means;
    let common = product / 64.0 - mean_one * mean_other;
    ((2.0 * mean_one * mean_other + MEANS) * (2.0 * common + SPREADS))
        / ((means + MEANS) * (spread + SPREADS))
}

fn sums(one: &Picture, other: &Picture, left: usize, top: usize) -> [f64; 4] {
    let (mut sum_one, mut sum_other, mut squares, mut product) = (0_u32, 0_u32, 0_u32, 0_u32);
    for row in top..top + 8 {
        let start = row * one.width() + left;
        let rows = one.luma().get(start..start + 8).into_iter().flatten();
        let others = other.luma().get(start..start + 8).into_iter().flatten();
        for (&a, &b) in rows.zip(others) {
            let (a, b) = (u32::from(a), u32::from(b));
            sum_one += a;
            sum_other += b;
            squares += a * a + b * b;
            product += a * b;
        }
    }
    [sum_one, sum_other, squares, product].map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::picture_from_bgra;

    #[test]
    fn a_picture_is_wholly_like_itself_and_unlike_its_opposite() {
        let stripes = |first: u8, second: u8| {
            let row: Vec<u8> = [[first; 4], [second; 4]].concat().repeat(8);
            picture_from_bgra(16, 16, &row.repeat(16)).unwrap()
        };
        let picture = stripes(0, 255);

        assert_eq!(similarity(&picture, &picture), Some(1.0));
        assert!(similarity(&picture, &stripes(255, 0)).unwrap() < -0.9);
    }

    #[test]
    fn pictures_of_different_sizes_are_not_compared() {
        assert_eq!(
            similarity(&Picture::black(16, 16), &Picture::black(16, 18)),
            None
        );
    }
}
