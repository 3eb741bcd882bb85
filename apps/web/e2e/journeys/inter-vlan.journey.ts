/** No route between the two client networks: the picture goes by the relay, and the router is named. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { cast, measured } from '../cast.ts';
import { faces } from '../faces.ts';
import { guestSees } from '../guest.ts';
import { watch } from '../sight.ts';
import { copied, pathOf, verdictOf } from '../steps.ts';

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

test('person and administrator read of the same session, each what is theirs to do', async () => {
  const { page } = await guestSees(all, 'trusted');
  expect(await verdictOf(page)).toEqual({ code: 'no-route', confidence: 'proven' });
  await personReads(page);
  const administrator = await all.stage.administrator('root', 'desk-a');
  const { page: pages } = await all.stage.browserOf(administrator, { certificate: 'trusted' });
  await administratorReads(pages);
});

test('who tries again at once is told of the same router, though it says less and less', async () => {
  for (const attempt of ['third', 'fourth']) {
    const { page } = await guestSees(all, 'trusted');
    const { code, confidence } = await verdictOf(page);
    measured(`${attempt} attempt`, `${code} ${confidence}`);
    expect(code).toBe('no-route');
    expect(['proven', 'located']).toContain(confidence);
    expect(await page.getByTestId('verdict-user').innerText()).toMatch(ROUTERS);
  }
});

/** A sentence, what to do, and a ticket to hand on. */
async function personReads(page: Page): Promise<void> {
  const sentence = await page.getByTestId('verdict-user').innerText();
  expect(sentence).toMatch(ROUTERS);
  expect(sentence).toContain('network team');
  const ticket = await copied(page, 'verdict-ticket');
  expect(ticket.split('\n')[0]).toMatch(ROUTERS);
  expect(ticket).toMatch(/^Verdict {6}no-route · proven$/m);
  for (const part of ['Proof', 'Excluded', 'Change', 'Verify', 'Case']) {
    expect(ticket).toMatch(new RegExp(`^${part}$`, 'm'));
  }
  await faces(page, 'session-by-relay');
}

/** Why the session had no direct way, and which networks it concerns. */
async function administratorReads(page: Page): Promise<void> {
  await page.getByTestId('administration-link').click();

  await page.getByTestId('health').locator('li').first().waitFor();
  expect(await page.getByTestId('health').innerText()).toMatch(/^Everything works\./);
  const networks = page.getByTestId('networks');
  const cell = networks.locator('td.pair');
  expect(await networks.locator('tbody th').allInnerTexts()).toEqual(['10.102.0.0/24']);
  expect(await networks.locator('thead th').allInnerTexts()).toEqual(['10.103.0.0/24']);
  expect(await cell.innerText()).toMatch(/relayed\s+no-route proven/);
  await page.getByTestId('session-filter').fill('no-route proven');
  await faces(page, 'administration');

  await page.getByTestId('sessions').locator('tbody a').first().click();
  const verdict = page.getByTestId('verdict-no-route');
  await verdict.waitFor();
  expect(await verdict.getByTestId('verdict-user').innerText()).toMatch(ROUTERS);
  expect(await verdict.getByTestId('verdict-confidence').innerText()).toBe('proven');
  const drawn = await verdict.getByTestId('path-drawing').locator('li').allTextContents();
  expect(drawn.join('; ')).toMatch(/10\.10[23]\.0\.1.*broken/);
  for (const part of ['proof', 'excluded', 'remedy']) {
    const shown = verdict.getByTestId(`verdict-${part}`).locator('li, dd').first();
    expect(await shown.innerText(), part).not.toBe('');
  }
  expect(await copied(page, 'verdict-remedy-copy')).toMatch(/on 10\.10[23]\.0\.1: add a route to/);
  expect(await page.getByTestId('facts').locator('li').count()).toBeGreaterThan(10);
  await faces(page, 'session-record');
}
