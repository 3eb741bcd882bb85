/** Nothing goes by UDP: the picture goes by the relay over TCP or TLS. */
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { firstFrame, watch, watchNative } from '../sight.ts';
import { invite, openAsGuest, pathOf, verdictOf } from '../steps.ts';

const STREAMS = ['tcp', 'tls'];
const all = cast();

test('a guest sees a native share by the relay over a stream, and is told that no UDP passes', async () => {
  const { stage, alice } = all;
  const share = stage.share(alice, ['--accept']);
  const { url } = await share.event('link');
  const guest = await stage.browser('desk-b', { certificate: 'trusted' });
  await openAsGuest(guest, url);

  const { at } = await share.event('answered');
  measured('answer to first frame', `${await firstFrame(guest.page, at)} ms`);
  const { kind, transport } = await pathOf(guest.page);
  measured('path', `${kind} over ${transport}`);
  expect(kind).toBe('relay');
  expect(STREAMS).toContain(transport);
  expect(await verdictOf(guest.page)).toEqual({ code: 'udp-blocked', confidence: 'side-only' });
  measured('advances in the slowest second of 30', await watch(guest.page, 30));
});

test('a native viewer sees by the relay over a stream what a browser shares', async () => {
  const { stage, alice, bob } = all;
  const view = stage.view(bob, ['--accept']);
  await view.event('registered');
  const { page } = await stage.browserOf(alice, { certificate: 'trusted', shares: true });
  await invite(page, 'share-with', bob);

  const { after_ms: after } = await view.event('first-frame', 15_000);
  measured('answer to first frame', `${after} ms`);
  const { kind, transport } = await pathOf(page);
  measured('path', `${kind} over ${transport}`);
  expect(kind).toBe('relay');
  expect(STREAMS).toContain(transport);
  measured('frames in the slowest second of 30', await watchNative(view, 30));
});
