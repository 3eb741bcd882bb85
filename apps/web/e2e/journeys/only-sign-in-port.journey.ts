/** Nothing but the sign-in port is open: everything goes through it, whatever the browser trusts. */
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { guestSees } from '../guest.ts';
import { firstFrame, watch, watchNative } from '../sight.ts';
import { expectQuestion, invite, pathOf, reach } from '../steps.ts';

const FIRST_FRAME_MS = 3000;
const all = cast();

test('a guest who clicked through the warning sees the picture by the sign-in port', async () => {
  const { page, after } = await guestSees(all, 'clicked through');
  expect(after).toBeLessThanOrEqual(FIRST_FRAME_MS);
  expect(await pathOf(page)).toEqual({ kind: 'relay', transport: 'tcp' });
  measured('advances in the slowest second of 30', await watch(page, 30));
});

test('a native viewer that trusts only what the link pins sees a browser by the sign-in port', async () => {
  const { stage, alice } = all;
  const sharer = await stage.browserOf(alice, { certificate: 'trusted', shares: true });
  await sharer.page.getByTestId('create-link').click();
  const link = await sharer.page.getByTestId('link-url').inputValue();
  expect(link).toContain(`#ca=${stage.authority}`);
  const view = stage.viewLink('desk-b', link);
  await expectQuestion(sharer.page, 'Visitor wants to see your screen', /^guest\./);
  await sharer.page.getByTestId('consent-allow').click();

  const { after_ms: after } = await view.event('first-frame', 15_000);
  measured('answer to first frame', `${after} ms`);
  expect(Number(after)).toBeLessThanOrEqual(FIRST_FRAME_MS);
  const path = await view.event('path');
  measured('path of the native viewer', `${path.kind} over ${path.transport}`);
  expect(path.kind).toBe('relay');
  measured('frames in the slowest second of 30', await watchNative(view, 30));
});

test('a native viewer tells nothing to a server that its link does not pin', async () => {
  const { stage, alice } = all;
  const share = stage.share(alice, ['--accept']);
  const { url } = await share.event('link');
  const other = String(url).replace(/[0-9a-f]{8}$/, (digits) =>
    digits.replace(/./g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16)),
  );
  const view = stage.viewLink('desk-b', other);

  expect(await view.end()).not.toBe(0);
  const said = view.said.map(({ event, code, confidence }) => ({ event, code, confidence }));
  expect(said).toEqual([{ event: 'verdict', code: 'tls-intercepted', confidence: 'leading' }]);
  expect(view.lastWords).toMatch(/certificate|fingerprint|pinned|trust/i);
  expect(share.said.map(({ event }) => event)).toEqual(['registered', 'link']);
});

test('two browsers, one trusting and one clicked through, see each other by the sign-in port', async () => {
  const { stage, alice, bob } = all;
  const sharer = await stage.browserOf(alice, { certificate: 'trusted', shares: true });
  const viewer = await stage.browserOf(bob, { certificate: 'clicked through' });
  await invite(sharer.page, 'share-with', bob);
  await viewer.page.getByTestId('accept').click();

  const after = await firstFrame(viewer.page);
  measured('answer to first frame', `${after} ms`);
  expect(after).toBeLessThanOrEqual(FIRST_FRAME_MS);
  expect((await pathOf(viewer.page)).kind).toBe('relay');
  expect((await pathOf(sharer.page)).kind).toBe('relay');
  await sharer.page.getByTestId('stop').click();
  await reach(viewer.page, 'ended');
});
