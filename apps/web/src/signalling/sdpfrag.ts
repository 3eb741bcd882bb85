/**
 * Reads and writes the bodies of trickled candidates
 * (`application/trickle-ice-sdpfrag`, RFC 8840 section 9).
 */

export const SDPFRAG_TYPE = 'application/trickle-ice-sdpfrag';

/** A candidate as `RTCPeerConnection` gives and takes it. */
export interface TrickledCandidate {
  /** Without the leading `a=`: `candidate:1 1 udp …`. Empty: no more will come. */
  candidate: string;
  sdpMid: string | null;
  sdpMLineIndex: number | null;
  usernameFragment: string | null;
}

/** What a fragment needs from the local description beside the candidates. */
export interface IceIdentity {
  ufrag: string;
  password: string;
  media: { mid: string; line: string }[];
}

export function readIceIdentity(sdp: string): IceIdentity {
  const identity: IceIdentity = { ufrag: '', password: '', media: [] };
  let line = '';
  for (const row of sdp.split(/\r?\n/)) {
    if (row.startsWith('m=')) line = row;
    else if (row.startsWith('a=ice-ufrag:') && identity.ufrag === '') {
      identity.ufrag = row.slice('a=ice-ufrag:'.length);
    } else if (row.startsWith('a=ice-pwd:') && identity.password === '') {
      identity.password = row.slice('a=ice-pwd:'.length);
    } else if (row.startsWith('a=mid:') && line !== '') {
      identity.media.push({ mid: row.slice('a=mid:'.length), line });
    }
  }
  return identity;
}

export function writeSdpfrag(
  identity: IceIdentity,
  candidates: readonly TrickledCandidate[],
): string {
  const rows = [`a=ice-ufrag:${identity.ufrag}`, `a=ice-pwd:${identity.password}`];
  for (const { mid, line } of identity.media) {
    const own = candidates.filter((c) => (c.sdpMid ?? identity.media[0]?.mid) === mid);
    if (own.length === 0) continue;
    rows.push(line, `a=mid:${mid}`);
    for (const { candidate } of own) {
      rows.push(candidate === '' ? 'a=end-of-candidates' : `a=${candidate}`);
    }
  }
  return `${rows.join('\r\n')}\r\n`;
}

/** Reads what it can; a line it does not know is no candidate. */
export function readSdpfrag(body: string): TrickledCandidate[] {
  const found: TrickledCandidate[] = [];
  let ufrag: string | null = null;
  let mid: string | null = null;
  for (const row of body.split(/\r?\n/)) {
    const text = row.trim();
    if (text.startsWith('a=ice-ufrag:')) ufrag = text.slice('a=ice-ufrag:'.length);
    else if (text.startsWith('m=')) mid = null;
    else if (text.startsWith('a=mid:')) mid = text.slice('a=mid:'.length);
    else if (text.startsWith('a=candidate:') || text === 'a=end-of-candidates') {
      found.push({
        candidate: text === 'a=end-of-candidates' ? '' : text.slice(2),
        sdpMid: mid,
        sdpMLineIndex: mid === null ? 0 : null,
        usernameFragment: ufrag,
      });
    }
  }
  return found;
}
