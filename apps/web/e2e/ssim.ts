/**
 * How alike two pictures look: SSIM over luma, 8 by 8 windows every 4 pixels,
 * as the module `similarity` of the screen port computes it.
 */
import type { Pixels } from './counter.ts';

const MEANS = 6.5025;
const SPREADS = 58.5225;
const WINDOW = 8;
const STRIDE = 4;

/** 1 for the same picture; `null` when sizes differ or a side is below 8 pixels. */
export function similarity(one: Pixels, other: Pixels): number | null {
  const { width, height } = one;
  if (width !== other.width || height !== other.height) return null;
  if (width < WINDOW || height < WINDOW) return null;
  const [a, b] = [luma(one), luma(other)];
  let sum = 0;
  let windows = 0;
  for (let top = 0; top <= height - WINDOW; top += STRIDE) {
    for (let left = 0; left <= width - WINDOW; left += STRIDE) {
      sum += windowOf(a, b, width, left, top);
      windows += 1;
    }
  }
  return sum / windows;
}

function windowOf(
  a: Float64Array,
  b: Float64Array,
  width: number,
  left: number,
  top: number,
): number {
  let [sumA, sumB, squares, product] = [0, 0, 0, 0];
  for (let y = top; y < top + WINDOW; y += 1) {
    for (let x = left; x < left + WINDOW; x += 1) {
      const [p, q] = [a[y * width + x] ?? 0, b[y * width + x] ?? 0];
      sumA += p;
      sumB += q;
      squares += p * p + q * q;
      product += p * q;
    }
  }
  const [meanA, meanB] = [sumA / 64, sumB / 64];
  const means = meanA * meanA + meanB * meanB;
  const spread = squares / 64 - means;
  const common = product / 64 - meanA * meanB;
  return (
    ((2 * meanA * meanB + MEANS) * (2 * common + SPREADS)) / ((means + MEANS) * (spread + SPREADS))
  );
}

function luma({ data, width, height }: Pixels): Float64Array {
  return Float64Array.from({ length: width * height }, (_, index) => {
    const at = index * 4;
    return 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
  });
}
