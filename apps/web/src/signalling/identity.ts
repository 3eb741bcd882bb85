/**
 * Reads who a SIP message is from. Only `P-Asserted-Identity` counts: the
 * server sets it from the authenticated flow and removes what others wrote.
 */

export interface Identity {
  uri: string;
  /** The user part: `alice`, `guest.01J…`, `share.01J…`. */
  name: string;
  displayName: string;
  guest: boolean;
}

/** Reads the first value of a `P-Asserted-Identity` header (RFC 3325). */
export function readIdentity(header: string | undefined | null): Identity | null {
  if (!header) return null;
  const match = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<(sips?:[^<>\s]+)>/i.exec(header);
  const uri = match?.[3] ?? /^\s*(sips?:[^<>\s,;]+)/i.exec(header)?.[1];
  if (!uri) return null;
  const name = userPart(uri);
  const quoted = match?.[1]?.replace(/\\(.)/g, '$1');
  const display = (quoted ?? match?.[2] ?? '').trim();
  return {
    uri,
    name,
    displayName: display === '' ? name : display,
    guest: name.startsWith('guest.'),
  };
}

export function userPart(uri: string): string {
  const user = /^sips?:([^@;?]+)@/i.exec(uri)?.[1] ?? '';
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
