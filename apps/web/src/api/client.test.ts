import { expect, test } from 'vitest';
import { Api, ApiError } from './client.ts';

test('a link is created with its lifetime in the body and nothing opened yet', async () => {
  const asked: unknown[] = [];
  const api = new Api(async (path, init) => {
    asked.push([init.method, path, init.body]);
    return json(200, { id: 'L1', url: 'https://h/s/T', uri: 'sip:share.L1@h', expires_at: 'x' });
  });

  const link = await api.createLink(3600);

  expect(asked).toEqual([['POST', '/api/v1/links', '{"expires_in_s":3600}']]);
  expect(link).toEqual({
    id: 'L1',
    url: 'https://h/s/T',
    uri: 'sip:share.L1@h',
    expires_at: 'x',
    opened: [],
  });
});

test('a refusal carries the message and the remedy of the server', async () => {
  const api = new Api(async () =>
    json(410, { error: { code: 'link-expired', message: 'It has expired.', remedy: 'Ask anew.' } }),
  );

  const error = await api.openLink('T', null).catch((e: unknown) => e);

  expect(error).toEqual(
    new ApiError(410, { code: 'link-expired', message: 'It has expired.', remedy: 'Ask anew.' }),
  );
  expect((error as ApiError).mayRetry).toBe(false);
});

test('a refusal that is not JSON still says what the status was', async () => {
  const api = new Api(async () => new Response('<html>', { status: 502 }));

  const error = (await api.ticket().catch((e: unknown) => e)) as ApiError;

  expect(error.problem).toEqual({
    code: 'http-502',
    message: 'The server answered with status 502.',
    remedy: '',
  });
});

test('a server that cannot be reached is a reason to try again', async () => {
  const api = new Api(() => Promise.reject(new TypeError('Failed to fetch')));

  const error = (await api.people().catch((e: unknown) => e)) as ApiError;

  expect(error.problem.code).toBe('server-unreachable');
  expect(error.mayRetry).toBe(true);
});

test('nobody signed in is an answer, not an error', async () => {
  const api = new Api(async () => json(401, { error: { code: 'not-signed-in' } }));

  expect(await api.me()).toBeNull();
});

test('a withdrawn link may be answered with an empty body', async () => {
  const api = new Api(async () => new Response(null, { status: 204 }));

  expect(await api.withdrawLink('a/b')).toBeUndefined();
});

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status });
}
