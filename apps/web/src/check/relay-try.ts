/**
 * Tries one way to the relay by itself: a connection that may use nothing else
 * gathers its addresses, and what comes of it tells. No media, no other end.
 */
import { readRelayUrl, type Transport } from '../evidence/claims.ts';

/** A little longer than a browser waits for a relay that stays silent. */
const PATIENCE_MS = 8000;

export type Outcome =
  /** `mapped`: this computer's address as the relay sees it, when the browser tells. */
  | { kind: 'answers'; mapped: string | null }
  /** `code` as in STUN; 701 stands for everything below it (W3C WebRTC, 4.8.2). */
  | { kind: 'refuses'; code: number; text: string }
  | { kind: 'unreachable'; text: string }
  | { kind: 'silent' };

export interface Tried {
  url: string;
  transport: Transport;
  outcome: Outcome;
  ms: number;
}

/** What a browser reports while it gathers. */
export type Report =
  | { what: 'candidate'; type: string | null; relatedAddress: string | null }
  | { what: 'error'; code: number; text: string }
  | { what: 'complete' };

/** Settles what one way came to. */
export class Judge {
  #worst: Outcome = { kind: 'silent' };

  /** The outcome, once a report makes it certain. */
  note(report: Report): Outcome | null {
    switch (report.what) {
      case 'candidate': {
        if (report.type !== 'relay') return null;
        const { relatedAddress } = report;
        const isHidden = !relatedAddress || /^(0\.0\.0\.0|::)$/.test(relatedAddress);
        return { kind: 'answers', mapped: isHidden ? null : relatedAddress };
      }
      case 'error':
        // A computer with two networks reports one error for each; a refusal tells most.
        if (report.code < 700)
          this.#worst = { kind: 'refuses', code: report.code, text: report.text };
        else if (this.#worst.kind === 'silent') {
          this.#worst = { kind: 'unreachable', text: report.text };
        }
        return null;
      case 'complete':
        return this.#worst;
    }
  }

  /** Nothing certain came in time. */
  get late(): Outcome {
    return this.#worst;
  }
}

export async function tryRelay(url: string, username: string, credential: string): Promise<Tried> {
  const began = performance.now();
  const connection = new RTCPeerConnection({
    iceServers: [{ urls: url, username, credential }],
    iceTransportPolicy: 'relay',
  });
  try {
    const outcome = await gathered(connection);
    const ms = performance.now() - began;
    return { url, transport: transportOf(url), outcome, ms };
  } finally {
    connection.close();
  }
}

async function gathered(connection: RTCPeerConnection): Promise<Outcome> {
  const judge = new Judge();
  const settled = new Promise<Outcome>((resolve) => {
    const note = (report: Report) => {
      const outcome = judge.note(report);
      if (outcome) resolve(outcome);
    };
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (!candidate) note({ what: 'complete' });
      else
        note({ what: 'candidate', type: candidate.type, relatedAddress: candidate.relatedAddress });
    });
    connection.addEventListener('icecandidateerror', ({ errorCode, errorText }) => {
      note({ what: 'error', code: errorCode, text: errorText });
    });
    setTimeout(() => resolve(judge.late), PATIENCE_MS);
  });
  connection.createDataChannel('control');
  await connection.setLocalDescription(await connection.createOffer());
  return settled;
}

/** The way that a relay's URL names (RFC 7065); its host may be a name. */
export function transportOf(url: string): Transport {
  const read = readRelayUrl(url);
  if (read) return read.transport;
  if (/^turns:/i.test(url)) return 'tls';
  return /\?transport=tcp$/i.test(url) ? 'tcp' : 'udp';
}
