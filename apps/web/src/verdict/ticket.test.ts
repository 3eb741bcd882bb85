import { expect, test } from 'vitest';
import { ticket } from './ticket.ts';
import { readVerdict, type Verdict } from './verdict.ts';

const NO_ROUTE = {
  code: 'no-route',
  layer: 'path',
  confidence: 'proven',
  user: "Router 10.102.0.1 has no route to desk2's network.",
  admin: 'No route on 10.102.0.1 to 10.103.0.0/24. Nothing is wrong on either PC.',
  remedy: 'on 10.102.0.1: route 10.103.0.0/24 towards the core, and the way back',
  evidence: [{ fact: 'f20', says: '10.102.0.1 answered "network unreachable" after 3 ms' }],
  excluded: [{ code: 'host-firewall-in', because: 'the packets never reached a PC' }],
  cannot_tell_apart: [{ code: 'wrong-gateway', test: 'the route table of 10.102.0.1' }],
  also: ['relay-unreachable'],
};

const CONTEXT = {
  session: '01JD0000000000000000000000',
  whom: 'with desk2 (desk2@example.org)',
  since: '2026-11-22 16:20:31 +01:00',
  path: { kind: 'relay', transport: 'udp' },
} as const;

test('the ticket can be handed on as it is', () => {
  expect(ticket(read(NO_ROUTE), CONTEXT)).toMatchInlineSnapshot(`
    "No route on 10.102.0.1 to 10.103.0.0/24.

    What fails   the direct path with desk2 (desk2@example.org), since 2026-11-22 16:20:31 +01:00
    Now          through the relay, over UDP
    Verdict      no-route · proven
    Also         relay-unreachable

    Explanation
      No route on 10.102.0.1 to 10.103.0.0/24. Nothing is wrong on either PC.

    Proof
      10.102.0.1 answered "network unreachable" after 3 ms

    Excluded
      host-firewall-in: the packets never reached a PC

    May also be
      wrong-gateway; decides: the route table of 10.102.0.1

    Change
      on 10.102.0.1: route 10.103.0.0/24 towards the core, and the way back

    Verify
      share again between the same two PCs
      expect: the path is shown as direct

    Case
      hopsight explain 01JD0000000000000000000000
    "
  `);
});

test.each([
  ['signin', 'signin-refused', 'signing in or calling', 'the call is answered'],
  ['relay', 'relay-peer-denied', 'the way through the relay', 'the relay carries the picture'],
  ['capacity', 'relay-quota', 'the way through the relay', 'the relay carries the picture'],
  ['capacity', 'path-lossy', 'an even picture', 'the picture moves evenly'],
  [
    'transport-security',
    'tls-intercepted',
    'the encrypted connection',
    'the connection opens without a certificate problem',
  ],
  ['media', 'frames-not-decoded', 'showing the picture', 'the picture is shown'],
  ['capture', 'capture-denied', 'capturing the screen', 'the picture shows the screen'],
  ['nat', 'hairpin-missing', 'the direct path', 'the path is shown as direct'],
])('a fault of %s (%s) is about %s', (layer, code, fails, mended) => {
  const text = ticket(read({ ...NO_ROUTE, layer, code }), { ...CONTEXT, path: 'over' });

  expect(text.split('\n').filter((row) => /^(What fails|Now| {2}expect)/.test(row))).toEqual([
    `What fails   ${fails} with desk2 (desk2@example.org), since 2026-11-22 16:20:31 +01:00`,
    'Now          the session is over',
    `  expect: ${mended}`,
  ]);
});

function read(json: unknown): Verdict {
  const verdict = readVerdict(json);
  if (!verdict) throw new Error('not a verdict');
  return verdict;
}
