/** No route between the two client networks: the picture goes by the relay, and the router is named. */
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { firstFrame, watch } from '../sight.ts';
import { openAsGuest, pathOf, verdictOf } from '../steps.ts';

const ROUTERS = /10\.10[23]\.0\.1\b/;
const all = cast();

test('a guest sees the picture by the relay and is told which router has no route', async () => {
  const { stage, alice } = all;
  const share = stage.share(alice, ['--accept']);
  const { url } = await share.event('link');
  const guest = await stage.browser('desk-b', { certificate: 'trusted' });
  await openAsGuest(guest, url);

  const { at } = await share.event('answered');
  const after = await firstFrame(guest.page, at);
  measured('answer to first frame', `${after} ms`);
  const { kind, transport } = await pathOf(guest.page);
  measured('path', `${kind} over ${transport}`);
  expect(kind).toBe('relay');
  expect(await verdictOf(guest.page)).toEqual({ code: 'no-route', confidence: 'proven' });
  const words = await guest.page.getByTestId('verdict').innerText();
  expect(words).toMatch(ROUTERS);
  measured('advances in the slowest second of 5', await watch(guest.page, 5));

  const picture = process.env.JOURNEY_PICTURE;
  if (picture) {
    await guest.page.setViewportSize({ width: 1280, height: 800 });
    await guest.page.getByTestId('verdict-proof').locator('summary').click();
    await guest.page.screenshot({ path: picture });
  }
});
