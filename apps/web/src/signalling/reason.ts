/** Reads and writes the `Reason` header (RFC 3326) and words why a call ended. */

export interface Reason {
  cause: number | null;
  text: string;
}

export function readReason(header: string | undefined | null): Reason | null {
  if (!header) return null;
  const cause = /;\s*cause\s*=\s*(\d{3})/i.exec(header)?.[1];
  const quoted = /;\s*text\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1];
  const bare = /;\s*text\s*=\s*([^";\s]+)/i.exec(header)?.[1];
  return {
    cause: cause === undefined ? null : Number(cause),
    text: quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '',
  };
}

export function writeReason(cause: number, text: string): string {
  return `Reason: SIP;cause=${cause};text="${text.replace(/["\\]/g, '\\$&')}"`;
}

export type EndedBy = 'here' | 'there' | 'network';

export interface CallEnd {
  by: EndedBy;
  /** The SIP status that refused the invitation, when one did. */
  status: number | null;
  /** What the `Reason` header of the other end says. */
  text: string;
}

/**
 * One sentence for a person: why there is no picture any more, or none at all. `other` is as
 * inside a sentence: `Dana`, `the guest`.
 */
export function endSentence(end: CallEnd, other: string): string {
  const refusal = end.status === null ? null : refusalSentence(end.status, other);
  if (refusal) return refusal;
  if (end.text !== '') return sentence(end.text);
  switch (end.by) {
    case 'here':
      return 'You ended it.';
    case 'there':
      return `${atBeginning(other)} ended it.`;
    case 'network':
      return 'The picture could not get through between the two machines.';
  }
}

function refusalSentence(status: number, other: string): string | null {
  switch (status) {
    case 403:
      return `The server does not allow this with ${other}.`;
    case 404:
      return `${atBeginning(other)} is not known to this server.`;
    case 408:
      return `${atBeginning(other)} did not answer.`;
    case 410:
      return 'This share link has expired or was withdrawn. Ask for a new one.';
    case 480:
      return `${atBeginning(other)} is not signed in at the moment.`;
    case 486:
      return `${atBeginning(other)} is in another session.`;
    case 487:
      return 'The invitation was taken back before an answer.';
    case 488:
      return `The two machines found no picture format in common with ${other}.`;
    case 603:
      return `${atBeginning(other)} refused.`;
    default:
      return status >= 300 ? `The invitation was refused with status ${status}.` : null;
  }
}

function atBeginning(other: string): string {
  return other.replace(/^the /, 'The ');
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.?]$/.test(first) ? first : `${first}.`;
}
