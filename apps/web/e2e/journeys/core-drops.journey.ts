/** Packets vanish in the core without a word: the page names the two places between which. */
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { firstFrame } from '../sight.ts';
import { openAsGuest, pathOf, verdictOf } from '../steps.ts';

const all = cast();

test('a guest is told between which places packets vanish, and sees the picture by the relay', async () => {
  const { stage, alice } = all;
  const share = stage.share(alice, ['--accept']);
  const { url } = await share.event('link');
  const guest = await stage.browser('desk-b', { certificate: 'trusted' });
  await openAsGuest(guest, url);

  const { at } = await share.event('answered');
  const after = await firstFrame(guest.page, at);
  measured('answer to first frame', `${after} ms`);
  expect((await pathOf(guest.page)).kind).toBe('relay');
  // A browser sends no probes: only the sharer's way is known up to the core.
  const verdict = { code: 'silent-drop', confidence: 'side-only' };
  expect(await verdictOf(guest.page)).toEqual(verdict);
  const words = await guest.page.getByTestId('verdict').innerText();
  expect(words).toContain('between 172.16.1.1 and 10.103.0.50');

  const picture = process.env.JOURNEY_PICTURE;
  if (picture) {
    await guest.page.setViewportSize({ width: 1280, height: 800 });
    await guest.page.getByTestId('verdict-proof').locator('summary').click();
    await guest.page.screenshot({ path: picture });
  }
});
