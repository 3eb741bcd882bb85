/** What journeys hold a picture against: the figures, and how they are taken. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { AREA, type Pixels } from './counter.ts';
import { decoded } from './desk.ts';
import { named, type Program, run, type Said } from './programs.ts';
import { longestPause, recorded, seconds } from './recorder.ts';
import { similarity } from './ssim.ts';

/** The counter is painted anew 20 times a second; so many of them must be seen. */
const ADVANCES_A_SECOND = 10;
export const SHARP = 0.98;
/** How many of so many seconds may be slower: the machine may be busy with something else. */
const SLOW_OF = 5;
/** A picture that moves never stands still for longer. */
const STANDSTILL_MS = 2500;

/** Holds `count` seconds of the picture against the figure; gives the slowest one. */
export async function watch(page: Page, count: number): Promise<number> {
  const start = await page.evaluate(() => Date.now());
  await page.waitForTimeout(count * 1000 + 100);
  const recording = await recorded(page);
  const all = seconds(recording, start, count);
  const odd = all.reduce((sum, second) => sum + second.odd, 0);
  expect(odd, 'frames without a mark, or older than the one before').toBe(0);
  const times = recording.frames.map(({ at }) => at);
  keepsPace(
    all.map(({ advances }) => advances),
    longestPause(times, start, start + count * 1000),
  );
  return Math.min(...all.map(({ advances }) => advances));
}

/**
 * The same for a native viewer, by what it says about once a second: pictures
 * decoded, and the newest counter. Gives the slowest second.
 */
export async function watchNative(view: Program, count: number): Promise<number> {
  const told = () => view.said.filter(({ event }) => event === 'stats');
  const first = told().length;
  await view.until(
    `${count} seconds of pictures`,
    () => enough(told(), first, count),
    count * 1100 + 3000,
  );
  const stats = told().slice(first);
  const rates = stats.slice(1).map((now, index) => rate(stats[index] ?? {}, now));
  const frames = rates.map(({ frames }) => frames);
  const counter = rates.map(({ counter }) => counter);
  for (const all of [frames, counter]) keepsPace(all, standstill(all));
  return Math.round(Math.min(...frames));
}

/**
 * The figure holds for the whole and for nearly every second. One slow second more
 * or less is a figure to read, not a test: it is the machine's as often as ours.
 */
function keepsPace(rates: number[], pause: number): void {
  const text = `each second: ${rates.map((one) => Math.round(one))}`;
  const slow = rates.filter((one) => one < ADVANCES_A_SECOND);
  const mean = rates.reduce((sum, one) => sum + one, 0) / rates.length;
  expect(mean, text).toBeGreaterThanOrEqual(ADVANCES_A_SECOND);
  expect(slow.length, text).toBeLessThanOrEqual(rates.length / SLOW_OF);
  expect(pause, `milliseconds without a new picture; ${text}`).toBeLessThanOrEqual(STANDSTILL_MS);
}

/** Milliseconds in a row in which nothing came, by counts of about a second each. */
function standstill(rates: number[]): number {
  let [longest, now] = [0, 0];
  for (const one of rates) {
    now = one > 0 ? 0 : now + 1000;
    longest = Math.max(longest, now);
  }
  return longest;
}

function enough(stats: Said[], first: number, count: number): boolean {
  const [begin, now] = [stats[first], stats.at(-1)];
  return begin !== undefined && now !== undefined && time(now) - time(begin) >= count * 1000;
}

/** Frames, and values of the counter, in a second. */
function rate(before: Said, now: Said): { frames: number; counter: number } {
  const passed = (time(now) - time(before)) / 1000;
  const grown = (name: string) => (Number(now[name]) - Number(before[name])) / passed;
  return { frames: grown('frames'), counter: grown('counter') };
}

function time({ at }: Said): number {
  return Date.parse(String(at));
}

/** How alike two pictures are where nothing moves: between the counter and the walking bar. */
export function resting(one: Pixels, other: Pixels): number {
  const value = similarity(still(one), still(other));
  if (value === null) throw new Error(`${one.width}x${one.height}, ${other.width}x${other.height}`);
  return value;
}

/** The test pattern as the painter writes it: before any encoder. */
export async function pattern(page: Page, folder: string): Promise<Pixels> {
  const file = `${folder}/pattern.png`;
  await run([named('HOPSIGHT_PAINTER'), '--picture', file]);
  const url = `data:image/png;base64,${(await readFile(file)).toString('base64')}`;
  return decoded(page, url);
}

/** Milliseconds from a time, or from when the page heard of the answer, to the first frame. */
export async function firstFrame(page: Page, answered?: unknown): Promise<number> {
  await page.waitForFunction(() => (window.recording?.frames.length ?? 0) > 0, null, {
    timeout: 15_000,
  });
  const { phases, frames } = await recorded(page);
  const heard = phases.find(({ phase }) => phase === 'connecting')?.at;
  const from = typeof answered === 'string' ? Date.parse(answered) : heard;
  const first = frames[0]?.at;
  if (from === undefined || first === undefined) throw new Error('no answer or no frame');
  return first - from;
}

/** The part at rest: below the counter, above the walking bar. */
function still({ data, width, height }: Pixels): Pixels {
  const [top, bottom] = [AREA.corner + AREA.block + 8, height - 56];
  const rows = Array.prototype.slice.call(data, top * width * 4, bottom * width * 4);
  return { data: rows, width, height: bottom - top };
}
