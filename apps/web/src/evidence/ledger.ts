/**
 * Keeps what a browser saw of one session's path and makes claims of it. Time
 * comes in as milliseconds since the epoch.
 */
import {
  type CaptureState,
  type Claim,
  captureClaim,
  type Observation,
  type Pair,
  type RelayServer,
  readRelayUrl,
  socketAddress,
} from './claims.ts';
import { Flow } from './flow.ts';
import type { CandidateStat, PairStat, PictureCounts, Snapshot } from './snapshot.ts';

/** An allocation that has not come by then is called silent, until it comes. */
const RELAY_SILENT_AFTER_MS = 2000;

export interface IceError {
  url: string;
  code: number;
  text: string;
}

interface PairHistory {
  firstSent: number | null;
  changed: number;
  stat: PairStat;
}

export class Ledger {
  readonly #started: number;
  readonly #servers: RelayServer[];
  readonly #pairs = new Map<string, PairHistory>();
  readonly #errors = new Map<string, { at: number; error: IceError }>();
  readonly #flows = new Map<string, Flow>();
  readonly #steps: Claim[] = [];
  readonly #told = new Map<string, string>();
  #candidates = new Map<string, CandidateStat>();
  #selected: string | null = null;
  #dtls: string | null = null;
  #capture: Claim | null = null;
  #pictures: { at: number; counts: PictureCounts } | null = null;
  #looks = { all: 0, varied: 0 };
  /** This end's address as its relay saw it; stands in for a hidden host address. */
  #mapped: string | null = null;

  constructor(urls: readonly string[], now: number) {
    this.#started = now;
    this.#servers = urls.map(readRelayUrl).filter((server) => server !== null);
  }

  /** When the first check of any pair left, if one did. */
  get firstCheckAt(): number | null {
    const times = [...this.#pairs.values()].map((p) => p.firstSent).filter((t) => t !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  get hasUnansweredPair(): boolean {
    return [...this.#pairs.values()].some(({ stat }) => stat.sent > 0 && stat.answered === 0);
  }

  mapped(address: string): void {
    if (address !== '0.0.0.0' && address !== '::') this.#mapped = address;
  }

  failed(error: IceError, now: number): void {
    if (!this.#errors.has(error.url)) this.#errors.set(error.url, { at: now, error });
  }

  firstFrame(afterMs: number, now: number): void {
    this.#step({ fact: 'first-frame', after_ms: Math.max(0, Math.round(afterMs)) }, now);
  }

  capture(state: CaptureState, text: string, now: number): void {
    this.#capture = captureClaim(state, text, now);
  }

  /** Somebody looked at what is captured. */
  looked(isOneColour: boolean): void {
    this.#looks.all += 1;
    if (!isOneColour) this.#looks.varied += 1;
  }

  update(snapshot: Snapshot, now: number): void {
    this.#candidates = snapshot.candidates;
    for (const stat of snapshot.pairs) this.#updatePair(stat, now);
    this.#pictures = { at: now, counts: snapshot.pictures };
    if (snapshot.selectedPair !== this.#selected) {
      this.#selected = snapshot.selectedPair;
      const pair = this.#pairs.get(this.#selected ?? '');
      const places = pair && this.#places(pair.stat);
      if (places) this.#step({ fact: 'path-chosen', pair: places }, now);
    }
    if (snapshot.dtls !== this.#dtls) {
      this.#dtls = snapshot.dtls;
      const step = DTLS_STEPS[snapshot.dtls ?? ''];
      if (step) this.#step({ fact: 'dtls', step }, now);
    }
  }

  /** Whether a pair that carried packets fell silent just now. */
  hasStopped(snapshot: Snapshot, now: number): boolean {
    let hasStopped = false;
    for (const stat of snapshot.pairs) {
      const flow = this.#flows.get(stat.id);
      if (!flow && stat.id === this.#selected) this.#flows.set(stat.id, new Flow(stat));
      const stop = flow?.update(stat, now);
      const pair = stop && this.#places(stat);
      if (!pair) continue;
      this.#step({ fact: 'flow-stopped', pair, ...stop }, now);
      hasStopped = true;
    }
    return hasStopped;
  }

  /** What is new or has changed since it was last asked. */
  fresh(now: number): Claim[] {
    const fresh = this.#all(now).filter(({ key, claim }) => {
      const { at: _, ...observation } = claim;
      const text = JSON.stringify(observation);
      if (this.#told.get(key) === text) return false;
      this.#told.set(key, text);
      return true;
    });
    return fresh.map(({ claim }) => claim);
  }

  #all(now: number): { key: string; claim: Claim }[] {
    return [
      ...[...this.#candidates.values()].flatMap((c) => this.#aboutCandidate(c, now)),
      ...this.#servers.flatMap((server) => this.#aboutRelay(server, now)),
      ...[...this.#pairs.values()].flatMap((pair) => this.#aboutPair(pair)),
      ...this.#steps.map((claim, index) => ({ key: `step ${index}`, claim })),
      ...this.#aboutPictures(),
    ];
  }

  #aboutPictures(): { key: string; claim: Claim }[] {
    const capture = this.#capture ? [{ key: 'capture', claim: this.#capture }] : [];
    if (!this.#pictures) return capture;
    const { at, counts } = this.#pictures;
    if (!Object.values(counts).some((count) => count > 0)) return capture;
    const uniform = this.#looks.all > 0 && this.#looks.varied === 0;
    const claim: Claim = { at: micros(at), fact: 'pictures', ...counts, uniform };
    return [...capture, { key: 'pictures', claim }];
  }

  #aboutCandidate(candidate: CandidateStat, now: number): { key: string; claim: Claim }[] {
    const address = socketAddress(candidate.address, candidate.port);
    // An active TCP candidate has no port yet; 9 stands for none (RFC 6544, section 4.5).
    const portless = candidate.protocol === 'tcp' && candidate.port === 9;
    if (!address || portless) return [];
    const { own, kind, protocol: transport } = candidate;
    const claim: Claim = { at: micros(now), fact: 'candidate', own, kind, transport, address };
    return [{ key: `candidate ${own} ${kind} ${address}`, claim }];
  }

  #aboutRelay(server: RelayServer, now: number): { key: string; claim: Claim }[] {
    const key = `relay ${server.url}`;
    const { server: address, transport } = server;
    const own = [...this.#candidates.values()].find((c) => c.own && c.url === server.url);
    const relayed = own?.kind === 'relayed' ? socketAddress(own.address, own.port) : null;
    if (relayed) {
      const fact = 'relay-allocated';
      const claim: Claim = {
        at: micros(now),
        fact,
        server: address,
        transport,
        relayed,
        mapped: null,
      };
      return [{ key, claim }];
    }
    const failure = this.#errors.get(server.url);
    if (failure && failure.error.code >= 300 && failure.error.code < 700) {
      const { code, text: reason } = failure.error;
      const rtt_ms = Math.round(failure.at - this.#started);
      const fact = 'turn-result';
      const at = micros(failure.at);
      const method = 'allocate';
      return [
        { key, claim: { at, fact, server: address, transport, method, code, reason, rtt_ms } },
      ];
    }
    const since = failure?.at ?? now;
    const waited_ms = Math.round(since - this.#started);
    if (!failure && waited_ms < RELAY_SILENT_AFTER_MS) return [];
    const text = failure?.error.text || 'no allocation yet';
    const fact = 'relay-silent';
    return [
      { key, claim: { at: micros(since), fact, server: address, transport, text, waited_ms } },
    ];
  }

  #aboutPair({ firstSent, changed, stat }: PairHistory): { key: string; claim: Claim }[] {
    const pair = this.#places(stat);
    if (!pair || (stat.sent === 0 && stat.received === 0)) return [];
    const { sent, answered, received } = stat;
    const waited_ms = Math.round(changed - (firstSent ?? changed));
    const at = micros(changed);
    const claim: Claim = {
      at,
      fact: 'checks',
      pair,
      sent,
      answered,
      received,
      refused: 0,
      waited_ms,
    };
    return [{ key: `checks ${stat.id}`, claim }];
  }

  #updatePair(stat: PairStat, now: number): void {
    const before = this.#pairs.get(stat.id);
    const changed =
      !before ||
      before.stat.sent !== stat.sent ||
      before.stat.answered !== stat.answered ||
      before.stat.received !== stat.received;
    this.#pairs.set(stat.id, {
      firstSent: before?.firstSent ?? (stat.sent > 0 ? now : null),
      changed: changed ? now : before.changed,
      stat,
    });
  }

  /** The pair in addresses; nothing when the other end's address is a name. */
  #places(stat: PairStat): Pair | null {
    const local = this.#candidates.get(stat.local);
    const remote = this.#candidates.get(stat.remote);
    if (!local || !remote) return null;
    const here =
      socketAddress(local.address, local.port) ?? socketAddress(this.#mapped, local.port);
    const there = socketAddress(remote.address, remote.port);
    if (!here || !there) return null;
    const via =
      local.kind === 'relayed'
        ? ({ way: 'relay', transport: local.relayProtocol ?? 'udp' } as const)
        : ({ way: 'direct' } as const);
    return { local: here, remote: there, via };
  }

  #step(observation: Observation, now: number): void {
    this.#steps.push({ at: micros(now), ...observation });
  }
}

const DTLS_STEPS: Record<string, 'started' | 'connected' | 'failed'> = {
  connecting: 'started',
  connected: 'connected',
  failed: 'failed',
};

function micros(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
