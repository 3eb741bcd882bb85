import { expect, test } from 'vitest';
import { fitted, oneToOne } from './zoom.ts';

test('a wide picture in a tall box is centred from top to bottom', () => {
  expect(fitted({ width: 1000, height: 500 }, { width: 500, height: 500 })).toEqual({
    scale: 0.5,
    left: 0,
    top: 125,
  });
});

test('before the first frame there is nothing to scale', () => {
  expect(fitted({ width: 0, height: 0 }, { width: 500, height: 500 }).scale).toBe(1);
});

test('one to one is one pixel of the screen, whatever a CSS pixel is', () => {
  expect(oneToOne({ width: 1280, height: 720 }, 2)).toEqual({ width: 640, height: 360 });
});
