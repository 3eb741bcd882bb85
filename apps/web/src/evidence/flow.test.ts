import { expect, test } from 'vitest';
import { Flow } from './flow.ts';
import type { PairStat } from './snapshot.ts';

test('a pair that carried packets and whose checks nobody answers has stopped, told once', () => {
  const flow = new Flow(pair(0, 1));
  flow.update(pair(10, 1), 1000);
  flow.update(pair(90, 2), 9000);

  expect(flow.update(pair(90, 3), 12_000)).toBeNull();
  expect(flow.update(pair(90, 4), 13_500)).toEqual({ lived_ms: 8000, silent_ms: 4500 });
  expect(flow.update(pair(90, 5), 16_000)).toBeNull();
});

test('a pair on which something arrives again can stop again', () => {
  const flow = new Flow(pair(0, 1));
  flow.update(pair(10, 1), 1000);
  flow.update(pair(11, 1), 2000);
  flow.update(pair(11, 4), 7000);
  flow.update(pair(12, 4), 8000);

  expect(flow.update(pair(12, 6), 13_000)).toEqual({ lived_ms: 7000, silent_ms: 5000 });
});

test('a still screen is no silence while no check is lost', () => {
  const flow = new Flow(pair(0, 1));
  flow.update(pair(10, 1), 1000);
  flow.update(pair(11, 1), 2000);

  expect(flow.update(pair(11, 2), 60_000)).toBeNull();
});

test('a pair that never carried anything has not stopped', () => {
  const flow = new Flow(pair(0, 0));

  expect(flow.update(pair(0, 9), 20_000)).toBeNull();
});

function pair(arrived: number, asked: number): PairStat {
  return { id: 'P', local: 'L', remote: 'R', sent: 0, answered: 0, received: 0, asked, arrived };
}
