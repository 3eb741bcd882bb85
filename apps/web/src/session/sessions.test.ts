import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../api/client.ts';
import { CaptureRefused } from '../media/capture.ts';
import type { Picture } from '../media/peer.ts';
import type {
  CallListener,
  IncomingCall,
  Invitation,
  Signalling,
} from '../signalling/signalling.ts';
import { iceServers, Sessions } from './sessions.ts';

const BOB = { displayName: 'Bob', uri: 'sip:bob@h', guest: false };
const GRANT = { urls: ['turn:10.0.0.1:3478'], username: 'u', password: 'p', expires_at: '' };

test('a deployment without a relay gives the browser no server to ask', () => {
  expect(iceServers({ ...GRANT, urls: [] })).toEqual([]);
  expect(iceServers(GRANT)).toHaveLength(1);
});

test('nothing is captured or accepted before the yes', async () => {
  const call = incoming('viewer');
  sessions.incoming(call, false, signalling);

  expect(capture).not.toHaveBeenCalled();
  expect(relay).not.toHaveBeenCalled();
  expect(call.accept).not.toHaveBeenCalled();

  await sessions.allow();

  expect(done).toEqual(['capture', 'relay S1', 'accept']);
  expect(sessions.current.value?.role).toBe('sharer');
});

test('who is invited to look says yes without a picture of their own', async () => {
  const call = incoming('sharer');
  sessions.incoming(call, false, signalling);

  await sessions.allow();

  expect(done).toEqual(['relay S1', 'accept']);
  expect(sessions.current.value?.role).toBe('viewer');
});

test('a no captures nothing and refuses', () => {
  const call = incoming('viewer');
  sessions.incoming(call, true, signalling);

  sessions.refuse();

  expect(done).toEqual(['refuse']);
  expect(sessions.invitation.value).toBeNull();
});

test('no screen chosen leaves the question open and says what to do', async () => {
  capture.mockRejectedValueOnce(new CaptureRefused('No screen was chosen.', 'Choose one.'));
  sessions.incoming(incoming('viewer'), false, signalling);

  await sessions.allow();

  expect(sessions.invitation.value).toMatchObject({
    working: false,
    problem: { message: 'No screen was chosen.', remedy: 'Choose one.' },
  });
  expect(done).toEqual([]);
});

test('who waits for a screen that the system refuses is told so, and no more', async () => {
  const told_of = {
    state: 'denied',
    text: 'NotAllowedError: Permission denied by system',
  } as const;
  capture.mockRejectedValueOnce(new CaptureRefused('No.', 'Allow it.', told_of));
  sessions.incoming(incoming('viewer'), false, signalling);

  await sessions.allow();

  expect(told).toEqual([{ session: 'S1', fact: 'capture', ...told_of }]);
});

test('a page that cannot share at all tells nothing of a screen', async () => {
  capture.mockRejectedValueOnce(new CaptureRefused('This browser cannot.', 'Use another.'));
  sessions.incoming(incoming('viewer'), false, signalling);

  await sessions.allow();

  expect(told).toEqual([]);
});

test('an invitation that goes away while the screen is chosen stops the picture', async () => {
  const call = incoming('viewer');
  sessions.incoming(call, false, signalling);
  capture.mockImplementationOnce(async () => {
    call.onGone({ by: 'there', status: null, text: '' });
    return picture;
  });

  await sessions.allow();

  expect(picture.track.stop).toHaveBeenCalled();
  expect(done).toEqual([]);
  expect(sessions.notice.value).toContain('Bob');
});

test('a second invitation hears busy', () => {
  sessions.incoming(incoming('viewer'), false, signalling);
  const second = incoming('sharer');

  sessions.incoming(second, false, signalling);

  expect(second.end).toHaveBeenCalledWith(486, 'Busy Here');
});

test('a screen offered to one person is not shown to another who answers', async () => {
  await sessions.invite(BOB, 'sharer');
  listener?.answered({ uri: 'sip:mallory@h', name: 'mallory', displayName: 'Bob', guest: false });

  expect(picture.track.stop).toHaveBeenCalled();
  expect(done.at(-1)).toBe('end 403 somebody else was invited');
  expect(sessions.current.value?.end?.sentence).toContain('Nothing was shown.');
});

test('a stop stops the tracks, ends the call and says so', async () => {
  await sessions.invite(BOB, 'sharer');
  listener?.answered({ uri: BOB.uri, name: 'bob', displayName: 'Bob', guest: false });

  sessions.stop();

  expect(picture.track.stop).toHaveBeenCalled();
  expect(done).toEqual(['capture', 'session', 'relay S1', 'invite', 'end 200 sharing was stopped']);
  expect(sessions.current.value?.end?.sentence).toBe('You ended it.');
});

test('a stop while the server is asked invites nobody', async () => {
  relay.mockImplementationOnce(async () => {
    sessions.stop();
    return GRANT;
  });

  await sessions.invite(BOB, 'viewer');

  expect(done).toEqual(['session']);
});

test('a refusal ends it with the name of who refused', async () => {
  await sessions.invite(BOB, 'viewer');

  listener?.ended({ by: 'there', status: 603, text: '' });

  expect(sessions.current.value?.phase).toBe('ended');
  expect(sessions.current.value?.end?.sentence).toBe('Bob refused.');
});

test('an answer of the server that refuses is shown with its remedy', async () => {
  relay.mockRejectedValueOnce(
    new ApiError(503, { code: 'x', message: 'No relay is there.', remedy: 'Start one.' }),
  );

  await sessions.invite(BOB, 'sharer');

  expect(sessions.current.value?.end).toMatchObject({
    sentence: 'No relay is there.',
    remedy: 'Start one.',
  });
  expect(picture.track.stop).toHaveBeenCalled();
});

test('a verdict of another session changes nothing; one after the end is shown', async () => {
  await sessions.invite(BOB, 'viewer');
  listener?.ended({ by: 'network', status: null, text: '' });

  sessions.verdict('S9', '{"code":"no-route"}');
  expect(sessions.current.value?.verdict).toBeNull();
  sessions.verdict('S1', '{"code":"no-route"}');

  expect(sessions.current.value?.verdict?.code).toBe('no-route');
});

test('the end of an earlier call does not end the one after it', async () => {
  await sessions.invite(BOB, 'viewer');
  const first = listener;
  sessions.stop();
  await sessions.invite(BOB, 'viewer');

  first?.ended({ by: 'there', status: null, text: '' });

  expect(sessions.current.value?.phase).toBe('preparing');
});

let done: string[] = [];
let told: unknown[] = [];
let listener: CallListener | null = null;
let picture: Picture;
let sessions: Sessions;
let signalling: Signalling;
const capture = vi.fn<() => Promise<Picture>>();
const relay = vi.fn<(id: string) => Promise<typeof GRANT>>();

beforeEach(() => {
  done = [];
  told = [];
  listener = null;
  picture = fakePicture();
  capture.mockReset().mockImplementation(async () => {
    done.push('capture');
    return picture;
  });
  relay.mockReset().mockImplementation(async (id) => {
    done.push(`relay ${id}`);
    return GRANT;
  });
  signalling = {
    start: () => {},
    stop: () => {},
    sendFacts: (session, claims) => {
      for (const { at: _, ...claim } of claims) told.push({ session, ...claim });
    },
    offerShare: () => Promise.resolve(),
    withdrawShare: () => {},
    invite: (_: Invitation, told: CallListener) => {
      done.push('invite');
      listener = told;
      return { end: (cause, text) => done.push(`end ${cause} ${text}`) };
    },
  };
  sessions = new Sessions({
    api: {
      createSession: async () => {
        done.push('session');
        return 'S1';
      },
      relay,
    },
    capture,
    watchColour: () => () => done.push('no more looks'),
    registered: async () => signalling,
    named: () => {},
  });
});

function incoming(role: 'sharer' | 'viewer'): IncomingCall {
  return {
    sessionId: 'S1',
    role,
    purpose: 'share',
    from: { uri: 'sip:bob@h', name: 'bob', displayName: 'Bob', guest: false },
    invited: 'sip:alice@h',
    accept: vi.fn(() => void done.push('accept')),
    refuse: vi.fn(() => void done.push('refuse')),
    end: vi.fn(),
    onGone: () => {},
  };
}

function fakePicture(): Picture {
  const track = Object.assign(new EventTarget(), { stop: vi.fn() });
  return { track, stream: { getTracks: () => [track] } } as unknown as Picture;
}
