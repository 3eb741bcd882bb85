/**
 * Runs the one session of this page: invitations out and in, consent, the
 * picture, the claims and the end. Nothing is captured before a person of
 * this end asked for it or said yes; a stop stops everything at once.
 */
import { type Signal, signal } from '@preact/signals';
import { type Api, ApiError } from '../api/client.ts';
import type { RelayGrant, Role } from '../api/types.ts';
import { captureClaim } from '../evidence/claims.ts';
import { Collector } from '../evidence/collector.ts';
import { CaptureRefused } from '../media/capture.ts';
import { type Cursor, readCursor } from '../media/cursor.ts';
import { type MediaListener, type Picture, prepareAnswer, prepareOffer } from '../media/peer.ts';
import { called } from '../parts/called.ts';
import type { Identity } from '../signalling/identity.ts';
import { type CallEnd, endSentence } from '../signalling/reason.ts';
import type { Call, CallListener, IncomingCall, Signalling } from '../signalling/signalling.ts';
import { readVerdict } from '../verdict/verdict.ts';
import type { Ending, Party, PendingInvitation, SessionState } from './state.ts';

/** How long a closed path waits for the BYE that says why. */
const BYE_WITHIN_MS = 1000;

export interface SessionsSettings {
  api: Pick<Api, 'createSession' | 'relay'>;
  capture: () => Promise<Picture>;
  /** Looks whether what is captured is all of one colour; gives a way to stop it. */
  watchColour: (stream: MediaStream, looked: (isOneColour: boolean) => void) => () => void;
  /** Signalling that has registered, or an error that says why there is none. */
  registered: () => Promise<Signalling>;
  /** A session got its name; the address bar follows. */
  named: (id: string) => void;
}

export class Sessions {
  readonly current: Signal<SessionState | null> = signal(null);
  readonly invitation: Signal<PendingInvitation | null> = signal(null);
  readonly cursor: Signal<Cursor | null> = signal(null);
  /** What happened to an invitation that went away unanswered. */
  readonly notice: Signal<string | null> = signal(null);

  readonly #settings: SessionsSettings;
  #signalling: Signalling | null = null;
  #waiting: IncomingCall | null = null;
  #call: Call | null = null;
  #collector: Collector | null = null;
  #picture: Picture | null = null;
  #stopLooking: (() => void) | null = null;
  #answeredAt = 0;
  /** Counts the sessions of this page: what belongs to an old one is ignored. */
  #generation = 0;

  constructor(settings: SessionsSettings) {
    this.#settings = settings;
  }

  /** Invites `other`: to see this screen (`sharer`) or to show theirs (`viewer`). */
  async invite(other: Party, role: Role): Promise<void> {
    if (this.#isBusy()) return;
    const generation = this.#begin(other, role, '');
    try {
      if (role === 'sharer') await this.#takePicture(generation);
      if (!this.#isCurrent(generation)) return;
      this.#step('asking the server for a session');
      const signalling = await this.#settings.registered();
      this.#signalling = signalling;
      const id = await this.#settings.api.createSession(other.uri, role);
      const grant = await this.#relay(id);
      if (!this.#isCurrent(generation)) return;
      this.#patch({ id });
      this.#settings.named(id);
      this.#step(`calling ${called(other)}`);
      this.#call = signalling.invite(
        {
          target: other.uri,
          session: id,
          role,
          servers: iceServers(grant),
          prepare: (connection) => {
            prepareOffer(connection, this.#picture, this.#media(generation));
            this.#collect(connection, grant, generation);
          },
        },
        this.#onlyFrom(other, role, this.#listener(generation)),
      );
    } catch (error) {
      this.#failed(error, generation);
    }
  }

  /** Somebody invites this end. One at a time: whoever comes meanwhile hears `busy`. */
  incoming(call: IncomingCall, byLink: boolean, signalling: Signalling): void {
    if (this.#waiting || this.#isBusy()) {
      call.end(486, 'Busy Here');
      return;
    }
    this.#waiting = call;
    this.#signalling = signalling;
    this.notice.value = null;
    const { from, role } = call;
    this.invitation.value = { from: party(from), role, byLink, working: false, problem: null };
    call.onGone = () => {
      if (this.#waiting !== call) return;
      this.#waiting = null;
      this.invitation.value = null;
      this.notice.value = `${called(from, 'first')} took the invitation back, or it was answered elsewhere.`;
    };
  }

  /** The yes. Only now is a picture asked for, and only after it does anything leave. */
  async allow(): Promise<void> {
    const call = this.#waiting;
    const pending = this.invitation.value;
    if (!call || !pending || pending.working) return;
    this.invitation.value = { ...pending, working: true, problem: null };
    const shows = call.role === 'viewer';
    try {
      const picture = shows ? await this.#settings.capture() : null;
      if (this.#waiting !== call) {
        picture?.track.stop();
        return;
      }
      this.#picture = picture;
      await this.#accept(call);
    } catch (error) {
      this.#letGo();
      if (this.#waiting !== call) return;
      this.#tellRefused(call, error);
      this.invitation.value = { ...pending, working: false, problem: problem(error) };
    }
  }

  /** Whoever waits for the picture learns why it does not come. */
  #tellRefused(call: IncomingCall, error: unknown): void {
    if (!(error instanceof CaptureRefused) || !error.told) return;
    const { state, text } = error.told;
    const claim = captureClaim(state, text, performance.timeOrigin + performance.now());
    this.#signalling?.sendFacts(call.sessionId, [claim]);
  }

  refuse(): void {
    const call = this.#waiting;
    this.#waiting = null;
    this.invitation.value = null;
    call?.refuse();
  }

  /** Ends everything at once: picture, path and call. */
  stop(): void {
    const state = this.current.value;
    if (!state || state.phase === 'ended') return;
    const text = state.role === 'sharer' ? 'sharing was stopped' : 'the viewer left';
    const call = this.#call;
    this.#finish({ sentence: 'You ended it.', remedy: '', mayAskAgain: true });
    call?.end(200, text);
  }

  dismiss(): void {
    if (this.current.value?.phase === 'ended') this.current.value = null;
  }

  askAgain(): void {
    const state = this.current.value;
    if (state?.phase !== 'ended') return;
    void this.invite(state.other, state.role);
  }

  /** The first frame is on this person's screen. */
  frameShown(): void {
    this.#live();
  }

  /** A verdict came, maybe after the end: the picture does not wait for it. */
  verdict(session: string, body: string): void {
    const verdict = readVerdict(body);
    if (verdict && this.current.value?.id === session) this.#patch({ verdict });
  }

  async #accept(call: IncomingCall): Promise<void> {
    const grant = await this.#relay(call.sessionId);
    if (this.#waiting !== call) {
      this.#letGo();
      return;
    }
    this.#waiting = null;
    this.invitation.value = null;
    const role: Role = call.role === 'viewer' ? 'sharer' : 'viewer';
    const picture = this.#picture;
    const generation = this.#begin(party(call.from), role, call.sessionId);
    this.#picture = picture;
    this.#followPicture(generation);
    this.#call = call;
    this.#settings.named(call.sessionId);
    this.#patch({ phase: 'connecting' });
    this.#step('looking for a path');
    const prepare = (connection: RTCPeerConnection) => {
      prepareAnswer(connection, this.#picture, this.#media(generation));
      this.#collect(connection, grant, generation);
    };
    try {
      call.accept(iceServers(grant), prepare, this.#listener(generation));
    } catch (error) {
      this.#failed(error, generation);
    }
  }

  #begin(other: Party, role: Role, id: string): number {
    const now = new Date();
    this.cursor.value = null;
    this.notice.value = null;
    this.current.value = {
      id,
      role,
      other,
      phase: 'preparing',
      step: { words: 'preparing', since: now.getTime() },
      startedAt: now,
      liveAt: null,
      path: null,
      verdict: null,
      stream: null,
      end: null,
    };
    this.#answeredAt = performance.now();
    return ++this.#generation;
  }

  async #takePicture(generation: number): Promise<void> {
    this.#step('waiting for you to choose a screen');
    const picture = await this.#settings.capture();
    if (!this.#isCurrent(generation)) {
      picture.track.stop();
      return;
    }
    this.#picture = picture;
    this.#followPicture(generation);
  }

  /** The browser's own «stop sharing» ends the session like ours. */
  #followPicture(generation: number): void {
    this.#picture?.track.addEventListener('ended', () => {
      if (generation !== this.#generation) return;
      this.#collector?.capture('ended', 'the person or the system ended it');
      this.stop();
    });
  }

  async #relay(session: string): Promise<RelayGrant> {
    if (this.current.value?.phase === 'preparing') this.#step('asking for the relay');
    return this.#settings.api.relay(session);
  }

  #listener(generation: number): CallListener {
    const current = () => this.#isCurrent(generation);
    return {
      ringing: () => {
        if (!current() || this.current.value?.phase !== 'preparing') return;
        this.#patch({ phase: 'ringing' });
        this.#step(`waiting for ${this.#other()} to say yes`);
      },
      answered: (other) => {
        if (!current()) return;
        this.#answeredAt = performance.now();
        if (other && this.current.value) this.#patch({ other: known(other, this.current.value) });
        if (this.current.value?.phase !== 'live') this.#patch({ phase: 'connecting' });
        this.#step('looking for a path');
      },
      ended: (end) => {
        if (current()) this.#finish(this.#ending(end));
      },
    };
  }

  /** A screen that was offered to somebody is shown to them and to nobody else who answers. */
  #onlyFrom(invited: Party, role: Role, listener: CallListener): CallListener {
    if (role === 'viewer') return listener;
    return {
      ...listener,
      answered: (who) => {
        if (who?.uri === invited.uri) listener.answered(who);
        else this.#sendAway(invited);
      },
    };
  }

  #sendAway(invited: Party): void {
    const call = this.#call;
    const sentence = `Somebody else answered in the place of ${called(invited)}. Nothing was shown.`;
    this.#finish({ sentence, remedy: '', mayAskAgain: true });
    call?.end(403, 'somebody else was invited');
  }

  #ending(end: CallEnd): Omit<Ending, 'at'> {
    const sentence = endSentence(end, this.#other());
    return { sentence, remedy: '', mayAskAgain: end.status !== 410 && end.status !== 403 };
  }

  #media(generation: number): MediaListener {
    return {
      picture: (stream) => {
        if (generation === this.#generation) this.#patch({ stream });
      },
      cursor: (message) => {
        if (generation === this.#generation) this.cursor.value = readCursor(message);
      },
      gone: () => {
        setTimeout(() => this.#otherIsGone(generation), BYE_WITHIN_MS);
      },
    };
  }

  /** The path was closed and no BYE said why: a page was closed, a program ended. */
  #otherIsGone(generation: number): void {
    if (!this.#isCurrent(generation)) return;
    const call = this.#call;
    const who = this.#other('first');
    this.#finish({ sentence: `${who} went away.`, remedy: '', mayAskAgain: true });
    call?.end(200, 'the other end went away');
  }

  #other(where?: 'first'): string {
    const other = this.current.value?.other;
    if (other) return called(other, where);
    return where === 'first' ? 'The other end' : 'the other end';
  }

  #collect(connection: RTCPeerConnection, grant: RelayGrant, generation: number): void {
    const signalling = this.#signalling;
    this.#collector = new Collector(connection, grant.urls, {
      claims: (claims) => {
        const id = this.current.value?.id;
        if (id && generation === this.#generation) signalling?.sendFacts(id, claims);
      },
      path: (path) => {
        if (generation === this.#generation) this.#patch({ path });
      },
      firstFrameSent: () => this.#live(),
    });
    this.#watchColour(this.#collector);
  }

  #watchColour(collector: Collector): void {
    if (!this.#picture) return;
    const look = this.#settings.watchColour;
    this.#stopLooking = look(this.#picture.stream, (isOne) => collector.looked(isOne));
  }

  #live(): void {
    const state = this.current.value;
    if (!state || state.liveAt || state.phase === 'ended') return;
    this.#patch({ phase: 'live', liveAt: new Date() });
    this.#collector?.firstFrame(performance.now() - this.#answeredAt);
  }

  #failed(error: unknown, generation: number): void {
    if (!this.#isCurrent(generation)) return;
    const { message, remedy } = problem(error);
    this.#finish({ sentence: message, remedy, mayAskAgain: true });
  }

  #finish(end: Omit<Ending, 'at'>): void {
    this.#collector?.stop();
    this.#collector = null;
    this.#call = null;
    this.#letGo();
    this.cursor.value = null;
    this.#patch({ phase: 'ended', stream: null, end: { ...end, at: new Date() } });
  }

  #letGo(): void {
    this.#stopLooking?.();
    this.#stopLooking = null;
    for (const track of this.#picture?.stream.getTracks() ?? []) track.stop();
    this.#picture = null;
  }

  #step(words: string): void {
    this.#patch({ step: { words, since: Date.now() } });
  }

  #patch(change: Partial<SessionState>): void {
    const state = this.current.value;
    if (state) this.current.value = { ...state, ...change };
  }

  #isCurrent(generation: number): boolean {
    return generation === this.#generation && this.current.value?.phase !== 'ended';
  }

  #isBusy(): boolean {
    const phase = this.current.value?.phase;
    return phase !== undefined && phase !== 'ended';
  }
}

/** None in a deployment without a relay: browsers refuse a server without an address. */
export function iceServers(grant: RelayGrant): RTCIceServer[] {
  if (grant.urls.length === 0) return [];
  return [{ urls: grant.urls, username: grant.username, credential: grant.password }];
}

export function problem(error: unknown): { message: string; remedy: string } {
  if (error instanceof ApiError) return error.problem;
  if (error instanceof CaptureRefused) return { message: error.message, remedy: error.remedy };
  const text = error instanceof Error ? error.message : String(error);
  return { message: `This page failed: ${text}`, remedy: 'Reload the page.' };
}

function party({ displayName, uri, guest }: Identity): Party {
  return { displayName, uri, guest };
}

/** A share's address answers for its owner: then the owner's name stays as it was told. */
function known(other: Identity, state: SessionState): Party {
  return other.name.startsWith('share.') ? state.other : party(other);
}
