/** Nothing but TLS passes on the sign-in port: the relay inside TLS carries the picture. */
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { guestSees } from '../guest.ts';
import { watch } from '../sight.ts';
import { pathOf } from '../steps.ts';

const FIRST_FRAME_MS = 3000;
const all = cast();

test('a guest who trusts the certificate sees a native share by the relay inside TLS', async () => {
  const { page, after } = await guestSees(all, 'trusted');
  expect(after).toBeLessThanOrEqual(FIRST_FRAME_MS);
  expect(await pathOf(page)).toEqual({ kind: 'relay', transport: 'tls' });
  measured('advances in the slowest second of 5', await watch(page, 5));
});
