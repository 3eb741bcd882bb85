/**
 * Every face with seeded state, for looking at: `?scene=NAME`. Development
 * only; nothing here is reachable from the build's entry.
 */
import { render } from 'preact';
import { Api } from '../src/api/client.ts';
import type { Me } from '../src/api/types.ts';
import { App } from '../src/app/app.ts';
import { route } from '../src/app/route.ts';
import { relayStep, type Step } from '../src/check/words.ts';
import { Page } from '../src/pages/page.tsx';
import type { PendingInvitation, SessionState } from '../src/session/state.ts';
import { readVerdict } from '../src/verdict/verdict.ts';
import '../src/style/tokens.css';
import '../src/style/base.css';
import '../src/style/pages.css';
import '../src/style/session.css';
import '../src/style/verdict.css';
import '../src/style/administration.css';
import { answer } from './server.ts';

const ALICE: Me = {
  name: 'alice',
  display_name: 'Alice Moreau',
  uri: 'sip:alice@hopsight.internal',
  kind: 'person',
  domain: 'hopsight.internal',
  administrator: true,
};

const PEOPLE = ['Alice Moreau', 'Bob Okafor', 'Desk 2', 'Dr. Irmgard Schwarzenberger-Lind'].map(
  (display_name, index) => {
    const name = ['alice', 'bob', 'desk2', 'irmgard'][index] ?? '';
    return { name, display_name, uri: `sip:${name}@hopsight.internal`, online: index < 3 };
  },
);

const NO_ROUTE = {
  code: 'no-route',
  layer: 'path',
  confidence: 'proven',
  culprit: {
    kind: 'router',
    addresses: ['10.102.0.1'],
    name: null,
    side: 'sharer',
    direction: 'both',
  },
  user: 'Router 10.102.0.1 has no route to your network. Your network team can fix it on that router; nothing is wrong on either PC.',
  admin:
    '10.102.0.1 has no route to 10.103.0.0/24. Both PCs reach the server and the relay; no host filter is involved.',
  remedy: 'on 10.102.0.1: route 10.103.0.0/24 towards the core, and the way back',
  evidence: [
    {
      fact: 'f20',
      says: '10.102.0.1 answered "network unreachable" 3 ms after the first check',
    },
    { fact: 'f19', says: '6 checks to 10.103.0.50 left, none was answered' },
  ],
  excluded: [
    { code: 'host-firewall-in', because: 'the packets never reached a PC' },
    { code: 'udp-blocked', because: 'UDP to the relay passes from both sides' },
  ],
  cannot_tell_apart: [],
  also: [],
  first_evidence_ms: 3,
  verdict_ms: 412,
  hops: [
    { address: '10.102.0.1', name: null, state: 'broken' },
    { address: '10.103.0.1', name: null, state: 'passes' },
  ],
};

const SILENT = {
  ...NO_ROUTE,
  code: 'silent-drop',
  confidence: 'leading',
  culprit: {
    kind: 'edge-between',
    addresses: ['172.16.111.1', '172.16.122.2'],
    name: null,
    side: 'sharer',
    direction: 'to-viewer',
  },
  user: 'Something between 172.16.111.1 and 172.16.122.2 discards the packets towards you without a word.',
  cannot_tell_apart: [
    { code: 'no-route', test: 'a TTL-stepped probe between the two addresses, from both ends' },
  ],
  also: ['relay-unreachable'],
  hops: [
    { address: '10.102.0.1', name: null, state: 'passes' },
    { address: '172.16.111.1', name: 'core A', state: 'passes' },
    { address: '172.16.122.2', name: null, state: 'unknown' },
    { address: '10.103.0.1', name: null, state: 'passes' },
  ],
};

const STEPS: Step[] = [
  {
    name: 'server',
    title: 'Server',
    ok: true,
    ms: 24,
    says: 'answers, Alice Moreau is signed in at hopsight.internal',
    remedy: '',
  },
  {
    name: 'calls',
    title: 'Calls',
    ok: true,
    ms: 0,
    says: 'this computer can be called',
    remedy: '',
  },
  relayStep({
    url: 'turn:10.21.151.10:3478?transport=udp',
    transport: 'udp',
    outcome: { kind: 'silent' },
    ms: 8003,
  }),
  relayStep({
    url: 'turn:10.21.151.10:443?transport=tcp',
    transport: 'tcp',
    outcome: { kind: 'refuses', code: 401, text: 'Unauthorized' },
    ms: 41,
  }),
  relayStep({
    url: 'turns:hopsight.internal:443?transport=tcp',
    transport: 'tls',
    outcome: { kind: 'answers', mapped: '10.102.0.139' },
    ms: 118,
  }),
];

const scene = new URLSearchParams(location.search).get('scene') ?? 'people';
const isOld = scene === 'administration-old-server';
const api = new Api(async (path) => answer(isOld ? '' : path, [NO_ROUTE]));
const app = new App(api, () => {
  throw new Error('the gallery signs nobody in');
});
route.value = { page: 'people' };
app.me.value = ALICE;
app.people.value = PEOPLE;
app.registration.value = { state: 'registered' };
app.about.value = {
  product: 'hopsight',
  version: '0',
  domain: 'hopsight.internal',
  ca: `sha256:${'ab12'.repeat(16)}`,
};

const root = document.getElementById('app');
await seed(scene);
if (root) render(<Page app={app} />, root);

async function seed(name: string): Promise<void> {
  switch (name) {
    case 'sign-in':
      app.me.value = null;
      break;
    case 'unreachable':
      app.trouble.value = {
        message: 'The server does not answer.',
        remedy: 'Check that this computer is on the network; ask whoever runs Hopsight if it is.',
      };
      break;
    case 'people-empty':
      app.people.value = PEOPLE.slice(0, 1);
      break;
    case 'people':
      app.links.value = [link('01JD4', ['Guest', 'Desk 2']), link('01JD5', [])];
      break;
    case 'check-running':
      app.connectionCheck.state.value = {
        phase: 'running',
        steps: STEPS.slice(0, 2),
        doing: 'trying each way to the relay',
        since: Date.now() - 1300,
      };
      break;
    case 'check-done':
      app.connectionCheck.state.value = { phase: 'done', steps: STEPS, at: new Date() };
      break;
    case 'check-path':
    case 'check-path-refused':
      app.pathChecks.current.value = {
        id: '01JDKQ4N8ZP4V6M0T2B7R9XW3C',
        other: { displayName: 'Bob Okafor', uri: 'sip:bob@hopsight.internal', guest: false },
        phase: 'done',
        step: { words: '', since: 0 },
        startedAt: new Date(),
        path: name === 'check-path' ? { kind: 'relay', transport: 'udp' } : null,
        verdict: name === 'check-path' ? readVerdict(NO_ROUTE) : null,
        failure:
          name === 'check-path'
            ? null
            : { sentence: 'The computer of Bob Okafor does not answer checks now.', remedy: '' },
      };
      break;
    case 'check-well':
      app.connectionCheck.state.value = {
        phase: 'done',
        steps: STEPS.filter(({ ok }) => ok),
        at: new Date(),
      };
      break;
    case 'people-lost':
      app.registration.value = { state: 'lost', text: 'The connection to the server was lost.' };
      app.sessions.notice.value =
        'Bob Okafor took the invitation back, or it was answered elsewhere.';
      break;
    case 'share-link':
      app.me.value = null;
      location.hash = `#ca=sha256:${'ab12'.repeat(16)}`;
      route.value = { page: 'share-link', token: 'T' };
      break;
    case 'share-link-other-ca':
      app.me.value = null;
      location.hash = `#ca=sha256:${'cd34'.repeat(16)}`;
      route.value = { page: 'share-link', token: 'T' };
      break;
    case 'consent':
      app.sessions.invitation.value = invitation({});
      break;
    case 'consent-guest':
      app.sessions.invitation.value = invitation({
        byLink: true,
        from: {
          displayName: 'Dana',
          uri: 'sip:guest.01JDKQ4N8Z@hopsight.internal',
          guest: true,
        },
        problem: {
          message: 'No screen was chosen.',
          remedy: 'Choose a screen or window, or refuse.',
        },
      });
      break;
    case 'accept':
      app.sessions.invitation.value = invitation({ role: 'sharer' });
      break;
    case 'ringing':
      app.sessions.current.value = state({
        phase: 'ringing',
        path: null,
        liveAt: null,
        step: { words: 'waiting for Bob Okafor to say yes', since: Date.now() - 2300 },
      });
      break;
    case 'session':
    case 'session-relay':
    case 'session-silent':
      app.sessions.current.value = state({
        stream: await desktop(),
        path: { kind: name === 'session' ? 'direct' : 'relay', transport: 'udp' },
        verdict:
          name === 'session' ? null : readVerdict(name === 'session-relay' ? NO_ROUTE : SILENT),
      });
      app.sessions.cursor.value = { x: 420, y: 260, visible: true, shape: 'arrow' };
      break;
    case 'sharing':
      app.sessions.current.value = state({
        role: 'sharer',
        path: { kind: 'relay', transport: 'tls' },
        verdict: readVerdict(NO_ROUTE),
      });
      break;
    case 'administration':
    case 'administration-old-server':
      route.value = { page: 'administrator', id: null };
      break;
    case 'record-of-a-session':
      route.value = { page: 'administrator', id: '01JDKQ4N8ZP4V6M0T2B7R9XW3C' };
      break;
    case 'ended':
      app.sessions.current.value = state({
        phase: 'ended',
        end: {
          sentence: 'Bob Okafor ended it.',
          remedy: '',
          at: new Date(),
          mayAskAgain: true,
        },
      });
      break;
    case 'ended-no-picture':
      app.sessions.current.value = state({
        phase: 'ended',
        liveAt: null,
        path: null,
        verdict: readVerdict(SILENT),
        end: {
          sentence: 'The picture could not get through between the two machines.',
          remedy: '',
          at: new Date(),
          mayAskAgain: true,
        },
      });
      break;
    default:
      throw new Error(`no scene ${name}`);
  }
}

function state(change: Partial<SessionState>): SessionState {
  return {
    id: '01JDKQ4N8ZP4V6M0T2B7R9XW3C',
    role: 'viewer',
    other: { displayName: 'Bob Okafor', uri: 'sip:bob@hopsight.internal', guest: false },
    phase: 'live',
    step: { words: 'looking for a path', since: Date.now() },
    startedAt: new Date(Date.now() - 95_000),
    liveAt: new Date(Date.now() - 90_000),
    path: { kind: 'direct', transport: 'udp' },
    verdict: null,
    stream: null,
    end: null,
    ...change,
  };
}

function invitation(change: Partial<PendingInvitation>): PendingInvitation {
  return {
    from: { displayName: 'Bob Okafor', uri: 'sip:bob@hopsight.internal', guest: false },
    role: 'viewer',
    byLink: false,
    working: false,
    problem: null,
    ...change,
  };
}

function link(id: string, opened: string[]) {
  return {
    id,
    url: `https://hopsight.internal/s/Yw3mK1v9Tt#ca=sha256:${'ab12'.repeat(16)}`,
    uri: `sip:share.${id}@hopsight.internal`,
    expires_at: new Date(Date.now() + 20 * 3_600_000).toISOString(),
    opened,
  };
}

/** A desktop to look at, as a moving picture. */
async function desktop(): Promise<MediaStream> {
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const context = canvas.getContext('2d');
  let frame = 0;
  const paint = () => {
    if (!context) return;
    context.fillStyle = '#2b5876';
    context.fillRect(0, 0, 1280, 720);
    context.fillStyle = '#fff';
    context.fillRect(120, 80, 760, 480);
    context.fillStyle = '#222';
    context.font = '16px sans-serif';
    for (let row = 0; row < 20; row += 1) {
      context.fillText(`${row}: the quick brown fox jumps over the lazy dog`, 140, 120 + row * 22);
    }
    context.fillRect(0, 700, (frame++ * 7) % 1280, 20);
  };
  paint();
  setInterval(paint, 50);
  return canvas.captureStream(20);
}
