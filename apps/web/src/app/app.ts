/** What the whole page knows and does outside a session: who, whom, links, connection. */
import { computed, type Signal, signal } from '@preact/signals';
import { type Api, ApiError } from '../api/client.ts';
import type { About, Me, Person, ShareLink } from '../api/types.ts';
import { ConnectionCheck } from '../check/connection-check.ts';
import { PathChecks } from '../check/path-checks.ts';
import { tryRelay } from '../check/relay-try.ts';
import { capture } from '../media/capture.ts';
import { watchColour } from '../media/colour.ts';
import { Sessions } from '../session/sessions.ts';
import type { Registration, Signalling, SignallingListener } from '../signalling/signalling.ts';
import { go } from './route.ts';

const REGISTERED_WITHIN_MS = 10_000;
/** The server answers a registration well within this. */
const OFFERED_MS = 2000;

export type MakeSignalling = (me: Me, listener: SignallingListener) => Signalling;

export class App {
  /** `undefined` until the server was asked. */
  readonly me: Signal<Me | null | undefined> = signal(undefined);
  readonly about: Signal<About | null> = signal(null);
  readonly people: Signal<Person[] | null> = signal(null);
  readonly links: Signal<ShareLink[]> = signal([]);
  readonly registration: Signal<Registration> = signal({ state: 'connecting' });
  /** Why the server could not be asked who is here. */
  readonly trouble: Signal<{ message: string; remedy: string } | null> = signal(null);
  readonly sessions: Sessions;
  readonly connectionCheck: ConnectionCheck;
  readonly pathChecks: PathChecks;
  readonly api: Api;

  readonly others = computed(() =>
    (this.people.value ?? []).filter(({ name }) => name !== this.me.value?.name),
  );

  readonly #makeSignalling: MakeSignalling;
  #signalling: Signalling | null = null;
  #events: EventSource | null = null;

  constructor(api: Api, makeSignalling: MakeSignalling) {
    this.api = api;
    this.#makeSignalling = makeSignalling;
    this.pathChecks = new PathChecks({
      api,
      registered: () => this.#registered(),
      myUri: () => this.me.value?.uri ?? null,
    });
    this.connectionCheck = new ConnectionCheck({
      api,
      registration: () => this.registration.value,
      tryRelay,
      now: () => performance.now(),
    });
    this.sessions = new Sessions({
      api,
      capture,
      watchColour,
      registered: () => this.#registered(),
      named: (id) => go(`/session/${id}`),
    });
  }

  async boot(): Promise<void> {
    this.trouble.value = null;
    this.api.about().then(
      (about) => {
        this.about.value = about;
      },
      () => {},
    );
    try {
      const me = await this.api.me();
      if (me) this.enter(me);
      else this.me.value = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble.value = error.problem;
    }
  }

  /** Somebody has signed in: be reachable, and watch who else is. */
  enter(me: Me): void {
    this.leave();
    this.me.value = me;
    this.#signalling = this.#makeSignalling(me, this.#listener());
    this.#signalling.start();
    if (me.kind === 'person') {
      this.#watchPeople();
      void this.loadLinks();
    }
  }

  async signOut(): Promise<void> {
    this.sessions.stop();
    await this.api.signOut();
    this.leave();
    this.me.value = null;
    go('/');
  }

  leave(): void {
    this.#events?.close();
    this.#events = null;
    this.#signalling?.stop();
    this.#signalling = null;
    this.people.value = null;
    this.links.value = [];
    this.registration.value = { state: 'connecting' };
  }

  async createLink(expiresInSeconds: number): Promise<ShareLink> {
    const link = await this.api.createLink(expiresInSeconds);
    // Who gets the link may open it at once. Without a connection it is shown all the same.
    const offered = this.#signalling?.offerShare(link.uri);
    await Promise.race([offered, new Promise((resolve) => setTimeout(resolve, OFFERED_MS))]);
    this.links.value = [link, ...this.links.value];
    return link;
  }

  async withdrawLink(link: ShareLink): Promise<void> {
    await this.api.withdrawLink(link.id);
    this.#signalling?.withdrawShare(link.uri);
    this.links.value = this.links.value.filter(({ id }) => id !== link.id);
  }

  async loadLinks(): Promise<void> {
    const links = await this.api.links().catch(() => []);
    const known = new Map(this.links.value.map((link) => [link.id, link]));
    const now = Date.now();
    this.links.value = links
      .filter(({ expires_at }) => !(Date.parse(expires_at) <= now))
      // The address of a link is told once, when it is made.
      .map((link) => ({ ...known.get(link.id), ...link, opened: link.opened ?? [] }));
    for (const { uri } of this.links.value) void this.#signalling?.offerShare(uri);
  }

  #watchPeople(): void {
    const events = new EventSource('/api/v1/people/events');
    this.#events = events;
    events.addEventListener('people', ({ data }) => {
      this.people.value = JSON.parse(data as string) as Person[];
    });
  }

  #listener(): SignallingListener {
    return {
      registration: (state) => {
        this.registration.value = state;
      },
      incoming: (call) => {
        if (call.purpose === 'check') {
          if (this.#signalling) void this.pathChecks.answer(call, this.#signalling);
          return;
        }
        const byLink = call.invited.startsWith('sip:share.');
        if (this.#signalling) this.sessions.incoming(call, byLink, this.#signalling);
        if (byLink) void this.loadLinks();
      },
      verdict: (session, body) => {
        this.sessions.verdict(session, body);
        this.pathChecks.verdict(session, body);
      },
    };
  }

  #registered(): Promise<Signalling> {
    return new Promise((resolve, reject) => {
      const give = (how: () => void) => {
        clearTimeout(timer);
        // The first call of the subscription happens before `forget` exists.
        queueMicrotask(() => forget());
        how();
      };
      const timer = setTimeout(() => give(() => reject(NOT_REGISTERED)), REGISTERED_WITHIN_MS);
      const forget = this.registration.subscribe(({ state }) => {
        const signalling = this.#signalling;
        if (state === 'registered' && signalling) give(() => resolve(signalling));
      });
    });
  }
}

const NOT_REGISTERED = new ApiError(0, {
  code: 'not-registered',
  message: 'The connection for invitations could not be opened.',
  remedy: 'Check that nothing between this computer and the server stops WebSocket connections.',
});
