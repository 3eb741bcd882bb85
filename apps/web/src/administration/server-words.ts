/** Reads what the server says of itself and of the networks: self-tests, pairs of subnets. */
import { date, isObject, objects, text } from '../json.ts';

export interface SelfTest {
  name: string;
  ok: boolean;
  says: string;
  remedy: string;
  code: string;
}

export interface Health {
  checkedAt: Date | null;
  tests: SelfTest[];
}

export function readHealth(json: unknown): Health {
  const fields = isObject(json) ? json : {};
  const tests = objects(fields.tests).map(({ name, ok, says, remedy, code }) => {
    return {
      name: text(name),
      ok: ok === true,
      says: text(says),
      remedy: text(remedy),
      code: text(code),
    };
  });
  return { checkedAt: date(fields.checked_at), tests };
}

export type PairState = 'direct' | 'relayed' | 'fails' | 'unknown';

/** How sharing between two networks went the last time. */
export interface NetworkPair {
  sharer: string;
  viewer: string;
  state: PairState;
  since: Date | null;
  code: string;
  confidence: string;
  session: string;
}

export function readPairs(json: unknown): NetworkPair[] {
  const pairs = isObject(json) ? objects(json.pairs) : [];
  return pairs.map((pair) => ({
    sharer: text(pair.sharer),
    viewer: text(pair.viewer),
    state: STATES.find((state) => state === pair.state) ?? 'unknown',
    since: date(pair.since),
    code: text(pair.code),
    confidence: text(pair.confidence),
    session: text(pair.session),
  }));
}

const STATES: PairState[] = ['direct', 'relayed', 'fails'];

/** Rows are the networks of sharers, columns those of viewers. */
export interface Matrix {
  sharers: string[];
  viewers: string[];
  at(sharer: string, viewer: string): NetworkPair | null;
}

export function matrixOf(pairs: NetworkPair[]): Matrix {
  const cells = new Map(pairs.map((pair) => [`${pair.sharer} ${pair.viewer}`, pair]));
  return {
    sharers: inOrder(pairs.map(({ sharer }) => sharer)),
    viewers: inOrder(pairs.map(({ viewer }) => viewer)),
    at: (sharer, viewer) => cells.get(`${sharer} ${viewer}`) ?? null,
  };
}

function inOrder(networks: string[]): string[] {
  const byNumber = new Intl.Collator('en', { numeric: true });
  return [...new Set(networks)].sort(byNumber.compare);
}
