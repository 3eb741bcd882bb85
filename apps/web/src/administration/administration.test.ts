import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import { ApiError } from '../api/client.ts';
import { Administration, type Asked, type KnownSession } from './administration.ts';

const MISSING = new ApiError(404, {
  code: 'not-found',
  message: 'There is no such path.',
  remedy: '',
});
const FORBIDDEN = new ApiError(403, { code: 'forbidden', message: 'Not yours.', remedy: 'Ask.' });

test('an old server is told apart from one that refuses', async () => {
  const administration = new Administration({
    sessions: async () => [],
    session: async () => ({}),
    health: () => Promise.reject(MISSING),
    networks: () => Promise.reject(FORBIDDEN),
  });

  await administration.ask();

  expect(administration.health.value).toEqual({
    state: 'missing',
    message: 'This server keeps no self-tests.',
    remedy: 'A newer version of Hopsight tests itself and shows here what it found.',
  });
  expect(administration.networks.value).toEqual({
    state: 'refused',
    message: 'Not yours.',
    remedy: 'Ask.',
  });
  expect(administration.sessions.value).toMatchObject({ state: 'told', value: [] });
});

test('an answer that comes after leaving, or after asking again, is not taken', async () => {
  let calls = 0;
  const administration = new Administration({
    sessions: async () => {
      calls += 1;
      return [{ id: `${calls}` }];
    },
    session: async () => ({}),
    health: async () => ({}),
    networks: async () => ({}),
  });
  const first = administration.ask();
  const second = administration.ask();
  await Promise.all([first, second]);
  const third = administration.ask();
  administration.leave();
  await third;

  const { sessions } = administration;
  const ids = sessions.value.state === 'told' ? sessions.value.value.map(({ id }) => id) : [];
  expect([calls, ids]).toEqual([3, ['2']]);
});

test('one session is asked for with all that is known of it', async () => {
  const administration = new Administration({
    sessions: async () => [],
    session: async (id) => ({ id, verdicts: [{ code: 'no-route' }], facts: [{ fact: 'trace' }] }),
    health: async () => ({}),
    networks: async () => ({}),
  });
  const told = signal<Asked<KnownSession>>({ state: 'asking', since: 0 });

  await administration.askSession('S1', told);

  const known = told.value.state === 'told' ? told.value.value : null;
  expect([known?.record.id, known?.details.verdicts[0]?.code, known?.details.facts.length]).toEqual(
    ['S1', 'no-route', 1],
  );
});
