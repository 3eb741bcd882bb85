/**
 * Looks at the path to a person's computer without a picture, and answers when
 * others look at the path to this one. Nothing is shown, so nobody is asked
 * (docs/http-api.md, «Checks»).
 */
import { type Signal, signal } from '@preact/signals';
import type { Api } from '../api/client.ts';
import type { RelayGrant } from '../api/types.ts';
import type { Claim } from '../evidence/claims.ts';
import { Collector } from '../evidence/collector.ts';
import type { ShownPath } from '../evidence/snapshot.ts';
import { called } from '../parts/called.ts';
import { iceServers, problem } from '../session/sessions.ts';
import type { Party } from '../session/state.ts';
import { type CallEnd, endSentence } from '../signalling/reason.ts';
import type { Call, CallListener, IncomingCall, Signalling } from '../signalling/signalling.ts';
import { readVerdict, type Verdict } from '../verdict/verdict.ts';
import { Limit } from './limit.ts';

/** A direct path is told to the server before the end. */
const SETTLED_MS = 500;
/** By now every verdict was told (the engine closes after 3.5 s). */
const ENOUGH_MS = 4000;
/** Whoever began a check and does not end it is not waited for. */
const LONGEST_MS = 10_000;
const MOST_ANSWERED = 2;
const PER_MINUTE = 6;

export interface PathCheck {
  /** Empty until the server has named it. */
  id: string;
  other: Party;
  phase: 'running' | 'done';
  step: { words: string; since: number };
  startedAt: Date;
  path: ShownPath | null;
  verdict: Verdict | null;
  /** Why there was nothing to look at, when the call itself failed. */
  failure: { sentence: string; remedy: string } | null;
}

/** What is collected while a connection lasts; a fake stands in for it in tests. */
export interface Watch {
  stop(): void;
}

export interface PathChecksSettings {
  api: Pick<Api, 'createSession' | 'relay'>;
  registered: () => Promise<Signalling>;
  /** This person's own address. */
  myUri: () => string | null;
  watch?: (
    connection: RTCPeerConnection,
    grant: RelayGrant,
    claims: (claims: Claim[]) => void,
    path: (path: ShownPath) => void,
  ) => Watch;
}

export class PathChecks {
  readonly current: Signal<PathCheck | null> = signal(null);
  readonly #settings: PathChecksSettings;
  readonly #limit = new Limit(PER_MINUTE);
  #answering = 0;
  #call: Call | null = null;
  #watch: Watch | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the checks of this page: what belongs to an old one is ignored. */
  #generation = 0;

  constructor(settings: PathChecksSettings) {
    this.#settings = settings;
  }

  async run(other: Party): Promise<void> {
    if (this.current.value?.phase === 'running') return;
    const generation = ++this.#generation;
    this.#begin(other);
    try {
      const { api, registered } = this.#settings;
      const signalling = await registered();
      const id = await api.createSession(other.uri, 'sharer', 'check');
      const grant = await api.relay(id);
      this.#patch({ id });
      this.#step(`calling the computer of ${called(other)}`);
      this.#call = signalling.invite(
        {
          target: other.uri,
          session: id,
          role: 'sharer',
          purpose: 'check',
          servers: iceServers(grant),
          prepare: (connection) => {
            connection.createDataChannel('control');
            this.#watch = this.#watched(connection, grant, id, signalling, generation);
          },
        },
        this.#listener(generation),
      );
    } catch (error) {
      const { message, remedy } = problem(error);
      this.#finish(generation, { sentence: message, remedy });
    }
  }

  dismiss(): void {
    if (this.current.value?.phase === 'done') this.current.value = null;
  }

  /** A verdict came, maybe after the end. */
  verdict(session: string, body: string): void {
    const verdict = readVerdict(body);
    if (verdict && this.current.value?.id === session) this.#patch({ verdict });
  }

  /** Somebody looks at the path to this computer. */
  async answer(call: IncomingCall, signalling: Signalling): Promise<void> {
    const refusal = this.#refusal(call);
    if (refusal) return call.end(...refusal);
    this.#answering += 1;
    let watch: Watch | null = null;
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      this.#answering -= 1;
      clearTimeout(timer);
      watch?.stop();
    };
    const timer = setTimeout(() => {
      end();
      call.end(200, 'the check is over');
    }, LONGEST_MS);
    call.onGone = end;
    try {
      const grant = await this.#settings.api.relay(call.sessionId);
      if (over) return;
      const prepare = (connection: RTCPeerConnection) => {
        watch = this.#watching(connection, grant, call.sessionId, signalling, () => {});
      };
      call.accept(iceServers(grant), prepare, { ringing() {}, answered() {}, ended: end });
    } catch {
      end();
      call.end(500, 'the relay could not be asked for');
    }
  }

  #refusal(call: IncomingCall): [status: number, text: string] | null {
    if (call.from.guest) return [403, 'Not For Guests'];
    const isOwn = call.invited.toLowerCase() === this.#settings.myUri()?.toLowerCase();
    if (!isOwn) return [486, 'Not Answering Checks Now'];
    const isAllowed =
      this.#answering < MOST_ANSWERED && this.#limit.allows(call.from.uri, Date.now());
    return isAllowed ? null : [486, 'Too Many Checks'];
  }

  #begin(other: Party): void {
    const startedAt = new Date();
    this.current.value = {
      id: '',
      other,
      phase: 'running',
      step: { words: 'asking the server', since: startedAt.getTime() },
      startedAt,
      path: null,
      verdict: null,
      failure: null,
    };
  }

  #listener(generation: number): CallListener {
    return {
      ringing: () => {},
      answered: () => {
        if (!this.#isCurrent(generation)) return;
        this.#step('looking at the path');
        this.#endIn(ENOUGH_MS, generation);
      },
      ended: (end) => {
        const { other, path } = this.current.value ?? {};
        const hasAnswer = path || end.by === 'here' || !other;
        this.#finish(generation, hasAnswer ? null : { sentence: checkEnd(end, other), remedy: '' });
      },
    };
  }

  #watched(
    connection: RTCPeerConnection,
    grant: RelayGrant,
    id: string,
    signalling: Signalling,
    generation: number,
  ): Watch {
    return this.#watching(connection, grant, id, signalling, (path) => {
      if (!this.#isCurrent(generation)) return;
      this.#patch({ path });
      if (path.kind === 'direct') this.#endIn(SETTLED_MS, generation);
    });
  }

  #watching(
    connection: RTCPeerConnection,
    grant: RelayGrant,
    id: string,
    signalling: Signalling,
    path: (path: ShownPath) => void,
  ): Watch {
    const watch = this.#settings.watch ?? collect;
    return watch(connection, grant, (claims) => signalling.sendFacts(id, claims), path);
  }

  #endIn(milliseconds: number, generation: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#isCurrent(generation)) return;
      const call = this.#call;
      this.#finish(generation, null);
      call?.end(200, 'the check is over');
    }, milliseconds);
  }

  #finish(generation: number, failure: PathCheck['failure']): void {
    if (!this.#isCurrent(generation)) return;
    clearTimeout(this.#timer);
    this.#watch?.stop();
    this.#watch = null;
    this.#call = null;
    this.#patch({ phase: 'done', failure });
  }

  #step(words: string): void {
    this.#patch({ step: { words, since: Date.now() } });
  }

  #patch(change: Partial<PathCheck>): void {
    const check = this.current.value;
    if (check) this.current.value = { ...check, ...change };
  }

  #isCurrent(generation: number): boolean {
    return generation === this.#generation && this.current.value?.phase === 'running';
  }
}

/** What was found, for a person. */
export function pathSentence({ other, path, failure }: PathCheck): string {
  if (failure) return failure.sentence;
  const whom = called(other);
  if (path?.kind === 'direct') return `The path to ${whom} is direct.`;
  if (path?.kind === 'relay') return `Between you and ${whom} a picture goes through the relay.`;
  return `No path to ${whom} was found.`;
}

function checkEnd(end: CallEnd, other: Party): string {
  if (end.status === 486) return `The computer of ${called(other)} does not answer checks now.`;
  return endSentence(end, called(other));
}

function collect(
  connection: RTCPeerConnection,
  grant: RelayGrant,
  claims: (claims: Claim[]) => void,
  path: (path: ShownPath) => void,
): Watch {
  return new Collector(connection, grant.urls, { claims, path, firstFrameSent: () => {} });
}
