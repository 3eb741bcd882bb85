import { expect, test } from 'vitest';
import { matrixOf, readHealth, readPairs } from './server-words.ts';

test('a test that does not say that it works, fails', () => {
  const tests = [{ name: 'store', ok: true }, { name: 'relay', ok: 'yes', says: 'silent' }, 7];

  expect(readHealth({ checked_at: '2026-11-22T20:00:00Z', tests })).toEqual({
    checkedAt: new Date('2026-11-22T20:00:00Z'),
    tests: [
      { name: 'store', ok: true, says: '', remedy: '', code: '' },
      { name: 'relay', ok: false, says: 'silent', remedy: '', code: '' },
    ],
  });
  expect(readHealth('x')).toEqual({ checkedAt: null, tests: [] });
});

test('networks stand in the order of their numbers, each once', () => {
  const pairs = readPairs({
    pairs: [
      { sharer: '10.102.0.0/24', viewer: '10.9.0.0/24', state: 'direct' },
      { sharer: '10.9.0.0/24', viewer: '10.102.0.0/24', state: 'sideways', code: 'no-route' },
      { sharer: '10.9.0.0/24', viewer: '10.9.0.0/24', state: 'fails' },
    ],
  });
  const { sharers, viewers, at } = matrixOf(pairs);

  expect([sharers, viewers]).toEqual([
    ['10.9.0.0/24', '10.102.0.0/24'],
    ['10.9.0.0/24', '10.102.0.0/24'],
  ]);
  expect(at('10.9.0.0/24', '10.102.0.0/24')?.state).toBe('unknown');
  expect(at('10.9.0.0/24', '10.9.0.0/24')?.state).toBe('fails');
  expect(at('10.102.0.0/24', '10.102.0.0/24')).toBeNull();
});
