import { expect, test } from 'vitest';
import { ApiError } from '../api/client.ts';
import { Administration } from './administration.ts';

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

test('each session is asked for its verdicts, and one that is over only once', async () => {
  const asked: string[] = [];
  const administration = new Administration({
    sessions: async () => [{ id: 'live' }, { id: 'over', ended_at: '2026-11-22T20:00:00Z' }],
    session: async (id) => {
      asked.push(id);
      if (id === 'live') throw MISSING;
      return { verdicts: [{ code: 'no-route' }] };
    },
    health: async () => ({}),
    networks: async () => ({}),
  });

  await administration.ask();
  await administration.ask();

  expect(asked.toSorted()).toEqual(['live', 'live', 'over']);
  expect([...administration.details.value.keys()]).toEqual(['over']);
});

test('after leaving nothing more is asked', async () => {
  const asked: string[] = [];
  const administration = new Administration({
    sessions: async () => [{ id: 'a' }],
    session: async (id) => asked.push(id),
    health: async () => ({}),
    networks: async () => ({}),
  });

  const asking = administration.ask();
  administration.leave();
  await asking;

  expect(asked).toEqual([]);
});
