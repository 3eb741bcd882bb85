import { expect, test } from 'vitest';
import { isOneColour } from './colour.ts';

const BLACK = [0, 0, 0, 255];
const NEARLY_BLACK = [1, 2, 0, 255];
const GREY = [11, 11, 11, 255];

test('equal pixels are of one colour, also where scaling left a trace', () => {
  expect(isOneColour([BLACK, BLACK, NEARLY_BLACK].flat())).toBe(true);
});

test('a cursor on a black screen is a second colour', () => {
  expect(isOneColour([BLACK, GREY, BLACK].flat())).toBe(false);
});
