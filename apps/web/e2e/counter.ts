/**
 * Reads the latency mark of the test pattern, layout version 1 as documented
 * at the module `counter` of the screen port: one row of 25 blocks of 32
 * pixels at (64, 64): sync white black white black, 20 bits, parity.
 */
export const VALUES = 1 << 20;
export const STEP_MS = 50;
const BLOCK = 32;
const CORNER = 64;
const BLOCKS = 25;
/** Where the mark lies. */
export const AREA = { corner: CORNER, block: BLOCK, blocks: BLOCKS };
const SYNC = [true, false, true, false];

/** The mark's row of a picture, from its top left corner: RGBA rows. */
export interface Pixels {
  data: ArrayLike<number>;
  width: number;
  height: number;
}

/** `null` when there is no mark or it cannot be trusted. */
export function readCounter(pixels: Pixels): number | null {
  if (pixels.width < CORNER + BLOCK * BLOCKS || pixels.height < CORNER + BLOCK) return null;
  return readBlocks(Array.from({ length: BLOCKS }, (_, block) => meanOf(pixels, block)));
}

/** The value of a mark by the mean brightness of its blocks. */
export function readBlocks(means: number[]): number | null {
  const [white = 0, black = 0, whiteToo = 0, blackToo = 0] = means;
  const [high, low] = [(white + whiteToo) / 2, (black + blackToo) / 2];
  if (high < low + 64) return null;
  const read = means.map((mean) => mean > (high + low) / 2);
  const value = read.slice(4, 24).reduce((sum, bit) => sum * 2 + Number(bit), 0);
  const expected = blocks(value);
  return read.every((white, index) => white === expected[index]) ? value : null;
}

export function blocks(value: number): boolean[] {
  const bits = Array.from({ length: 20 }, (_, index) => ((value >> (19 - index)) & 1) === 1);
  const parity = bits.filter(Boolean).length % 2 === 1;
  return [...SYNC, ...bits, parity];
}

export function valueAt(unixMilliseconds: number): number {
  return Math.floor(unixMilliseconds / STEP_MS) % VALUES;
}

/** How long ago `value` was painted, in milliseconds, to the step. */
export function age(value: number, now: number): number {
  return ((((now - value) % VALUES) + VALUES) % VALUES) * STEP_MS;
}

function meanOf({ data, width }: Pixels, block: number): number {
  const inner = BLOCK / 2;
  const left = CORNER + block * BLOCK + BLOCK / 4;
  const top = CORNER + BLOCK / 4;
  let sum = 0;
  for (let y = top; y < top + inner; y += 1) {
    for (let x = left; x < left + inner; x += 1) {
      const at = (y * width + x) * 4;
      sum += (data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0);
    }
  }
  return sum / (3 * inner * inner);
}
