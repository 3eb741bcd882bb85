import { expect, test } from 'vitest';
import { ApiError } from '../api/client.ts';
import type { Me, RelayGrant } from '../api/types.ts';
import { ConnectionCheck, type ConnectionCheckSettings } from './connection-check.ts';

const ME: Me = {
  name: 'alice',
  display_name: 'Alice',
  uri: 'sip:alice@h',
  kind: 'person',
  domain: 'h',
  administrator: false,
};
const GRANT: RelayGrant = {
  urls: ['turn:10.0.0.1:3478?transport=udp', 'turns:10.0.0.1:443?transport=tcp'],
  username: 'u',
  password: 'p',
  expires_at: '',
};

test('each way to the relay is tried by itself, with a grant made for a check of oneself', async () => {
  const asked: unknown[] = [];
  const { check } = checking({
    createSession: async (...all) => {
      asked.push(all);
      return 'S1';
    },
    tried: asked,
  });

  await check.run(ME);

  expect(asked).toEqual([
    ['sip:alice@h', 'sharer', 'check'],
    ['turn:10.0.0.1:3478?transport=udp', 'u', 'p'],
    ['turns:10.0.0.1:443?transport=tcp', 'u', 'p'],
  ]);
  expect(results(check)).toEqual([
    ['server', true],
    ['calls', true],
    ['relay-udp', false],
    ['relay-tls', true],
  ]);
});

test('a server that does not answer ends the check with what it is', async () => {
  const problem = {
    code: 'server-unreachable',
    message: 'No answer.',
    remedy: 'Check the network.',
  };
  const { check } = checking({ me: () => Promise.reject(new ApiError(0, problem)) });

  await check.run(ME);

  const { state } = check;
  expect(state.value).toMatchObject({
    phase: 'done',
    steps: [{ name: 'server', ok: false, says: 'No answer.', remedy: 'Check the network.' }],
  });
});

test('a deployment without a relay says so, and a refused grant says why', async () => {
  const { check: none } = checking({ grant: { ...GRANT, urls: [] } });
  const problem = { code: 'too-many', message: 'Too many checks.', remedy: 'Wait a minute.' };
  const { check: refused } = checking({
    createSession: () => Promise.reject(new ApiError(429, problem)),
  });

  await none.run(ME);
  await refused.run(ME);

  expect([last(none)?.says, last(refused)?.says, last(refused)?.remedy]).toEqual([
    'This server offers no relay.',
    'Too many checks.',
    'Wait a minute.',
  ]);
});

test('a connection for calls that was lost says why', async () => {
  const { check } = checking({ registration: () => ({ state: 'lost', text: 'It broke.' }) });

  await check.run(ME);

  const calls = steps(check).find(({ name }) => name === 'calls');
  expect([calls?.ok, calls?.says]).toEqual([
    false,
    'It broke. The connection for calls is not open.',
  ]);
});

interface Change {
  me?: ConnectionCheckSettings['api']['me'];
  createSession?: ConnectionCheckSettings['api']['createSession'];
  registration?: ConnectionCheckSettings['registration'];
  grant?: RelayGrant;
  tried?: unknown[];
}

function checking(change: Change): { check: ConnectionCheck } {
  const check = new ConnectionCheck({
    api: {
      me: change.me ?? (async () => ME),
      createSession: change.createSession ?? (async () => 'S1'),
      relay: async () => change.grant ?? GRANT,
    },
    registration: change.registration ?? (() => ({ state: 'registered' })),
    tryRelay: async (url, username, password) => {
      change.tried?.push([url, username, password]);
      const isTls = url.startsWith('turns:');
      const outcome = isTls
        ? ({ kind: 'answers', mapped: null } as const)
        : ({ kind: 'silent' } as const);
      return { url, transport: isTls ? 'tls' : 'udp', outcome, ms: 1 };
    },
    now: () => 0,
  });
  return { check };
}

function steps({ state }: ConnectionCheck) {
  return state.value.phase === 'done' ? state.value.steps : [];
}

function last(check: ConnectionCheck) {
  return steps(check).at(-1);
}

function results(check: ConnectionCheck): [string, boolean][] {
  return steps(check).map(({ name, ok }) => [name, ok]);
}
