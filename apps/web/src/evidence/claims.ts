/**
 * The claims that a browser can make, in the JSON of the evidence crate
 * (`Claim`: a time in microseconds and one observation). An address that is a
 * name (`….local`) cannot stand in a claim.
 */

export type Transport = 'udp' | 'tcp' | 'tls';
export type CandidateKind = 'host' | 'peer-reflexive' | 'server-reflexive' | 'relayed';
export type Via = { way: 'direct' } | { way: 'relay'; transport: Transport };

/** `ended`: the person or the system ended it; a page is not told which. */
export type CaptureState = 'running' | 'denied' | 'no-source' | 'ended';

/** What became of pictures at this end so far. */
export interface Pictures {
  captured: number;
  encoded: number;
  sent_packets: number;
  received_packets: number;
  received: number;
  decoded: number;
  /** Everything that was looked at was of one colour. */
  uniform: boolean;
}

export interface Pair {
  local: string;
  remote: string;
  via: Via;
}

export type Observation =
  | {
      fact: 'candidate';
      own: boolean;
      kind: CandidateKind;
      transport: Transport;
      address: string;
    }
  | {
      fact: 'checks';
      pair: Pair;
      sent: number;
      answered: number;
      received: number;
      refused: number;
      waited_ms: number;
    }
  | {
      fact: 'turn-result';
      server: string;
      transport: Transport;
      method: 'allocate';
      code: number;
      reason: string;
      rtt_ms: number;
    }
  | {
      fact: 'relay-silent';
      server: string;
      transport: Transport;
      text: string;
      waited_ms: number;
    }
  | {
      fact: 'relay-allocated';
      server: string;
      transport: Transport;
      relayed: string;
      mapped: string | null;
    }
  | { fact: 'path-chosen'; pair: Pair }
  | { fact: 'dtls'; step: 'started' | 'connected' | 'failed' }
  | { fact: 'first-frame'; after_ms: number }
  | { fact: 'capture'; state: CaptureState; text: string }
  | ({ fact: 'pictures' } & Pictures)
  | { fact: 'flow-stopped'; pair: Pair; lived_ms: number; silent_ms: number };

export type Claim = { at: number } & Observation;

/** `10.0.0.1:5000`, `[fd00::1]:5000`; nothing for a name or an empty address. */
export function socketAddress(address: string | null | undefined, port: number): string | null {
  if (!address || !Number.isInteger(port) || port < 0 || port > 65535) return null;
  const bare = address.replace(/^\[|\]$/g, '');
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(bare)) return `${bare}:${port}`;
  return bare.includes(':') ? `[${bare}]:${port}` : null;
}

export interface RelayServer {
  /** As in the configuration; candidates and errors name it so. */
  url: string;
  server: string;
  transport: Transport;
}

/** Reads `turn:10.0.0.1:3478?transport=udp`; nothing when its host is a name. */
export function readRelayUrl(url: string): RelayServer | null {
  const match = /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i.exec(url);
  if (!match) return null;
  const secure = match[1]?.toLowerCase() === 'turns';
  const port = match[3] === undefined ? (secure ? 5349 : 3478) : Number(match[3]);
  const server = socketAddress(match[2], port);
  if (!server) return null;
  const transport = secure ? 'tls' : match[4]?.toLowerCase() === 'tcp' ? 'tcp' : 'udp';
  return { url, server, transport };
}

/** More of a browser's words is not told. */
const LONGEST_TEXT = 200;

/** How the capture of the shared screen goes, by the clock of this machine. */
export function captureClaim(state: CaptureState, text: string, now: number): Claim {
  return { at: Math.round(now * 1000), fact: 'capture', state, text: text.slice(0, LONGEST_TEXT) };
}
