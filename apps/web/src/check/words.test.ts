import { expect, test } from 'vitest';
import { Judge, type Outcome, type Tried, transportOf } from './relay-try.ts';
import { checkText, relayStep, relaySteps, type Step, summary } from './words.ts';

const UDP = 'turn:10.0.0.1:3478?transport=udp';
const TLS = 'turns:desk.example:443?transport=tcp';
const SERVER: Step = {
  name: 'server',
  title: 'Server',
  ok: true,
  ms: 20,
  says: 'answers',
  remedy: '',
};
const CALLS: Step = { ...SERVER, name: 'calls', title: 'Calls', ms: 0 };

test('a way is known by its URL, also where the host is a name', () => {
  expect(
    [UDP, TLS, 'turn:desk.example?transport=tcp', 'turn:desk.example'].map(transportOf),
  ).toEqual(['udp', 'tls', 'tcp', 'udp']);
});

test('a relayed address is an answer, whatever failed before it', () => {
  const judge = new Judge();

  expect(judge.note({ what: 'error', code: 701, text: 'timed out' })).toBeNull();
  expect(judge.note({ what: 'candidate', type: 'host', relatedAddress: null })).toBeNull();
  expect(judge.note({ what: 'candidate', type: 'relay', relatedAddress: '10.0.0.9' })).toEqual({
    kind: 'answers',
    mapped: '10.0.0.9',
  });
  expect(judge.note({ what: 'candidate', type: 'relay', relatedAddress: '0.0.0.0' })).toEqual({
    kind: 'answers',
    mapped: null,
  });
});

test('of several errors a refusal tells most, and without any it was silent', () => {
  const refused = new Judge();
  refused.note({ what: 'error', code: 486, text: 'Allocation Quota Reached' });
  refused.note({ what: 'error', code: 701, text: 'timed out' });
  const silent = new Judge();

  expect(refused.note({ what: 'complete' })).toEqual({
    kind: 'refuses',
    code: 486,
    text: 'Allocation Quota Reached',
  });
  expect([silent.late, silent.note({ what: 'complete' })]).toEqual([
    { kind: 'silent' },
    { kind: 'silent' },
  ]);
});

test.each<[string, Outcome, string, string]>([
  [UDP, { kind: 'answers', mapped: '10.0.0.9' }, 'answers, sees this computer as 10.0.0.9', ''],
  [
    UDP,
    { kind: 'silent' },
    'The relay at 10.0.0.1:3478 does not answer over UDP.',
    'Ask your network team to permit UDP from this computer to 10.0.0.1 port 3478.',
  ],
  [
    TLS,
    { kind: 'unreachable', text: 'x' },
    'The relay at desk.example:443 is not reached over TLS.',
    'Ask your network team to permit TLS (TCP) from this computer to desk.example port 443.',
  ],
  [
    UDP,
    { kind: 'refuses', code: 401, text: 'Unauthorized' },
    'The relay at 10.0.0.1:3478 refuses: 401 Unauthorized.',
    'Ask whoever runs Hopsight to compare the clocks of server and relay.',
  ],
])('%s: %o', (url, outcome, says, remedy) => {
  const step = relayStep({ url, transport: transportOf(url), outcome, ms: 5 });

  expect([step.ok, step.says, step.remedy]).toEqual([outcome.kind === 'answers', says, remedy]);
});

test('where TCP gets to the same port and TLS does not, it is the certificate', () => {
  const answers = { kind: 'answers', mapped: null } as const;
  const tcp = {
    url: 'turn:10.0.0.1:443?transport=tcp',
    transport: 'tcp',
    outcome: answers,
    ms: 5,
  } as const;
  const tls = { url: TLS, transport: 'tls', outcome: { kind: 'silent' }, ms: 5 } as const;
  const elsewhere = { ...tcp, url: 'turn:10.0.0.1:3478?transport=tcp' };
  const says = (all: Tried[]) => relaySteps(all).at(-1)?.says;

  expect(says([tcp, tls])).toBe(
    'The relay at desk.example:443 is reached, but this browser does not accept its certificate.',
  );
  expect(says([elsewhere, tls])).toBe('The relay at desk.example:443 does not answer over TLS.');
});

test.each<[string, Step[], string]>([
  [
    'all',
    [SERVER, CALLS, relay('udp', true)],
    'Everything that a call needs from this computer works.',
  ],
  ['no server', [{ ...SERVER, ok: false }], 'This computer does not get through to the server.'],
  [
    'no calls',
    [SERVER, { ...CALLS, ok: false }, relay('udp', true)],
    'The server is reached, but nobody can call this computer.',
  ],
  [
    'no relay',
    [SERVER, CALLS, relay('udp', false), relay('tls', false)],
    'The server is reached, the relay is not: only direct paths can carry a picture.',
  ],
  [
    'no grant',
    [SERVER, CALLS, { ...SERVER, name: 'relay-none', ok: false }],
    'The server is reached, but there is no relay to try.',
  ],
  [
    'TLS only',
    [SERVER, CALLS, relay('udp', false), relay('tcp', false), relay('tls', true)],
    'Calls work. The relay is reached over TLS, not over UDP and TCP.',
  ],
])('what it means: %s', (_, steps, sentence) => {
  expect(summary(steps).sentence).toBe(sentence);
});

test('the result can be handed on as text', () => {
  const text = checkText([SERVER, relay('udp', false)], '2026-11-22 16:20:31 +01:00', 'alice');

  expect(text).toMatchInlineSnapshot(`
    "The server is reached, the relay is not: only direct paths can carry a picture.

    Checked by alice in a browser, 2026-11-22 16:20:31 +01:00

    ok     Server               20 ms  answers
    fails  Relay over UDP       8.0 s  The relay at 10.0.0.1:3478 does not answer over UDP.
           to change: Ask your network team to permit UDP from this computer to 10.0.0.1 port 3478.
    "
  `);
});

function relay(transport: 'udp' | 'tcp' | 'tls', ok: boolean): Step {
  const outcome = ok ? ({ kind: 'answers', mapped: null } as const) : ({ kind: 'silent' } as const);
  return relayStep({ url: UDP, transport, outcome, ms: 8000 });
}
