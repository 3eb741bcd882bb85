import { expect, test } from 'vitest';
import { readFingerprint, readRoute } from './route.ts';

test('the pages are known by their paths', () => {
  expect(readRoute('/')).toEqual({ page: 'people' });
  expect(readRoute('/s/T0ken')).toEqual({ page: 'share-link', token: 'T0ken' });
  expect(readRoute('/i/T0ken')).toEqual({ page: 'sign-in-link', token: 'T0ken' });
  expect(readRoute('/session/01JD')).toEqual({ page: 'session', id: '01JD' });
  expect(readRoute('/admin')).toEqual({ page: 'administrator', id: null });
  expect(readRoute('/admin/01JD')).toEqual({ page: 'administrator', id: '01JD' });
  expect(readRoute('/elsewhere/x')).toEqual({ page: 'people' });
});

test('the fingerprint of a link is read from its fragment only', () => {
  expect(readFingerprint('#ca=sha256:AB12')).toBe('sha256:ab12');
  expect(readFingerprint('#ca=md5:ab')).toBeNull();
  expect(readFingerprint('')).toBeNull();
});
