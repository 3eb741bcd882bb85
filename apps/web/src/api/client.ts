/**
 * Speaks the HTTP API. Every call answers with the value it promises or throws
 * an `ApiError` that says what is wrong and what to do about it.
 */
import type {
  About,
  ApiProblem,
  Me,
  OpenedLink,
  Person,
  RelayGrant,
  Role,
  ShareLink,
} from './types.ts';

const PREFIX = '/api/v1';

export class ApiError extends Error {
  readonly status: number;
  readonly problem: ApiProblem;

  constructor(status: number, problem: ApiProblem) {
    super(problem.message);
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }

  /** Whether the same request may succeed later without anybody changing anything. */
  get mayRetry(): boolean {
    return this.status === 0 || this.status === 503;
  }
}

type Fetch = (path: string, init: RequestInit) => Promise<Response>;

export class Api {
  readonly #fetch: Fetch;

  constructor(fetcher: Fetch = (path, init) => fetch(path, init)) {
    this.#fetch = fetcher;
  }

  about(): Promise<About> {
    return this.#ask('GET', '/about');
  }

  /** `null` when nobody is signed in. */
  async me(): Promise<Me | null> {
    try {
      return await this.#ask<Me>('GET', '/me');
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  }

  signIn(name: string, password: string): Promise<Me> {
    return this.#ask('POST', '/sign-in', { name, password });
  }

  signInByLink(token: string): Promise<Me> {
    return this.#ask('POST', '/sign-in', { link: token });
  }

  signOut(): Promise<void> {
    return this.#ask('POST', '/sign-out', {});
  }

  changePassword(password: string): Promise<void> {
    return this.#ask('POST', '/password', { password });
  }

  people(): Promise<Person[]> {
    return this.#ask('GET', '/people');
  }

  async ticket(): Promise<string> {
    return (await this.#ask<{ ticket: string }>('POST', '/ticket', {})).ticket;
  }

  async createLink(expiresInSeconds: number): Promise<ShareLink> {
    const link = await this.#ask<Omit<ShareLink, 'opened'>>('POST', '/links', {
      expires_in_s: expiresInSeconds,
    });
    return { opened: [], ...link };
  }

  links(): Promise<ShareLink[]> {
    return this.#ask('GET', '/links');
  }

  withdrawLink(id: string): Promise<void> {
    return this.#ask('DELETE', `/links/${encodeURIComponent(id)}`);
  }

  openLink(token: string, name: string | null): Promise<OpenedLink> {
    return this.#ask('POST', '/links/open', name === null ? { token } : { token, name });
  }

  /** A `check` looks at a path, or at the relay, and shows no picture. */
  async createSession(withUri: string, role: Role, purpose?: 'check'): Promise<string> {
    const body = { with: withUri, role, ...(purpose && { purpose }) };
    return (await this.#ask<{ id: string }>('POST', '/sessions', body)).id;
  }

  relay(session: string): Promise<RelayGrant> {
    return this.#ask('POST', `/sessions/${encodeURIComponent(session)}/relay`, {});
  }

  /** Records of sessions, the newest first; read with care, as the next three. */
  sessions(): Promise<unknown> {
    return this.#ask('GET', '/sessions');
  }

  /** What the server finds when it tests itself. For administrators. */
  health(): Promise<unknown> {
    return this.#ask('GET', '/health');
  }

  /** Which networks reach each other, and how. For administrators. */
  networks(): Promise<unknown> {
    return this.#ask('GET', '/networks');
  }

  /** The record of a session; its form belongs to the server and is read with care. */
  session(id: string): Promise<unknown> {
    return this.#ask('GET', `/sessions/${encodeURIComponent(id)}`);
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { accept: 'application/json' },
    };
    if (body !== undefined) {
      init.headers = { accept: 'application/json', 'content-type': 'application/json' };
      init.body = JSON.stringify(body);
    }
    let answer: Response;
    try {
      answer = await this.#fetch(PREFIX + path, init);
    } catch {
      throw new ApiError(0, UNREACHABLE);
    }
    const text = await answer.text();
    if (!answer.ok) throw new ApiError(answer.status, readProblem(answer.status, text));
    return (text === '' ? undefined : parse(text)) as T;
  }
}

const UNREACHABLE: ApiProblem = {
  code: 'server-unreachable',
  message: 'The server does not answer.',
  remedy: 'Check that this computer is on the network; ask whoever runs Hopsight if it is.',
};

function readProblem(status: number, text: string): ApiProblem {
  const error = (parse(text) as { error?: Partial<ApiProblem> } | undefined)?.error;
  return {
    code: typeof error?.code === 'string' ? error.code : `http-${status}`,
    message:
      typeof error?.message === 'string'
        ? error.message
        : `The server answered with status ${status}.`,
    remedy: typeof error?.remedy === 'string' ? error.remedy : '',
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
