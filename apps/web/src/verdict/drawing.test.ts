import { expect, test } from 'vitest';
import { draw, type Ends } from './drawing.ts';
import { drawingWords } from './drawing-words.ts';
import { readVerdict } from './verdict.ts';

const NO_ROUTE = {
  code: 'no-route',
  layer: 'path',
  confidence: 'proven',
  culprit: { kind: 'router', addresses: ['10.102.0.1'], side: 'sharer', direction: 'both' },
  evidence: [{ fact: 'f20', says: '10.102.0.1 answered "network unreachable"' }],
};
const CUT = {
  ...NO_ROUTE,
  code: 'silent-drop',
  evidence: [],
  culprit: {
    kind: 'edge-between',
    addresses: ['172.16.1.1', '172.16.2.1'],
    side: null,
    direction: 'sharer-to-viewer',
  },
};
const WAY = [
  { address: '10.102.0.1', name: null, state: 'passes' },
  { address: '172.16.1.1', name: 'core A', state: 'passes' },
  { address: '172.16.2.1', name: null, state: 'unknown' },
  { address: '10.103.0.1', name: null, state: 'passes' },
];
const VIEWER: Ends = { left: 'viewer', names: { sharer: 'its PC', viewer: 'your PC' } };
const SHARER: Ends = { left: 'sharer', names: { sharer: 'your PC', viewer: 'its PC' } };
const RELAYED = { kind: 'relay', transport: 'udp' } as const;

test('the router that the verdict names carries the cross, and the relay passes', () => {
  expect(words(NO_ROUTE, VIEWER, RELAYED)).toEqual([
    'your PC: passes',
    'router 10.102.0.1: broken here',
    'its PC: passes',
    'relay: passes',
  ]);
});

test('packets are shown to get as far as the router that answered, and no farther', () => {
  const hops = [
    { address: '10.102.0.1', state: 'broken' },
    { address: '10.103.0.1', state: 'passes' },
  ];

  expect(lines({ ...NO_ROUTE, hops }, SHARER)).toEqual(['passes', 'unknown', 'passes']);
  expect(lines({ ...NO_ROUTE, hops, confidence: 'leading' }, SHARER)).toEqual([
    'unknown',
    'unknown',
    'passes',
  ]);
});

test('a cut between two routers is drawn on the line, from the one who looks', () => {
  expect(words({ ...CUT, hops: WAY }, VIEWER, RELAYED)).toEqual([
    'your PC: passes',
    'router 10.103.0.1: passes',
    'router 172.16.2.1: not known',
    'between 172.16.2.1 and 172.16.1.1: broken towards you',
    'core A 172.16.1.1: passes',
    'router 10.102.0.1: passes',
    'its PC: passes',
    'relay: passes',
  ]);
  expect(lines({ ...CUT, hops: WAY }, VIEWER)).toEqual([
    'passes',
    'unknown',
    'broken × left',
    'passes',
    'passes',
  ]);
  expect(lines({ ...CUT, hops: WAY }, SHARER)).toEqual([
    'passes',
    'passes',
    'broken × right',
    'unknown',
    'passes',
  ]);
});

test('an edge of which one end is a PC is the line at that end', () => {
  const culprit = { ...CUT.culprit, addresses: ['10.103.0.1', '10.103.0.50'], direction: 'both' };

  expect(lines({ ...CUT, culprit, hops: WAY }, SHARER).at(-1)).toBe('broken ×');
  const near = { ...culprit, addresses: ['10.102.0.139', '10.102.0.1'] };
  expect(lines({ ...CUT, culprit: near, hops: WAY }, SHARER).at(0)).toBe('broken ×');
});

test('behind the last router that was reached, the side of the break is its direction', () => {
  const hops = [{ address: '10.102.0.1', state: 'passes' }];
  const culprit = { ...CUT.culprit, addresses: ['10.102.0.1'] };

  expect(lines({ ...CUT, culprit, hops }, SHARER)).toEqual(['passes', 'broken × right']);
  const back = { ...culprit, direction: 'viewer-to-sharer' };
  expect(lines({ ...CUT, culprit: back, hops }, SHARER)).toEqual(['broken × left', 'passes']);
});

test('an edge between the two PCs breaks what nobody saw pass, with one cross', () => {
  const culprit = { ...CUT.culprit, addresses: ['10.102.0.139', '10.103.0.50'], direction: 'both' };

  expect(lines({ ...CUT, culprit, hops: WAY }, SHARER)).toEqual([
    'passes',
    'passes',
    'broken ×',
    'broken',
    'passes',
  ]);
  expect(words({ ...CUT, culprit, hops: WAY }, SHARER, null)).toContain(
    'somewhere between 172.16.1.1 and 10.103.0.1: broken',
  );
  expect(words({ ...CUT, culprit }, SHARER, null)).toEqual([
    'your PC: passes',
    'between your PC and its PC: broken',
    'its PC: passes',
    'relay: not known',
  ]);
});

test('a PC at fault carries the cross itself', () => {
  const culprit = { kind: 'host', addresses: ['10.103.0.50'], side: 'viewer', direction: '' };
  const verdict = { ...CUT, code: 'host-firewall-in', layer: 'host', culprit };

  expect(words({ ...verdict, hops: WAY.slice(0, 1) }, VIEWER, RELAYED)).toEqual([
    'your PC: broken here',
    'router 10.102.0.1: passes',
    'its PC: passes',
    'relay: passes',
  ]);
});

test('one direction that a router stops is an arrow at it', () => {
  const culprit = { ...NO_ROUTE.culprit, direction: 'viewer-to-sharer' };

  expect(words({ ...NO_ROUTE, culprit, evidence: [] }, SHARER, RELAYED)).toEqual([
    'your PC: passes',
    'packets towards you do not get on here',
    'router 10.102.0.1: broken here',
    'its PC: passes',
    'relay: passes',
  ]);
});

test('a network without UDP is broken at its own PC, and its server is no place on the way', () => {
  const culprit = {
    kind: 'edge-between',
    addresses: ['10.102.0.139', '10.21.151.10'],
    side: 'sharer',
    direction: '',
  };
  const hops = [...WAY, { address: '10.21.151.10', name: null, state: 'unknown' }];
  const verdict = { ...CUT, code: 'udp-blocked', culprit, hops };

  expect(lines(verdict, SHARER)).toEqual(['broken ×', 'passes', 'unknown', 'unknown', 'passes']);
});

test.each(['signin', 'capture', 'media', 'transport-security', 'capacity'])(
  'a fault of %s has no broken place between the two PCs',
  (layer) => {
    const drawing = draw(read({ ...CUT, layer, hops: WAY }), SHARER, null);

    expect(drawing?.links.filter(({ state }) => state === 'broken')).toEqual([]);
    expect(drawing?.places.filter(({ state }) => state === 'broken')).toEqual([]);
    expect(draw(read({ ...CUT, layer }), SHARER, null)).toBeNull();
    expect(lines({ ...CUT, layer }, SHARER, { kind: 'direct', transport: 'udp' })).toEqual([
      'passes',
    ]);
  },
);

test('a relay that one PC does not reach is broken on that leg only', () => {
  const culprit = {
    kind: 'edge-between',
    addresses: ['10.103.0.50', '10.21.151.10'],
    side: 'viewer',
    direction: '',
  };
  const verdict = { ...CUT, code: 'relay-unreachable', layer: 'relay', culprit };

  expect(words(verdict, VIEWER, null)).toEqual([
    'your PC: passes',
    'its PC: passes',
    'relay: not known',
    'between your PC and the relay: broken',
  ]);
  expect(words({ ...verdict, culprit: { ...culprit, kind: 'service' } }, VIEWER, null)).toEqual([
    'your PC: passes',
    'its PC: passes',
    'relay: broken here',
  ]);
});

test('without a broken place only the way that the sharer saw is solid', () => {
  const hops = [{ address: '10.102.0.1', state: 'passes' }];

  expect(lines({ ...CUT, code: 'undetermined', culprit: null, hops }, SHARER)).toEqual([
    'passes',
    'unknown',
  ]);
});

test('a verdict about no place is not drawn', () => {
  expect(draw(read({ ...NO_ROUTE, culprit: null }), VIEWER, null)).toBeNull();
});

function words(json: unknown, ends: Ends, path: Parameters<typeof draw>[2]): string[] {
  const drawing = draw(read(json), ends, path);
  return drawing ? drawingWords(drawing) : [];
}

/** The lines from left to right: state, whether it carries the cross, and the arrow. */
function lines(json: unknown, ends: Ends, path: Parameters<typeof draw>[2] = null): string[] {
  const links = draw(read(json), ends, path)?.links ?? [];
  return links.map(({ state, cross, towards }) => {
    return [state, cross ? '×' : '', towards ?? ''].filter((word) => word !== '').join(' ');
  });
}

function read(json: unknown) {
  const verdict = readVerdict(json);
  if (!verdict) throw new Error('not a verdict');
  return verdict;
}
