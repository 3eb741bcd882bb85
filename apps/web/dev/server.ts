/** Answers of a server for the gallery: sessions, health and networks. */
const NOW = Date.parse('2026-11-22T21:40:00Z');
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();

const PARTIES = [party('sharer', 'alice', 'Alice Moreau'), party('viewer', 'bob', 'Bob Okafor')];
const WITH_GUEST = [
  party('viewer', 'guest.01JDKQ', 'Guest (guest)'),
  party('sharer', 'irmgard', 'Dr. Irmgard Schwarzenberger-Lind'),
];
const REFUSED = [party('viewer', 'desk2', 'desk2'), party('sharer', 'bob', 'Bob Okafor')];

const ID = '01JDKQ4N8ZP4V6M0T2B7R9XW3C';
const SESSIONS = [
  told('no-route', 'proven', 934, session(ID, 4, 'answered', null, 'relay/tls', PARTIES)),
  told(null, null, 612, session(`${ID}D`, 38, 'ended', 'stopped', 'direct/udp', PARTIES)),
  told(
    'silent-drop',
    'leading',
    1480,
    session(`${ID}E`, 95, 'ended', null, 'relay/udp', WITH_GUEST),
  ),
  told(null, null, null, session(`${ID}F`, 240, 'refused', 'refused-480', null, REFUSED)),
  told(null, null, null, session(`${ID}H`, 300, 'ended', 'check', 'direct/udp', REFUSED)),
  told('udp-blocked', 'located', null, session(`${ID}G`, 1500, 'ended', null, null, PARTIES)),
];

const HEALTH = {
  checked_at: ago(2),
  tests: [
    test('name', true, {
      says: 'hopsight.internal stands for 10.21.151.10.',
      remedy: '',
      code: null,
    }),
    test('relay-service', false, {
      says: 'The relay at 10.21.151.10 does not answer UDP on port 3478 from the server itself.',
      remedy: 'permit UDP from 10.21.0.0/16 to 10.21.151.10 port 3478, both directions',
      code: 'relay-udp-blocked',
    }),
    test('relay-address'),
    test('certificate'),
    test('clock'),
  ],
};

const NETWORKS = {
  pairs: [
    pair('10.102.0.0/24', '10.103.0.0/24', 'relayed', 'no-route', 'proven'),
    pair('10.103.0.0/24', '10.102.0.0/24', 'relayed', 'no-route', 'located'),
    pair('10.102.0.0/24', '10.102.0.0/24', 'direct', '', ''),
    pair('10.104.0.0/24', '10.102.0.0/24', 'fails', 'udp-blocked', 'leading'),
  ],
};

/** Answers a request; `verdict` is what the sessions that were not direct are told. */
export function answer(path: string, verdicts: unknown[]): Response {
  if (path.endsWith('/health')) return json(HEALTH);
  if (path.endsWith('/networks')) return json(NETWORKS);
  if (path.endsWith('/sessions')) return json(SESSIONS);
  const found = SESSIONS.find(({ id }) => path.endsWith(`/sessions/${id}`));
  if (!found) return json({ error: { code: 'not-found', message: 'Not here.' } }, 404);
  const direct = found.path?.startsWith('direct') || found.state === 'refused';
  const facts = found.path ? [firstFrame('sharer', 812), firstFrame('viewer', 934)] : [];
  return json({ ...found, verdicts: direct ? [] : verdicts, facts: [...FACTS, ...facts] });
}

const AT = (NOW - 240_000) * 1000;
const FACTS = [
  fact(0, 'front-end', 'signed-in-from', { side: 'sharer', address: '10.102.0.139:49856' }),
  fact(1400, 'sharer', 'candidate', {
    own: true,
    kind: 'host',
    transport: 'udp',
    address: '10.102.0.139:50055',
  }),
  fact(2300, 'sharer', 'icmp-error', {
    destination: '10.103.0.50:59708',
    offender: '10.102.0.1',
    kind: 'net-unreachable',
    mtu: null,
    matched: true,
    after_ms: 3,
  }),
  fact(4100, 'relay', 'relay-refused', {
    side: 'viewer',
    peer: '10.102.0.139',
    because: 'it is a private address outside relay.peer_networks',
  }),
];

function fact(micros: number, observer: string, name: string, fields: object) {
  return { id: 0, session: '', observer, at: AT + micros, fact: name, ...fields };
}

function firstFrame(observer: string, after: number) {
  return fact(after * 1000, observer, 'first-frame', { after_ms: after });
}

function session(
  id: string,
  minutes: number,
  state: string,
  outcome: string | null,
  path: string | null,
  parties: object[],
) {
  const ended_at = state === 'answered' ? null : ago(minutes - 3);
  return { id, created_at: ago(minutes), ended_at, state, outcome, path, parties };
}

/** What the list says of a session's verdict and picture. */
function told<S extends object>(
  code: string | null,
  confidence: string | null,
  first_picture_ms: number | null,
  session: S,
) {
  return { ...session, code, confidence, first_picture_ms };
}

function party(side: string, name: string, display_name: string) {
  return { side, uri: `sip:${name}@hopsight.internal`, display_name };
}

function test(name: string, ok = true, more: object = { says: '', remedy: '', code: null }) {
  return { name, ok, ...more };
}

function pair(sharer: string, viewer: string, state: string, code: string, confidence: string) {
  return { sharer, viewer, state, since: ago(600), code, confidence, session: '01JDKQ4N8Z' };
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status });
}
