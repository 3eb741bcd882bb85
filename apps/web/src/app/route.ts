/** The pages and their addresses. */
import { signal } from '@preact/signals';

export type Route =
  | { page: 'people' }
  | { page: 'share-link'; token: string }
  | { page: 'sign-in-link'; token: string }
  | { page: 'session'; id: string }
  /** With the session that is open, if one is. */
  | { page: 'administrator'; id: string | null };

export function readRoute(path: string): Route {
  if (/^\/admin\/?$/.test(path)) return { page: 'administrator', id: null };
  const [, kind, value] = /^\/(s|i|session|admin)\/([^/]+)\/?$/.exec(path) ?? [];
  if (value === undefined) return { page: 'people' };
  if (kind === 's') return { page: 'share-link', token: value };
  if (kind === 'i') return { page: 'sign-in-link', token: value };
  if (kind === 'admin') return { page: 'administrator', id: value };
  return { page: 'session', id: value };
}

/** `sha256:…` of the certificate authority, as the link's maker wrote it. */
export function readFingerprint(hash: string): string | null {
  return /^#ca=(sha256:[0-9a-f:]+)$/i.exec(decoded(hash))?.[1]?.toLowerCase() ?? null;
}

export const route = signal<Route>({ page: 'people' });

export function follow(): void {
  const read = () => {
    route.value = readRoute(location.pathname);
  };
  addEventListener('popstate', read);
  read();
}

export function go(path: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', path);
  else history.replaceState(null, '', path);
  route.value = readRoute(path);
}

function decoded(hash: string): string {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}
