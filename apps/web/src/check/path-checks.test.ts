import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ShownPath } from '../evidence/snapshot.ts';
import type {
  CallListener,
  IncomingCall,
  Invitation,
  Signalling,
} from '../signalling/signalling.ts';
import { PathChecks, pathSentence } from './path-checks.ts';

const BOB = { displayName: 'Bob', uri: 'sip:bob@h', guest: false };
const GRANT = { urls: ['turn:10.0.0.1:3478'], username: 'u', password: 'p', expires_at: '' };
const DIRECT: ShownPath = { kind: 'direct', transport: 'udp' };
const RELAYED: ShownPath = { kind: 'relay', transport: 'tls' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a check invites as the sharer, with a data channel and nothing else', async () => {
  const { checks, invited, sessions, channels } = scene();

  await checks.run(BOB);

  expect(sessions).toEqual([['sip:bob@h', 'sharer', 'check']]);
  expect(invited[0]?.invitation).toMatchObject({
    target: 'sip:bob@h',
    session: 'S1',
    role: 'sharer',
    purpose: 'check',
  });
  expect(channels).toEqual(['control']);
});

test('a direct path ends it after half a second', async () => {
  const { checks, invited, found, ended } = scene();
  await checks.run(BOB);
  invited[0]?.listener.answered(null);

  found[0]?.(DIRECT);
  vi.advanceTimersByTime(499);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(1);

  expect(ended).toEqual([[200, 'the check is over'], 'watch']);
  expect(said(checks)).toBe('The path to Bob is direct.');
});

test('through the relay it waits four seconds for the verdict, which may come after the end', async () => {
  const { checks, invited, found, ended } = scene();
  await checks.run(BOB);
  invited[0]?.listener.answered(null);
  found[0]?.(RELAYED);

  vi.advanceTimersByTime(3999);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(1);
  checks.verdict('S2', '{"code":"silent-drop"}');
  checks.verdict('S1', '{"code":"no-route"}');

  expect(said(checks)).toBe('Between you and Bob a picture goes through the relay.');
  expect(checks.current.value?.verdict?.code).toBe('no-route');
});

test('without any path that is said', async () => {
  const { checks, invited } = scene();
  await checks.run(BOB);
  invited[0]?.listener.answered(null);

  vi.advanceTimersByTime(4000);

  expect(said(checks)).toBe('No path to Bob was found.');
});

test.each([
  [486, 'The computer of Bob does not answer checks now.'],
  [480, 'Bob is not signed in at the moment.'],
])('a refusal with %i is told', async (status, sentence) => {
  const { checks, invited } = scene();
  await checks.run(BOB);

  invited[0]?.listener.ended({ by: 'there', status, text: '' });

  expect(said(checks)).toBe(sentence);
});

test('a check of somebody else is answered without asking and ended after ten seconds', async () => {
  const { checks, signalling } = scene();
  const call = incoming({});

  await checks.answer(call, signalling);

  expect(call.accept).toHaveBeenCalledTimes(1);
  expect(checks.current.value).toBeNull();
  vi.advanceTimersByTime(10_000);
  expect(call.end).toHaveBeenCalledExactlyOnceWith(200, 'the check is over');
});

test('guests, shares and too many at once are refused', async () => {
  const { checks, signalling } = scene();
  const guest = incoming({
    from: { uri: 'sip:guest.1@h', name: 'guest.1', displayName: 'Dana', guest: true },
  });
  const share = incoming({ invited: 'sip:share.1@h' });
  const [first, second, third] = [incoming({}), incoming({}), incoming({})];

  for (const call of [guest, share, first, second, third]) await checks.answer(call, signalling);

  expect(guest.end).toHaveBeenCalledExactlyOnceWith(403, 'Not For Guests');
  expect(share.end).toHaveBeenCalledExactlyOnceWith(486, 'Not Answering Checks Now');
  expect(third.end).toHaveBeenCalledExactlyOnceWith(486, 'Too Many Checks');
  expect([first, second].map(({ accept }) => vi.mocked(accept).mock.calls.length)).toEqual([1, 1]);
});

test('one person may look six times a minute', async () => {
  const { checks, signalling } = scene();
  const refused: number[] = [];
  for (let time = 0; time < 8; time += 1) {
    const call = incoming({});
    await checks.answer(call, signalling);
    if (vi.mocked(call.end).mock.calls.length > 0) refused.push(time);
    else call.onGone({ by: 'there', status: null, text: '' });
    vi.advanceTimersByTime(time === 6 ? 60_000 : 0);
  }

  expect(refused).toEqual([6]);
});

function scene() {
  const invited: { invitation: Invitation; listener: CallListener }[] = [];
  const found: ((path: ShownPath) => void)[] = [];
  const sessions: unknown[] = [];
  const channels: string[] = [];
  const ended: unknown[] = [];
  const signalling: Signalling = {
    start() {},
    stop() {},
    invite(invitation, listener) {
      invited.push({ invitation, listener });
      const connection = { createDataChannel: (label: string) => channels.push(label) };
      invitation.prepare(connection as unknown as RTCPeerConnection);
      return { end: (...how) => ended.unshift(how) };
    },
    sendFacts() {},
    offerShare: () => Promise.resolve(),
    withdrawShare() {},
  };
  const checks = new PathChecks({
    api: {
      createSession: async (...all) => {
        sessions.push(all);
        return 'S1';
      },
      relay: async () => GRANT,
    },
    registered: async () => signalling,
    myUri: () => 'sip:alice@h',
    watch: (_connection, _grant, _claims, path) => {
      found.push(path);
      return { stop: () => ended.push('watch') };
    },
  });
  return { checks, signalling, invited, found, sessions, channels, ended };
}

function incoming(change: Partial<IncomingCall>): IncomingCall {
  return {
    sessionId: 'S9',
    role: 'sharer',
    purpose: 'check',
    from: { uri: 'sip:bob@h', name: 'bob', displayName: 'Bob', guest: false },
    invited: 'sip:alice@h',
    accept: vi.fn(),
    refuse: vi.fn(),
    end: vi.fn(),
    onGone: () => {},
    ...change,
  };
}

function said({ current }: PathChecks): string {
  return current.value ? pathSentence(current.value) : '';
}
