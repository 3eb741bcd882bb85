/** Nothing goes by UDP: the picture goes by the relay over TCP or TLS. */
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { guestSees } from '../guest.ts';
import { watch, watchNative } from '../sight.ts';
import { invite, pathOf, verdictOf } from '../steps.ts';

const STREAMS = ['tcp', 'tls'];
const all = cast();

test('a guest sees a native share by the relay over a stream, and is told that no UDP passes', async () => {
  const { page } = await guestSees(all, 'trusted');
  const { kind, transport } = await pathOf(page);
  measured('path', `${kind} over ${transport}`);
  expect(kind).toBe('relay');
  expect(STREAMS).toContain(transport);
  expect(await verdictOf(page)).toEqual({ code: 'udp-blocked', confidence: 'side-only' });
  measured('advances in the slowest second of 30', await watch(page, 30));
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
