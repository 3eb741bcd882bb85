/**
 * Checks what a call needs from this computer, before any call: the server, the
 * connection by which one is called, and each way to the relay by itself.
 */
import { type Signal, signal } from '@preact/signals';
import { type Api, ApiError } from '../api/client.ts';
import type { Me } from '../api/types.ts';
import type { Registration } from '../signalling/signalling.ts';
import type { Tried } from './relay-try.ts';
import { relaySteps, type Step } from './words.ts';

/** More ways than this no server hands out. */
const MOST_WAYS = 8;

export interface ConnectionCheckSettings {
  api: Pick<Api, 'me' | 'createSession' | 'relay'>;
  registration: () => Registration;
  tryRelay: (url: string, username: string, credential: string) => Promise<Tried>;
  now: () => number;
}

export type CheckState =
  | { phase: 'idle' }
  /** `doing` is what is waited for, in words. */
  | { phase: 'running'; steps: Step[]; doing: string; since: number }
  | { phase: 'done'; steps: Step[]; at: Date };

export class ConnectionCheck {
  readonly state: Signal<CheckState> = signal({ phase: 'idle' });
  readonly #settings: ConnectionCheckSettings;

  constructor(settings: ConnectionCheckSettings) {
    this.#settings = settings;
  }

  async run(me: Me): Promise<void> {
    if (this.state.value.phase === 'running') return;
    this.#doing([], 'asking the server');
    const steps = await this.#steps(me);
    this.state.value = { phase: 'done', steps, at: new Date() };
  }

  async #steps(me: Me): Promise<Step[]> {
    const server = await this.#server(me);
    if (!server.ok) return [server];
    const steps = [server, this.#calls()];
    this.#doing(steps, 'asking for the relay');
    return [...steps, ...(await this.#relay(me, steps))];
  }

  async #server({ domain }: Me): Promise<Step> {
    const step = { name: 'server' as const, title: 'Server' };
    const began = this.#settings.now();
    const after = () => this.#settings.now() - began;
    try {
      const me = await this.#settings.api.me();
      if (me) {
        const says = `answers, ${me.display_name} is signed in at ${domain}`;
        return { ...step, ok: true, ms: after(), says, remedy: '' };
      }
      const says = 'The server answers, but nobody is signed in any more.';
      return { ...step, ok: false, ms: after(), says, remedy: 'Sign in again.' };
    } catch (error) {
      return { ...step, ok: false, ms: after(), ...refusal(error) };
    }
  }

  #calls(): Step {
    const step = { name: 'calls' as const, title: 'Calls', ms: 0 };
    const registration = this.#settings.registration();
    if (registration.state === 'registered') {
      return { ...step, ok: true, says: 'this computer can be called', remedy: '' };
    }
    const why = registration.state === 'lost' ? `${registration.text} ` : '';
    return {
      ...step,
      ok: false,
      says: `${why}The connection for calls is not open.`,
      remedy:
        'Check that nothing between this computer and the server stops WebSocket connections.',
    };
  }

  async #relay(me: Me, steps: Step[]): Promise<Step[]> {
    const { api, tryRelay, now } = this.#settings;
    const began = now();
    const none = { name: 'relay-none' as const, title: 'Relay', ok: false };
    try {
      const { urls, username, password } = await api.relay(
        await api.createSession(me.uri, 'sharer', 'check'),
      );
      if (urls.length === 0) {
        const says = 'This server offers no relay.';
        const remedy = 'Whoever runs Hopsight can set one up where direct paths do not suffice.';
        return [{ ...none, ms: now() - began, says, remedy }];
      }
      this.#doing(steps, 'trying each way to the relay');
      const ways = urls.slice(0, MOST_WAYS);
      const tried = await Promise.all(ways.map((url) => tryRelay(url, username, password)));
      return relaySteps(tried);
    } catch (error) {
      return [{ ...none, ms: now() - began, ...refusal(error) }];
    }
  }

  #doing(steps: Step[], doing: string): void {
    this.state.value = { phase: 'running', steps, doing, since: Date.now() };
  }
}

function refusal(error: unknown): { says: string; remedy: string } {
  if (error instanceof ApiError)
    return { says: error.problem.message, remedy: error.problem.remedy };
  const text = error instanceof Error ? error.message : String(error);
  return { says: `This browser could not try it: ${text}`, remedy: 'Reload the page.' };
}
