import { expect, test } from 'vitest';
import { readVerdict, type Verdict } from './verdict.ts';
import { localTime, verdictLine } from './words.ts';

const NO_ROUTE = {
  code: 'no-route',
  layer: 'path',
  confidence: 'proven',
  culprit: {
    kind: 'router',
    addresses: ['10.102.0.1'],
    name: null,
    side: 'sharer',
    direction: 'both',
  },
  user: "Router 10.102.0.1 has no route to desk2's network.",
  admin: 'No route on 10.102.0.1 to 10.103.0.0/24. Nothing is wrong on either PC.',
  remedy: 'on 10.102.0.1: route 10.103.0.0/24 towards the core, and the way back',
  evidence: [{ fact: 'f20', says: '10.102.0.1 answered "network unreachable" after 3 ms' }],
  excluded: [{ code: 'host-firewall-in', because: 'the packets never reached a PC' }],
  cannot_tell_apart: [],
  also: ['relay-unreachable'],
  first_evidence_ms: 3,
  verdict_ms: 412,
};

test('a verdict of the wrong form is no verdict, and broken parts are left out', () => {
  expect(readVerdict('{')).toBeNull();
  expect(readVerdict('"text"')).toBeNull();
  expect(readVerdict([])).toBeNull();
  expect(readVerdict({ code: 7 })).toBeNull();
  expect(
    readVerdict({ code: 'x', confidence: 'certain', evidence: [1, { says: 2 }], also: [null] }),
  ).toEqual({
    code: 'x',
    layer: '',
    confidence: 'unknown',
    culprit: null,
    user: '',
    admin: '',
    remedy: '',
    evidence: [{ fact: '', says: '' }],
    excluded: [],
    cannotTellApart: [],
    also: [],
    firstEvidenceMs: null,
    verdictMs: null,
    hops: [],
  });
});

test('the line under a drawing gives code, confidence and time', () => {
  expect(verdictLine(read(NO_ROUTE))).toBe('no-route · proven · 0.4 s');
});

test('a time is local and shows its offset', () => {
  expect(localTime(new Date(2026, 0, 2, 3, 4, 5))).toMatch(/^2026-01-02 03:04:05 [+-]\d\d:\d\d$/);
});

function read(json: unknown): Verdict {
  const verdict = readVerdict(json);
  if (!verdict) throw new Error('not a verdict');
  return verdict;
}
