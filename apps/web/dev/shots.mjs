/**
 * Takes screenshots of every gallery scene in light and dark at three widths,
 * into dev/shots. Arguments choose scenes. CHROMIUM names the browser.
 */
import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';

const SCENES = [
  'sign-in',
  'unreachable',
  'people',
  'people-empty',
  'people-lost',
  'check-running',
  'check-done',
  'check-well',
  'check-path',
  'check-path-refused',
  'share-link',
  'share-link-other-ca',
  'consent',
  'consent-guest',
  'accept',
  'ringing',
  'session',
  'session-relay',
  'session-silent',
  'sharing',
  'ended',
  'ended-no-picture',
  'administration',
  'administration-old-server',
  'record-of-a-session',
];
const WIDTHS = [
  [360, 740],
  [1024, 768],
  [1920, 1080],
];

const chosen = process.argv.slice(2);
const scenes = chosen.length > 0 ? chosen : SCENES;
const out = new URL('shots/', import.meta.url).pathname;
await mkdir(out, { recursive: true });
const server = await createServer({
  configFile: new URL('vite.config.ts', import.meta.url).pathname,
});
await server.listen();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
let wrong = 0;
for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of WIDTHS) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height } });
    const page = await context.newPage();
    page.on('pageerror', (error) => {
      wrong += 1;
      console.error(`${page.url()}: ${error.message}`);
    });
    for (const scene of scenes) {
      await page.goto(`http://127.0.0.1:5199/dev/index.html?scene=${scene}`);
      await page.waitForSelector('#app *');
      if (scene.startsWith('session')) {
        await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0);
      }
      if (/session-|sharing/.test(scene)) {
        await page.click('[data-testid=why-not-direct]');
        if (scene === 'session-silent') await page.click('[data-testid=verdict-rivals] summary');
      }
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      if (wide) {
        wrong += 1;
        console.error(`${scene} at ${width}: the page is wider than the window`);
      }
      // What is asked of the server is answered before a picture is taken.
      await page.waitForLoadState('networkidle');
      const fullPage = /^(administration|record|check)/.test(scene);
      await page.screenshot({ fullPage, path: `${out}${scene}-${colorScheme}-${width}.png` });
    }
    await context.close();
  }
}
await browser.close();
await server.close();
process.exitCode = wrong === 0 ? 0 : 1;
