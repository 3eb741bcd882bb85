/** Packets vanish in the core without a word: the page names the two places between which. */
import { expect, test } from 'vitest';
import { cast } from '../cast.ts';
import { guestSees } from '../guest.ts';
import { pathOf, verdictOf } from '../steps.ts';

const all = cast();

test('a guest is told between which places packets vanish, and sees the picture by the relay', async () => {
  const { page } = await guestSees(all, 'trusted');
  expect((await pathOf(page)).kind).toBe('relay');
  // A browser sends no probes: only the sharer's way is known up to the core.
  const verdict = { code: 'silent-drop', confidence: 'side-only' };
  expect(await verdictOf(page)).toEqual(verdict);
  const words = await page.getByTestId('verdict').innerText();
  expect(words).toContain('between 172.16.1.1 and 10.103.0.50');

  const picture = process.env.JOURNEY_PICTURE;
  if (picture) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByTestId('verdict-proof').locator('summary').click();
    await page.screenshot({ path: picture });
  }
});
