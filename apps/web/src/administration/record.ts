/**
 * Reads the records of sessions as the server keeps them. They come from the
 * network: what has the wrong form is left out.
 */
import type { Role } from '../api/types.ts';
import type { ShownPath } from '../evidence/snapshot.ts';
import { date, type Fields, isObject, number, objects, text } from '../json.ts';
import {
  CONFIDENCES,
  type Confidence,
  newestVerdicts,
  readVerdict,
  type Verdict,
} from '../verdict/verdict.ts';

export interface RecordParty {
  side: Role;
  uri: string;
  displayName: string;
}

export interface SessionRecord {
  id: string;
  created: Date | null;
  ended: Date | null;
  /** `created`, `invited`, `answered`, `refused` or `ended`. */
  state: string;
  outcome: string;
  path: ShownPath | null;
  parties: RecordParty[];
  summary: Summary;
}

/** The main verdict and the time to the picture, as far as the list tells of any. */
export interface Summary {
  code: string;
  confidence: Confidence | null;
  firstPictureMs: number | null;
}

export interface Fact {
  at: Date | null;
  observer: string;
  name: string;
  /** Everything else that it says, field by field. */
  fields: [name: string, value: string][];
}

/** What is known of one session beside its record. */
export interface Details {
  /** Those told last, the main one first. */
  verdicts: Verdict[];
  facts: Fact[];
  firstPictureMs: number | null;
}

export function readRecords(json: unknown): SessionRecord[] {
  return objects(json)
    .map(readRecord)
    .filter(({ id }) => id !== '');
}

export function readRecord(json: Fields): SessionRecord {
  return {
    id: text(json.id),
    created: date(json.created_at),
    ended: date(json.ended_at),
    state: text(json.state),
    outcome: text(json.outcome),
    path: readPath(text(json.path)),
    parties: objects(json.parties).flatMap(readParty),
    summary: readSummary(json),
  };
}

export function readDetails(json: unknown): Details {
  const fields: Fields = isObject(json) ? json : {};
  const all = Array.isArray(fields.verdicts) ? fields.verdicts : [];
  const verdicts = all.map((verdict) => readVerdict(verdict)).filter((verdict) => verdict !== null);
  const facts = objects(fields.facts);
  return {
    verdicts: newestVerdicts(verdicts),
    facts: facts.map(readFact),
    firstPictureMs: firstPicture(facts),
  };
}

function readSummary(json: Fields): Summary {
  return {
    code: text(json.code),
    confidence: CONFIDENCES.find((word) => word === json.confidence) ?? null,
    firstPictureMs: number(json.first_picture_ms),
  };
}

/** Until the viewer saw it; a sharer only knows when it left. */
function firstPicture(facts: Fields[]): number | null {
  const seen = facts.filter(({ fact }) => fact === 'first-frame');
  const byViewer = seen.find(({ observer }) => observer === 'viewer');
  return number((byViewer ?? seen[0])?.after_ms);
}

function readPath(path: string): ShownPath | null {
  const [, kind, transport] = /^(direct|relay)\/(udp|tcp|tls)$/.exec(path) ?? [];
  if (!kind || !transport) return null;
  return { kind, transport } as ShownPath;
}

function readParty(json: Fields): RecordParty[] {
  const { side } = json;
  if (side !== 'sharer' && side !== 'viewer') return [];
  return [{ side, uri: text(json.uri), displayName: text(json.display_name) }];
}

const HEAD = ['id', 'session', 'observer', 'at', 'fact', 'privilege', 'quality'];

function readFact(json: Fields): Fact {
  const micros = number(json.at);
  return {
    at: micros === null ? null : new Date(micros / 1000),
    observer: text(json.observer),
    name: text(json.fact),
    fields: Object.entries(json)
      .filter(([name]) => !HEAD.includes(name))
      .flatMap(([name, value]) => flat(name, value)),
  };
}

/** `pair.local`, `pair.remote` … for what stands inside an object; lists of words on one line. */
function flat(name: string, value: unknown): Fact['fields'] {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([inner, one]) => flat(`${name}.${inner}`, one));
  }
  if (typeof value === 'string') return [[name, value]];
  const isListOfWords = Array.isArray(value) && value.every((one) => typeof one === 'string');
  return [[name, isListOfWords ? value.join(',') : JSON.stringify(value)]];
}
