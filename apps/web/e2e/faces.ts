/** Pictures of a page for somebody to look at, in each colour scheme and width. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const WIDTHS = [360, 1280];

/**
 * Nothing may be wider than the window; with `--faces FOLDER` the page is kept
 * there as a picture.
 */
export async function faces(page: Page, name: string): Promise<void> {
  const folder = process.env.JOURNEY_FACES;
  const before = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const [needed, shown] = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return [scrollWidth, clientWidth];
      });
      expect(needed, `${name} at ${width}`).toBe(shown);
      if (!folder) continue;
      const path = join(folder, `${name}-${colorScheme}-${width}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}
