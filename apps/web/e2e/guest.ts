/** The commonest journey's beginning: a guest opens the link of a native share. */
import type { Page } from 'playwright-core';
import type { BrowserOptions } from './browser.ts';
import { type Cast, measured } from './cast.ts';
import { firstFrame } from './sight.ts';
import { openAsGuest } from './steps.ts';

/** Until the guest sees the picture; how long that took after the answer is printed. */
export async function guestSees(
  { stage, alice }: Cast,
  certificate: BrowserOptions['certificate'],
): Promise<{ page: Page; after: number }> {
  const share = stage.share(alice, ['--accept']);
  const { url } = await share.event('link');
  const guest = await stage.browser('desk-b', { certificate });
  await openAsGuest(guest, url);
  const { at } = await share.event('answered');
  const after = await firstFrame(guest.page, at);
  measured('answer to first frame', `${after} ms`);
  return { page: guest.page, after };
}
