/** Two client networks with routes between them: everything goes straight. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { painted, turn } from '../desk.ts';
import { counted, NOTHING, startCounting } from '../packets.ts';
import { snapped } from '../recorder.ts';
import { firstFrame, pattern, resting, SHARP, watch, watchNative } from '../sight.ts';
import { expectQuestion, invite, openAsGuest, pathOf, reach } from '../steps.ts';

const DIRECT = { kind: 'direct', transport: 'udp' };
const TRUSTED = { certificate: 'trusted' } as const;
const SHARING = { certificate: 'trusted', shares: true } as const;
/** Counting starts early enough that no later datagram escapes it. */
const STOPPED_AFTER_MS = 200;
const COUNTING_MS = 80;
const all = cast();

test('a guest sees a native share by its link, straight and sharp, after one click', async () => {
  const { stage, alice } = all;
  const share = stage.share(alice, ['--accept']);
  const { url } = await share.event('link');
  const guest = await stage.browser('desk-b', TRUSTED);
  await openAsGuest(guest, url);

  const { at } = await share.event('answered');
  const after = await firstFrame(guest.page, at);
  const sharp = await snapped(guest.page, 'sharp');
  const alike = resting(sharp, await pattern(guest.page, stage.folder));
  measured('answer to first frame', `${after} ms`);
  measured('SSIM within a second of the first frame', alike.toFixed(4));

  expect(after).toBeLessThanOrEqual(1000);
  expect(alike).toBeGreaterThanOrEqual(SHARP);
  expect(await pathOf(guest.page)).toEqual(DIRECT);
  measured('advances in the slowest second of 30', await watch(guest.page, 30));
});

test('a native viewer sees what a browser shares with it', async () => {
  const { stage, alice, bob } = all;
  const view = stage.view(bob, ['--accept']);
  await view.event('registered');
  const { page } = await stage.browserOf(alice, SHARING);
  await invite(page, 'share-with', bob);

  const { after_ms: after } = await view.event('first-frame', 15_000);
  measured('answer to first frame', `${after} ms`);

  expect(Number(after)).toBeLessThanOrEqual(1000);
  expect(await view.event('path')).toMatchObject(DIRECT);
  expect(await pathOf(page)).toEqual(DIRECT);
  measured('frames in the slowest second of 30', await watchNative(view, 30));
});

test('who is asked to show sees who asks, shows after the yes, and stops at once', async () => {
  const { stage, alice, bob } = all;
  const sharer = await stage.browserOf(alice, SHARING);
  const viewer = await stage.browserOf(bob, TRUSTED);
  await startCounting(alice.node);
  await invite(viewer.page, 'ask-to-see', alice);
  await expectQuestion(sharer.page, 'bob wants to see your screen', /^bob@hopsight\.internal$/);
  expect(await counted(alice.node), 'before the yes').toEqual(NOTHING);
  await sharer.page.getByTestId('consent-allow').click();

  const after = await firstFrame(viewer.page);
  measured('answer to first frame', `${after} ms`);
  expect(after).toBeLessThanOrEqual(1000);
  expect(await pathOf(viewer.page)).toEqual(DIRECT);
  if (!sharer.desk) throw new Error('the sharer has no desk');
  const rests = await turn(sharer.desk, 2);
  await viewer.page.waitForTimeout(rests + 900 - Date.now());
  await viewer.page.evaluate(() => window.snap?.('turned'));
  const turned = await snapped(viewer.page, 'turned');
  const alike = resting(turned, await painted(sharer.desk));
  measured(`SSIM ${turned.at - rests} ms after the picture came to rest`, alike.toFixed(4));
  expect(turned.at - rests).toBeLessThanOrEqual(1000);
  expect(alike).toBeGreaterThanOrEqual(SHARP);

  await expectSilence(sharer.page);
  await reach(viewer.page, 'ended');
  expect(await viewer.page.getByTestId('ended-reason').innerText()).toBe('Sharing was stopped.');
});

test('a browser shows its screen to another, whose stop silences it at once', async () => {
  const { stage, alice, bob } = all;
  const sharer = await stage.browserOf(alice, SHARING);
  const viewer = await stage.browserOf(bob, TRUSTED);
  await startCounting(alice.node);
  await invite(sharer.page, 'share-with', bob);
  await expectQuestion(
    viewer.page,
    'alice wants to show you a screen',
    /^alice@hopsight\.internal$/,
  );
  await viewer.page.getByTestId('accept').click();

  const after = await firstFrame(viewer.page);
  measured('answer to first frame', `${after} ms`);
  expect(after).toBeLessThanOrEqual(1000);
  expect(await pathOf(sharer.page)).toEqual(DIRECT);
  measured('advances in the slowest second of 5', await watch(viewer.page, 5));

  await expectSilence(viewer.page);
  await reach(sharer.page, 'ended');
});

test('a native share falls silent at once when its viewer stops', async () => {
  const { stage, alice } = all;
  const share = stage.share(alice, ['--accept']);
  const { url } = await share.event('link');
  const guest = await stage.browser('desk-b', TRUSTED);
  await startCounting(alice.node);
  await openAsGuest(guest, url);
  await reach(guest.page, 'live');

  await expectSilence(guest.page);
  expect(await share.event('ended')).toMatchObject({ end: 'hung-up' });
});

test('a browser that refuses sends nothing', async () => {
  const { stage, alice, bob } = all;
  const sharer = await stage.browserOf(alice, SHARING);
  const viewer = await stage.browserOf(bob, TRUSTED);
  await startCounting(alice.node);
  await invite(viewer.page, 'ask-to-see', alice);
  await sharer.page.getByTestId('consent-refuse').click();
  await reach(viewer.page, 'ended');
  await viewer.page.waitForTimeout(1000);

  expect(await viewer.page.getByTestId('ended-reason').innerText()).toContain('alice');
  expect(await counted(alice.node)).toEqual(NOTHING);
});

test('a native share that refuses sends nothing', async () => {
  const { stage, alice } = all;
  const share = stage.share(alice, []);
  const { url } = await share.event('link');
  const guest = await stage.browser('desk-b', TRUSTED);
  await startCounting(alice.node);
  await openAsGuest(guest, url);
  await reach(guest.page, 'ringing');
  share.type('n');
  await reach(guest.page, 'ended');
  await guest.page.waitForTimeout(1000);

  expect(await counted(alice.node)).toEqual(NOTHING);
});

/** Presses stop; later than 200 ms after it no datagram leaves the sharer's node. */
async function expectSilence(page: Page): Promise<void> {
  const { datagrams } = await counted('desk-a');
  expect(datagrams, 'the picture was flowing').toBeGreaterThan(0);
  const pressed = await page.getByTestId('stop').evaluate((button) => {
    (button as HTMLElement).click();
    return Date.now();
  });
  await page.waitForTimeout(pressed + STOPPED_AFTER_MS - COUNTING_MS - Date.now());
  await startCounting('desk-a');
  const took = Date.now() - pressed;
  await page.waitForTimeout(1500);
  const { datagrams: late, to } = await counted('desk-a');
  measured('silent since', `at most ${took} ms after the stop`);
  expect(took, 'counted in time').toBeLessThanOrEqual(STOPPED_AFTER_MS);
  expect(late, `later than ${took} ms after the stop: ${to}`).toBe(0);
}
