/**
 * What the administrator's page knows: sessions, how the server finds itself, and
 * which networks reach each other. Asks the server when told to; every answer
 * carries when it was asked.
 */
import { type Signal, signal } from '@preact/signals';
import { type Api, ApiError } from '../api/client.ts';
import { isObject } from '../json.ts';
import {
  type Details,
  readDetails,
  readRecord,
  readRecords,
  type SessionRecord,
} from './record.ts';
import { type Health, type NetworkPair, readHealth, readPairs } from './server-words.ts';

export type Asked<T> =
  | { state: 'asking'; since: number }
  | { state: 'told'; value: T; at: Date }
  | { state: 'refused'; message: string; remedy: string }
  /** The server does not know the question. */
  | { state: 'missing'; message: string; remedy: string };

/** So many sessions are asked about at once. */
const AT_ONCE = 3;

type AdministrationApi = Pick<Api, 'sessions' | 'session' | 'health' | 'networks'>;

export class Administration {
  readonly sessions: Signal<Asked<SessionRecord[]>> = signal(asking());
  readonly details: Signal<ReadonlyMap<string, Details>> = signal(new Map());
  readonly health: Signal<Asked<Health>> = signal(asking());
  readonly networks: Signal<Asked<NetworkPair[]>> = signal(asking());

  readonly #api: AdministrationApi;
  /** Counts the askings: what answers an old one is ignored. */
  #generation = 0;

  constructor(api: AdministrationApi) {
    this.#api = api;
  }

  async ask(): Promise<void> {
    const generation = ++this.#generation;
    const isCurrent = () => generation === this.#generation;
    await Promise.all([
      ask(this.health, () => this.#api.health(), readHealth, isCurrent, NO_SELF_TESTS),
      ask(this.networks, () => this.#api.networks(), readPairs, isCurrent, NO_NETWORKS),
      ask(this.sessions, () => this.#api.sessions(), readRecords, isCurrent),
    ]);
    if (isCurrent()) await this.#askDetails(isCurrent);
  }

  /** One session with everything that is known of it. */
  async askSession(id: string, told: Signal<Asked<SessionRecord>>): Promise<void> {
    const read = (json: unknown) => {
      this.#keep(id, readDetails(json));
      return readRecord(isObject(json) ? json : {});
    };
    await ask(
      told,
      () => this.#api.session(id),
      read,
      () => true,
    );
  }

  /** Stops what is still being asked. */
  leave(): void {
    this.#generation += 1;
  }

  /** Where the list names no verdicts each session is asked for, the newest first. */
  async #askDetails(isCurrent: () => boolean): Promise<void> {
    const sessions = this.sessions.value;
    if (sessions.state !== 'told') return;
    const waiting = sessions.value.filter((record) => this.#isOpen(record));
    const work = async () => {
      for (let next = waiting.shift(); next && isCurrent(); next = waiting.shift()) {
        const { id } = next;
        const json = await this.#api.session(id).catch(() => null);
        if (json !== null) this.#keep(id, readDetails(json));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  #isOpen({ id, ended, summary }: SessionRecord): boolean {
    if (summary) return false;
    return ended === null || !this.details.value.has(id);
  }

  #keep(id: string, details: Details): void {
    this.details.value = new Map(this.details.value).set(id, details);
  }
}

interface Refusal {
  message: string;
  remedy: string;
}

const NO_SELF_TESTS: Refusal = {
  message: 'This server keeps no self-tests.',
  remedy: 'A newer version of Hopsight tests itself and shows here what it found.',
};
const NO_NETWORKS: Refusal = {
  message: 'This server does not record which networks reach each other.',
  remedy: 'A newer version of Hopsight does, and shows them here.',
};

async function ask<T>(
  told: Signal<Asked<T>>,
  request: () => Promise<unknown>,
  read: (json: unknown) => T,
  isCurrent: () => boolean,
  missing?: Refusal,
): Promise<void> {
  try {
    const value = read(await request());
    if (isCurrent()) told.value = { state: 'told', value, at: new Date() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!isCurrent()) return;
    const { message, remedy } = error.problem;
    const isMissing = error.status === 404 && missing;
    told.value = isMissing
      ? { state: 'missing', ...missing }
      : { state: 'refused', message, remedy };
  }
}

function asking(): { state: 'asking'; since: number } {
  return { state: 'asking', since: Date.now() };
}
