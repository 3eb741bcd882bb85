/**
 * Reads a verdict (`application/hopsight-verdict+json`). It comes from the
 * network: what has the wrong form is left out, and nothing throws.
 */
import type { Role } from '../api/types.ts';
import { isObject, number, objects, text, texts } from '../json.ts';

export const CONFIDENCES = ['proven', 'located', 'side-only', 'leading', 'unknown'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export interface Culprit {
  kind: string;
  addresses: string[];
  name: string | null;
  side: Role | 'both' | null;
  direction: string;
}

const SIDES = ['sharer', 'viewer', 'both'] as const;

/** How a place on the path fared; a hop list is optional in a verdict. */
export type HopState = 'passes' | 'unknown' | 'broken';

export interface Hop {
  address: string;
  name: string | null;
  state: HopState;
}

export interface Verdict {
  code: string;
  layer: string;
  confidence: Confidence;
  culprit: Culprit | null;
  user: string;
  admin: string;
  remedy: string;
  evidence: { fact: string; says: string }[];
  excluded: { code: string; because: string }[];
  cannotTellApart: { code: string; test: string }[];
  also: string[];
  firstEvidenceMs: number | null;
  verdictMs: number | null;
  /** From the sharer to the viewer, when the probes named them. */
  hops: Hop[];
}

export function readVerdict(json: unknown): Verdict | null {
  if (typeof json === 'string') return readText(json);
  if (!isObject(json) || typeof json.code !== 'string' || json.code === '') return null;
  const confidence = CONFIDENCES.find((word) => word === json.confidence) ?? 'unknown';
  return {
    code: json.code,
    layer: text(json.layer),
    confidence,
    culprit: readCulprit(json.culprit),
    user: text(json.user),
    admin: text(json.admin),
    remedy: text(json.remedy),
    evidence: objects(json.evidence).map((e) => ({ fact: text(e.fact), says: text(e.says) })),
    excluded: objects(json.excluded).map((e) => ({ code: text(e.code), because: text(e.because) })),
    cannotTellApart: objects(json.cannot_tell_apart).map((e) => ({
      code: text(e.code),
      test: text(e.test),
    })),
    also: texts(json.also),
    firstEvidenceMs: number(json.first_evidence_ms),
    verdictMs: number(json.verdict_ms),
    hops: objects(json.hops).map(readHop),
  };
}

function readText(body: string): Verdict | null {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'string' ? null : readVerdict(json);
  } catch {
    return null;
  }
}

/**
 * The verdicts that were told last, the main one first. A session's record holds all that were
 * ever told, in order; a main verdict names the codes of those that came with it.
 */
export function newestVerdicts(all: Verdict[]): Verdict[] {
  const from = all.findIndex(({ also }, index) => {
    const rest = all.slice(index + 1);
    return rest.length === also.length && rest.every(({ code }, at) => code === also[at]);
  });
  return from < 0 ? [] : all.slice(from);
}

function readCulprit(value: unknown): Culprit | null {
  if (!isObject(value)) return null;
  const side = SIDES.find((word) => word === value.side) ?? null;
  return {
    kind: text(value.kind),
    addresses: texts(value.addresses),
    name: text(value.name) || null,
    side,
    direction: text(value.direction),
  };
}

function readHop(value: Record<string, unknown>): Hop {
  const state = value.state === 'passes' || value.state === 'broken' ? value.state : 'unknown';
  return { address: text(value.address), name: text(value.name) || null, state };
}
