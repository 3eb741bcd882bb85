/** Nothing but TLS passes on the sign-in port: the relay inside TLS carries the picture. */
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { firstFrame, watch } from '../sight.ts';
import { openAsGuest, pathOf } from '../steps.ts';

const FIRST_FRAME_MS = 3000;
const all = cast();

test('a guest who trusts the certificate sees a native share by the relay inside TLS', async () => {
  const { stage, alice } = all;
  const share = stage.share(alice, ['--accept']);
  const { url } = await share.event('link');
  const guest = await stage.browser('desk-b', { certificate: 'trusted' });
  await openAsGuest(guest, url);

  const { at } = await share.event('answered');
  const after = await firstFrame(guest.page, at);
  measured('answer to first frame', `${after} ms`);
  expect(after).toBeLessThanOrEqual(FIRST_FRAME_MS);
  expect(await pathOf(guest.page)).toEqual({ kind: 'relay', transport: 'tls' });
  measured('advances in the slowest second of 5', await watch(guest.page, 5));
});
