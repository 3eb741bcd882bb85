import { expect, test } from 'vitest';
import { refusal } from './capture.ts';

test('each way in which a browser gives no screen is told in its own words', () => {
  const told = (name: string) => refusal(new DOMException('why', name)).told;

  expect(told('NotAllowedError')).toEqual({ state: 'denied', text: 'NotAllowedError: why' });
  expect(told('NotFoundError')).toEqual({ state: 'no-source', text: 'NotFoundError: why' });
  expect(told('NotReadableError')).toEqual({ state: 'no-source', text: 'NotReadableError: why' });
});

test('an error of the page itself says nothing of the screen', () => {
  expect(refusal(new DOMException('why', 'InvalidStateError')).told).toBeNull();
  expect(refusal(new TypeError('why')).told).toBeNull();
});
