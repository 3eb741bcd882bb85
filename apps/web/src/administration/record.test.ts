import { expect, test } from 'vitest';
import { readDetails, readRecords } from './record.ts';
import { ticketOfRecord } from './session-context.ts';
import { factsText, how, matches, who } from './session-words.ts';

const RECORD = {
  id: '01JDKQ',
  created_at: '2026-11-22T20:00:00Z',
  ended_at: null,
  state: 'answered',
  outcome: null,
  path: 'relay/tls',
  parties: [
    { side: 'viewer', uri: 'sip:guest.1@h', display_name: 'Guest (guest)' },
    { side: 'sharer', uri: 'sip:bob@h', display_name: 'Bob Okafor' },
  ],
};

test('a record is read, and what is none is left out', () => {
  expect(readRecords([RECORD, { id: 7 }, 'x'])).toEqual([
    {
      id: '01JDKQ',
      created: new Date('2026-11-22T20:00:00Z'),
      ended: null,
      state: 'answered',
      outcome: '',
      path: { kind: 'relay', transport: 'tls' },
      parties: [
        { side: 'viewer', uri: 'sip:guest.1@h', displayName: 'Guest (guest)' },
        { side: 'sharer', uri: 'sip:bob@h', displayName: 'Bob Okafor' },
      ],
      summary: { code: '', confidence: null, firstPictureMs: null },
    },
  ]);
  expect(readRecords({ error: 1 })).toEqual([]);
});

test('the sharer stands first, whoever called', () => {
  expect(who(read({}))).toBe('Bob Okafor → the guest');
  expect(who(read({ parties: [] }))).toBe('nobody → nobody');
});

test.each([
  [{}, 'relay, TLS'],
  [{ path: 'direct/udp' }, 'direct, UDP'],
  [{ path: null }, 'looking for a path'],
  [{ path: null, state: 'created' }, 'nobody was called'],
  [{ path: null, state: 'invited' }, 'ringing'],
  [{ path: null, state: 'refused', outcome: 'refused-480' }, 'not signed in'],
  [{ path: null, state: 'refused', outcome: 'refused-555' }, 'refused, status 555'],
  [{ path: null, state: 'ended', outcome: 'check' }, 'check'],
  [{ state: 'ended', outcome: 'check' }, 'check: relay, TLS'],
  [{ path: 'walked/foot', state: 'ended' }, 'no picture'],
])('how a session went: %o', (change, words) => {
  expect(how(read(change))).toBe(words);
});

test('a filter wants every word, in the names, the way or the verdict', () => {
  const record = read({ code: 'no-route', confidence: 'proven' });

  expect(matches(record, 'BOB proven relay')).toBe(true);
  expect(matches(record, 'bob direct')).toBe(false);
  expect(matches(read({}), 'proven')).toBe(false);
  expect(matches(read({}), '')).toBe(true);
});

test('the list tells code, confidence and time to the picture', () => {
  const told = { code: 'no-route', confidence: 'proven', first_picture_ms: 900 };

  expect(read(told).summary).toEqual({
    code: 'no-route',
    confidence: 'proven',
    firstPictureMs: 900,
  });
  expect(read({ ...told, code: null, confidence: 'certain' }).summary).toEqual({
    code: '',
    confidence: null,
    firstPictureMs: 900,
  });
});

test('the verdicts told last count, the main one first', () => {
  const verdicts = [
    { code: 'silent-drop', also: ['relay-unreachable'] },
    { code: 'relay-unreachable' },
    { code: 'no-route', also: ['relay-unreachable', 'udp-blocked'] },
    { code: 'relay-unreachable' },
    { code: 'udp-blocked' },
  ];

  expect(readDetails({ verdicts }).verdicts.map(({ code }) => code)).toEqual([
    'no-route',
    'relay-unreachable',
    'udp-blocked',
  ]);
  expect(readDetails({ verdicts: [{ code: 'a' }, { code: 'b' }] }).verdicts).toHaveLength(1);
  expect(readDetails(null).verdicts).toEqual([]);
});

test('the picture counts when the viewer saw it, or else when it left', () => {
  const sent = { observer: 'sharer', fact: 'first-frame', after_ms: 700, at: 1 };
  const seen = { ...sent, observer: 'viewer', after_ms: 900 };

  expect(readDetails({ facts: [sent, seen] }).firstPictureMs).toBe(900);
  expect(readDetails({ facts: [sent] }).firstPictureMs).toBe(700);
  expect(readDetails({ facts: [] }).firstPictureMs).toBeNull();
});

test('every field of a fact is handed on', () => {
  const at = new Date(2026, 10, 22, 14, 3, 5, 7).getTime() * 1000;
  const fact = { id: 3, at, observer: 'sharer', fact: 'trace', hops: [{ limit: 1 }], name: 'x' };
  const nested = { ...fact, hops: ['10.0.0.1', '10.0.0.2'], name: { of: { one: 7 } } };

  expect(factsText(readDetails({ facts: [fact] }).facts)).toBe(
    '14:03:05.007  sharer  trace hops=[{"limit":1}] name=x\n',
  );
  expect(factsText(readDetails({ facts: [nested] }).facts)).toBe(
    '14:03:05.007  sharer  trace hops=10.0.0.1,10.0.0.2 name.of.one=7\n',
  );
});

test('a ticket from a record names both people with their addresses', () => {
  const [verdict] = readDetails({ verdicts: [{ code: 'no-route' }] }).verdicts;
  const text = verdict && ticketOfRecord(read({}), verdict);

  expect(text).toContain(
    'the direct path between the guest (guest.1@h) and Bob Okafor (bob@h), since',
  );
  expect(text).toContain('Now          through the relay, over TLS');
});

function read(change: object) {
  const [record] = readRecords([{ ...RECORD, ...change }]);
  if (!record) throw new Error('not a record');
  return record;
}
