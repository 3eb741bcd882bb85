import { expect, test } from 'vitest';
import { draw, drawingWords } from './drawing.ts';
import { readVerdict, type Verdict } from './verdict.ts';
import { localTime, ticket, verdictLine } from './words.ts';

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
  evidence: [{ fact: 'icmp-error', says: '10.102.0.1 answered "network unreachable" after 3 ms' }],
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

test('the router that the verdict names carries the cross, and the relay passes', () => {
  const drawing = draw(read(NO_ROUTE), 'viewer', "desk2's PC", { kind: 'relay', transport: 'udp' });

  expect(drawing && drawingWords(drawing)).toEqual([
    'your PC: passes',
    'router 10.102.0.1: broken here',
    "desk2's PC: passes",
    'relay: passes',
  ]);
});

test('a cut between two routers is drawn on the line, from the one who looks', () => {
  const culprit = {
    kind: 'edge-between',
    addresses: ['10.102.0.1', '10.103.0.1'],
    side: 'both',
    direction: 'to-viewer',
  };
  const drawing = draw(read({ ...NO_ROUTE, culprit }), 'viewer', 'its PC', null);

  expect(drawing && drawingWords(drawing)).toEqual([
    'your PC: passes',
    '10.103.0.1: not known',
    'between 10.103.0.1 and 10.102.0.1: broken towards you',
    '10.102.0.1: not known',
    'its PC: passes',
    'relay: broken here',
  ]);
});

test('an edge towards the relay is not drawn between the two PCs', () => {
  const culprit = {
    ...NO_ROUTE.culprit,
    kind: 'edge-between',
    addresses: ['10.102.0.139', '10.21.151.10'],
  };

  expect(
    draw(read({ ...NO_ROUTE, code: 'udp-blocked', culprit }), 'viewer', 'its PC', null),
  ).toBeNull();
});

test('hops run from the sharer and are turned round for the viewer', () => {
  const hops = [
    { address: '10.102.0.1', state: 'broken' },
    { address: '10.103.0.1', name: 'core', state: 'passes' },
  ];
  const drawing = draw(read({ ...NO_ROUTE, hops }), 'viewer', 'its PC', null);

  expect(drawing?.places.map(({ label, detail }) => `${label} ${detail}`.trim())).toEqual([
    'your PC',
    'core 10.103.0.1',
    'router 10.102.0.1',
    'its PC',
  ]);
  expect(drawing?.links.map(({ state }) => state)).toEqual(['passes', 'unknown', 'unknown']);
});

test('a verdict about no place is not drawn', () => {
  expect(draw(read({ ...NO_ROUTE, culprit: null }), 'viewer', 'its PC', null)).toBeNull();
});

test('the ticket can be handed on as it is', () => {
  const text = ticket(read(NO_ROUTE), {
    session: '01JD0000000000000000000000',
    other: 'desk2',
    otherUri: 'sip:desk2@example.org',
    since: '2026-11-22 16:20:31 +01:00',
    path: { kind: 'relay', transport: 'udp' },
  });

  expect(text).toMatchInlineSnapshot(`
    "No route on 10.102.0.1 to 10.103.0.0/24.

    What fails   the direct path to desk2, since 2026-11-22 16:20:31 +01:00
    Now          through the relay, over UDP
    Verdict      no-route · proven

    Explanation
      No route on 10.102.0.1 to 10.103.0.0/24. Nothing is wrong on either PC.

    Proof
      10.102.0.1 answered "network unreachable" after 3 ms

    Excluded
      host-firewall-in: the packets never reached a PC

    Change
      on 10.102.0.1: route 10.103.0.0/24 towards the core, and the way back

    Verify
      run: hopsight check desk2@example.org
      expect: direct

    Case
      hopsight explain 01JD0000000000000000000000
    "
  `);
});

test('a time is local and shows its offset', () => {
  expect(localTime(new Date(2026, 0, 2, 3, 4, 5))).toMatch(/^2026-01-02 03:04:05 [+-]\d\d:\d\d$/);
});

function read(json: unknown): Verdict {
  const verdict = readVerdict(json);
  if (!verdict) throw new Error('not a verdict');
  return verdict;
}
