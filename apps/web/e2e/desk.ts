/**
 * A desktop for a browser to share: a page that carries the painted counter
 * above resting text and fine lines, shared as a tab. `turn` replaces what
 * rests.
 */
import type { BrowserContext, Page } from 'playwright-core';
import { AREA, type Pixels } from './counter.ts';

export const TITLE = 'Desk of the sharer';
export const WIDTH = 1280;
export const HEIGHT = 720;

declare global {
  interface Window {
    turn?: (page: number) => number;
  }
}

export async function openDesk(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.setViewportSize({ width: WIDTH, height: HEIGHT });
  await page.setContent(
    `<title>${TITLE}</title><style>body{margin:0}canvas{display:block}</style>
     <canvas width="${WIDTH}" height="${HEIGHT}"></canvas>`,
  );
  await page.evaluate(paint, AREA);
  return page;
}

/** Shows another page of text; gives the time at which it began to rest. */
export async function turn(desk: Page, page: number): Promise<number> {
  return desk.evaluate((wanted) => window.turn?.(wanted) ?? 0, page);
}

/** What the desk shows, as it was painted. */
export async function painted(desk: Page): Promise<Pixels> {
  const text = await desk.evaluate(() => document.querySelector('canvas')?.toDataURL() ?? '');
  return decoded(desk, text);
}

/** The pixels of a picture file, given as `data:` URL. */
export async function decoded(page: Page, url: string): Promise<Pixels> {
  const { width, height, text } = await page.evaluate(async (source) => {
    const binary = atob(source.slice(source.indexOf(',') + 1));
    const file = new Blob([Uint8Array.from(binary, (byte) => byte.charCodeAt(0))]);
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    let raw = '';
    for (let start = 0; start < data.length; start += 32_768) {
      raw += String.fromCharCode(...data.subarray(start, start + 32_768));
    }
    return { width, height, text: btoa(raw) };
  }, url);
  return { width, height, data: Buffer.from(text, 'base64') };
}

/** Runs in the page. */
function paint({ corner, block, blocks }: typeof AREA): void {
  const canvas = document.querySelector('canvas');
  const context = canvas?.getContext('2d', { alpha: false });
  if (!canvas || !context) return;
  const { width, height } = canvas;
  window.turn = (page) => {
    context.fillStyle = '#f6f6f6';
    context.fillRect(0, corner + block, width, height);
    context.fillStyle = '#1c2028';
    for (let line = 0; line < 26; line += 1) {
      context.font = `${12 + (line % 4) * 3}px monospace`;
      const route = `10.${100 + page}.${line * 7}.0/24   10.${100 + page}.0.1`;
      context.fillText(`${route}   page ${page}, line ${line}: sharp at rest`, 64, 140 + line * 22);
    }
    for (let step = 0; step < 60; step += 1) {
      context.fillRect(900 + step * (2 + page), 140, 1, 200);
      context.fillRect(900, 380 + step * (2 + page), 300, 1);
    }
    return Date.now();
  };
  context.fillStyle = '#f6f6f6';
  context.fillRect(0, 0, width, height);
  window.turn(0);
  let shown = -1;
  setInterval(() => {
    const value = Math.floor(Date.now() / 50) % (1 << 20);
    if (value === shown) return;
    shown = value;
    const bits = Array.from({ length: 20 }, (_, index) => (value >> (19 - index)) & 1);
    const parity = bits.reduce((sum, bit) => sum + bit, 0) % 2;
    for (const [index, bit] of [1, 0, 1, 0, ...bits, parity].entries()) {
      if (index >= blocks) return;
      context.fillStyle = bit ? '#fff' : '#000';
      context.fillRect(corner + index * block, corner, block, block);
    }
  }, 10);
}
