import { expect, test } from 'vitest';
import { age, blocks, type Pixels, readCounter, VALUES, valueAt } from './counter.ts';
import { longestPause } from './recorder.ts';
import { similarity } from './ssim.ts';

test('every bit of the mark is read as it was painted', () => {
  const values = [...Array(20).keys()].map((bit) => 1 << bit);
  for (const value of [...values, 0, VALUES - 1, 0x55555, 0xaaaaa, 123_456]) {
    expect(readCounter(painted(value))).toBe(value);
  }
});

test('one wrong block is noticed by parity, and no mark is no value', () => {
  const wrong = painted(77);
  fill(wrong, 10, 255 - (wrong.data[(64 * wrong.width + 64 + 10 * 32) * 4] ?? 0));

  expect(readCounter(wrong)).toBeNull();
  expect(readCounter(grey(1280, 128, 16))).toBeNull();
  expect(readCounter(grey(8, 8, 16))).toBeNull();
});

test('the value steps every 50 ms and comes round', () => {
  expect(valueAt(99)).toBe(1);
  expect(valueAt(50 * (VALUES + 7))).toBe(7);
  expect(age(VALUES - 1, 1)).toBe(100);
});

test('a picture is wholly like itself and hardly like its opposite', () => {
  const one = painted(0x55555);
  const opposite = { ...one, data: Array.from(one.data, (byte) => 255 - byte) };

  expect(similarity(one, one)).toBeCloseTo(1, 6);
  expect(similarity(one, opposite)).toBeLessThan(0.9);
  expect(similarity(one, grey(16, 16, 0))).toBeNull();
});

test('a pause counts from the beginning and to the end as well', () => {
  expect(longestPause([100, 150, 900], 0, 1000)).toBe(750);
  expect(longestPause([], 0, 1000)).toBe(1000);
  expect(longestPause([50, 990, 5000], 0, 1000)).toBe(940);
});

function painted(value: number): Pixels {
  const pixels = grey(1280, 128, 90);
  blocks(value).forEach((white, block) => {
    fill(pixels, block, white ? 255 : 0);
  });
  return pixels;
}

function fill({ data, width }: Pixels, block: number, shade: number): void {
  const bytes = data as number[];
  for (let y = 64; y < 96; y += 1) {
    const start = (y * width + 64 + block * 32) * 4;
    bytes.fill(shade, start, start + 32 * 4);
  }
}

function grey(width: number, height: number, shade: number): Pixels {
  return { data: new Array<number>(width * height * 4).fill(shade), width, height };
}
