import { expect, test } from 'vitest';
import { readCursor } from './cursor.ts';

test('a pointer without a shape is an arrow', () => {
  expect(readCursor({ x: 10, y: 20.5, visible: true })).toEqual({
    x: 10,
    y: 20.5,
    visible: true,
    shape: 'arrow',
  });
});

test('what is no pointer is left out', () => {
  expect(readCursor({ x: '1', y: 2 })).toBeNull();
  expect(readCursor({ x: Number.NaN, y: 2 })).toBeNull();
  expect(readCursor(null)).toBeNull();
  expect(readCursor([1, 2])).toBeNull();
});
