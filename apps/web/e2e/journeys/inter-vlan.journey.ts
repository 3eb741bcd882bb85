/** No route between the two client networks: the picture goes by the relay, and the router is named. */
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { guestSees } from '../guest.ts';
import { watch } from '../sight.ts';
import { pathOf, verdictOf } from '../steps.ts';

const ROUTERS = /10\.10[23]\.0\.1\b/;
const all = cast();

test('a guest sees the picture by the relay and is told which router has no route', async () => {
  const { page } = await guestSees(all, 'trusted');
  const { kind, transport } = await pathOf(page);
  measured('path', `${kind} over ${transport}`);
  expect(kind).toBe('relay');
  expect(await verdictOf(page)).toEqual({ code: 'no-route', confidence: 'proven' });
  const words = await page.getByTestId('verdict').innerText();
  expect(words).toMatch(ROUTERS);
  measured('advances in the slowest second of 5', await watch(page, 5));

  const picture = process.env.JOURNEY_PICTURE;
  if (picture) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByTestId('verdict-proof').locator('summary').click();
    await page.screenshot({ path: picture });
  }
});
