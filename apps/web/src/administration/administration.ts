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

export interface KnownSession {
  record: SessionRecord;
  details: Details;
}

type AdministrationApi = Pick<Api, 'sessions' | 'session' | 'health' | 'networks'>;

export class Administration {
  readonly sessions: Signal<Asked<SessionRecord[]>> = signal(asking());
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
  }

  /** One session with everything that is known of it. */
  async askSession(id: string, told: Signal<Asked<KnownSession>>): Promise<void> {
    const read = (json: unknown) => {
      return { record: readRecord(isObject(json) ? json : {}), details: readDetails(json) };
    };
    await ask(
      told,
      () => this.#api.session(id),
      read,
      () => true,
    );
  }

  /** What is still being asked is not taken in any more. */
  leave(): void {
    this.#generation += 1;
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
