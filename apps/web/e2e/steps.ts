/** What people do in the pages, one step each. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Browser } from './browser.ts';
import type { Person } from './stage.ts';

/** Opens a share link as a guest: the one click to the picture. */
export async function openAsGuest(browser: Browser, link: unknown): Promise<void> {
  await browser.open(String(link));
  await browser.page.getByTestId('see-the-screen').click();
}

/** Asks for, or offers, a screen; the other one must be shown as present first. */
export async function invite(
  page: Page,
  what: 'share-with' | 'ask-to-see',
  { name }: Person,
): Promise<void> {
  await page.getByTestId(`${what}-${name}`).click();
}

export async function reach(page: Page, phase: 'ringing' | 'live' | 'ended'): Promise<void> {
  await page.locator(`[data-testid=session][data-phase=${phase}]`).waitFor({ timeout: 15_000 });
}

/** The path as the page shows it. */
export async function pathOf(page: Page): Promise<{ kind: string; transport: string }> {
  const shown = page.getByTestId('path-kind');
  await shown.waitFor({ timeout: 10_000 });
  const [kind, transport] = await Promise.all([
    shown.getAttribute('data-kind'),
    shown.getAttribute('data-transport'),
  ]);
  return { kind: kind ?? '', transport: transport ?? '' };
}

/** Waits for the panel's verdict. */
export async function verdictOf(page: Page): Promise<{ code: string; confidence: string }> {
  await page.getByTestId('why-not-direct').click();
  const code = page.getByTestId('verdict-code');
  await code.waitFor({ timeout: 10_000 });
  return {
    code: await code.innerText(),
    confidence: await page.getByTestId('verdict-confidence').innerText(),
  };
}

/** Who asks, by the identity that the server vouches for. */
export async function expectQuestion(page: Page, words: string, uri: RegExp): Promise<void> {
  await page.getByTestId('invitation').waitFor();
  expect(await page.getByTestId('invitation-who').innerText()).toBe(words);
  expect(await page.getByTestId('invitation-uri').innerText()).toMatch(uri);
}

/** Presses a button that copies; gives what a person would paste. */
export async function copied(page: Page, button: string): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByTestId(button).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}
