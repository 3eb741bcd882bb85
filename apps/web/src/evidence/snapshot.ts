/** Reads what `RTCPeerConnection.getStats` says about the path. */
import type { CandidateKind, Pictures, Transport } from './claims.ts';

export interface CandidateStat {
  id: string;
  own: boolean;
  kind: CandidateKind;
  protocol: Transport;
  /** How the own relay is reached; only for own relayed candidates. */
  relayProtocol: Transport | null;
  address: string | null;
  port: number;
  url: string | null;
}

export interface PairStat {
  id: string;
  local: string;
  remote: string;
  sent: number;
  answered: number;
  received: number;
  /** Checks that left, those that only keep a working pair alive included. */
  asked: number;
  /** Grows with whatever arrives on the pair. */
  arrived: number;
}

/** What became of pictures, but for what they look like. */
export type PictureCounts = Omit<Pictures, 'uniform'>;

export interface Snapshot {
  candidates: Map<string, CandidateStat>;
  pairs: PairStat[];
  selectedPair: string | null;
  dtls: string | null;
  framesSent: number;
  pictures: PictureCounts;
}

/** Path as it is shown to a person. */
export interface ShownPath {
  kind: 'direct' | 'relay';
  transport: Transport;
}

type Entry = Record<string, unknown>;

export function readSnapshot(report: Iterable<unknown>): Snapshot {
  const snapshot: Snapshot = {
    candidates: new Map(),
    pairs: [],
    selectedPair: null,
    dtls: null,
    framesSent: 0,
    pictures: {
      captured: 0,
      encoded: 0,
      sent_packets: 0,
      received_packets: 0,
      received: 0,
      decoded: 0,
    },
  };
  for (const value of report) {
    const entry = value as Entry;
    switch (entry.type) {
      case 'local-candidate':
      case 'remote-candidate': {
        const candidate = readCandidate(entry);
        snapshot.candidates.set(candidate.id, candidate);
        break;
      }
      case 'candidate-pair':
        snapshot.pairs.push(readPair(entry));
        break;
      case 'transport':
        snapshot.selectedPair = text(entry.selectedCandidatePairId) ?? snapshot.selectedPair;
        snapshot.dtls = text(entry.dtlsState) ?? snapshot.dtls;
        break;
      case 'outbound-rtp':
        snapshot.framesSent += number(entry.framesSent);
        snapshot.pictures.encoded += number(entry.framesEncoded);
        snapshot.pictures.sent_packets += number(entry.packetsSent);
        break;
      case 'inbound-rtp':
        snapshot.pictures.received_packets += number(entry.packetsReceived);
        snapshot.pictures.received += number(entry.framesReceived);
        snapshot.pictures.decoded += number(entry.framesDecoded);
        break;
      case 'media-source':
        snapshot.pictures.captured += number(entry.frames);
        break;
      default:
        break;
    }
  }
  return snapshot;
}

export function shownPath(snapshot: Snapshot): ShownPath | null {
  const pair = snapshot.pairs.find(({ id }) => id === snapshot.selectedPair);
  const local = pair && snapshot.candidates.get(pair.local);
  const remote = pair && snapshot.candidates.get(pair.remote);
  if (!local || !remote) return null;
  if (local.kind === 'relayed') return { kind: 'relay', transport: local.relayProtocol ?? 'udp' };
  if (remote.kind === 'relayed') return { kind: 'relay', transport: local.protocol };
  return { kind: 'direct', transport: local.protocol };
}

function readCandidate(entry: Entry): CandidateStat {
  return {
    id: text(entry.id) ?? '',
    own: entry.type === 'local-candidate',
    kind: KINDS[text(entry.candidateType) ?? ''] ?? 'host',
    protocol: transport(entry.protocol) ?? 'udp',
    relayProtocol: transport(entry.relayProtocol),
    address: text(entry.address) ?? text(entry.ip),
    port: number(entry.port),
    url: text(entry.url),
  };
}

function readPair(entry: Entry): PairStat {
  return {
    id: text(entry.id) ?? '',
    local: text(entry.localCandidateId) ?? '',
    remote: text(entry.remoteCandidateId) ?? '',
    sent: number(entry.requestsSent),
    answered: number(entry.responsesReceived),
    received: number(entry.requestsReceived),
    asked: number(entry.requestsSent) + number(entry.consentRequestsSent),
    arrived:
      number(entry.packetsReceived) +
      number(entry.responsesReceived) +
      number(entry.requestsReceived),
  };
}

const KINDS: Record<string, CandidateKind> = {
  host: 'host',
  prflx: 'peer-reflexive',
  srflx: 'server-reflexive',
  relay: 'relayed',
};

function transport(value: unknown): Transport | null {
  return value === 'udp' || value === 'tcp' || value === 'tls' ? value : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
