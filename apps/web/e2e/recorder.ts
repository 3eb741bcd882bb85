/**
 * Runs inside every page of a browser: notes when the session changed its
 * phase and what each frame of the picture showed. Reads the mark's blocks
 * only; their meaning is left to `counter.ts`.
 */
import type { Page } from 'playwright-core';
import { AREA, type Pixels, readBlocks } from './counter.ts';

export interface Recording {
  phases: { phase: string; at: number }[];
  frames: { at: number; means: number[] }[];
}

declare global {
  interface Window {
    recording?: Recording;
    snap?: (name: string) => void;
    snaps?: Record<string, { at: number; width: number; height: number; bytes: Uint8ClampedArray }>;
  }
}

/** When the picture is expected to be sharp, after the first frame, and a little before. */
const SHARP_AFTER_MS = 950;

/** To be given to `addInitScript` with `SETTINGS`. */
export function record({ corner, block, blocks, sharpAfter }: typeof SETTINGS): void {
  const recording: Recording = { phases: [], frames: [] };
  window.recording = recording;
  window.snaps = {};
  const canvas = new OffscreenCanvas(block * blocks, block);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const shown = () => document.querySelector<HTMLVideoElement>('[data-testid=picture]');
  let watched: HTMLVideoElement | null = null;

  window.snap = (name) => {
    const video = shown();
    if (!video || video.videoWidth === 0) return;
    const [width, height] = [video.videoWidth, video.videoHeight];
    const whole = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!whole || !window.snaps) return;
    const at = Date.now();
    whole.drawImage(video, 0, 0);
    window.snaps[name] = { at, width, height, bytes: whole.getImageData(0, 0, width, height).data };
  };

  const frame = (video: HTMLVideoElement) => {
    if (video !== watched || !context) return;
    const at = Date.now();
    if (recording.frames.length === 0) setTimeout(() => window.snap?.('sharp'), sharpAfter);
    context.drawImage(video, -corner, -corner);
    const { data } = context.getImageData(0, 0, block * blocks, block);
    const means = Array.from({ length: blocks }, (_, index) => {
      let sum = 0;
      for (let y = block / 4; y < (block * 3) / 4; y += 1) {
        const row = (y * block * blocks + index * block) * 4;
        for (let x = block / 4; x < (block * 3) / 4; x += 1) sum += data[row + x * 4 + 1] ?? 0;
      }
      return sum / (block / 2) ** 2;
    });
    recording.frames.push({ at, means });
    video.requestVideoFrameCallback(() => frame(video));
  };

  const look = () => {
    const phase = document.querySelector<HTMLElement>('[data-testid=session]')?.dataset.phase;
    if (phase && recording.phases.at(-1)?.phase !== phase) {
      recording.phases.push({ phase, at: Date.now() });
    }
    const video = shown();
    if (video !== watched) {
      watched = video;
      video?.requestVideoFrameCallback(() => frame(video));
    }
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    attributeFilter: ['data-phase'],
  });
}

export const SETTINGS = { ...AREA, sharpAfter: SHARP_AFTER_MS };

export async function recorded(page: Page): Promise<Recording> {
  return page.evaluate(() => window.recording ?? { phases: [], frames: [] });
}

export async function forget(page: Page): Promise<void> {
  await page.evaluate(() => {
    if (window.recording) window.recording.frames = window.recording.frames.slice(-1);
  });
}

/** What the picture showed at a moment; `sharp` is taken by itself after the first frame. */
export async function snapped(page: Page, name: string): Promise<Pixels & { at: number }> {
  await page.waitForFunction((wanted) => window.snaps?.[wanted] !== undefined, name);
  const { at, width, height, text } = await page.evaluate((wanted) => {
    const snap = window.snaps?.[wanted];
    if (!snap) throw new Error('nothing was snapped');
    const { at, width, height, bytes } = snap;
    let binary = '';
    for (let start = 0; start < bytes.length; start += 32_768) {
      binary += String.fromCharCode(...bytes.subarray(start, start + 32_768));
    }
    return { at, width, height, text: btoa(binary) };
  }, name);
  return { at, width, height, data: Buffer.from(text, 'base64') };
}

export interface Second {
  /** Frames whose counter is newer than the frame before. */
  advances: number;
  /** Frames without a readable mark, or with an older one. */
  odd: number;
}

/** The seconds from `start` on, `count` of them. */
export function seconds({ frames }: Recording, start: number, count: number): Second[] {
  const all = Array.from({ length: count }, () => ({ advances: 0, odd: 0 }));
  let newest: number | null = null;
  for (const { at, means } of frames) {
    const value = readBlocks(means);
    const second = all[Math.floor((at - start) / 1000)];
    if (second && value === null) second.odd += 1;
    if (value === null) continue;
    if (second && newest !== null && value < newest) second.odd += 1;
    if (second && newest !== null && value > newest) second.advances += 1;
    newest = value;
  }
  return all;
}

/** The longest time between two of these moments, from `start` to `end`. */
export function longestPause(times: number[], start: number, end: number): number {
  const within = [start, ...times.filter((at) => at > start && at < end), end];
  return Math.max(...within.slice(1).map((at, index) => at - (within[index] ?? at)));
}
