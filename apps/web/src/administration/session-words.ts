/** How a session is told in a row, and which rows a filter leaves. */
import type { Role } from '../api/types.ts';
import { called } from '../parts/called.ts';
import { localTime } from '../verdict/words.ts';
import type { Fact, SessionRecord } from './record.ts';

export function nameOf(record: SessionRecord, side: Role): string {
  const party = record.parties.find((one) => one.side === side);
  return party ? called({ displayName: party.displayName, guest: false }) : 'nobody';
}

/** `Alice → Bob`: whose screen, and who sees it. */
export function who(record: SessionRecord): string {
  return `${nameOf(record, 'sharer')} → ${nameOf(record, 'viewer')}`;
}

/** `direct, UDP`, or how far it came. */
export function how(record: SessionRecord): string {
  const { path, state, outcome } = record;
  const way = path && `${path.kind}, ${path.transport.toUpperCase()}`;
  if (isCheck(record)) return way ? `check: ${way}` : 'check';
  if (way) return way;
  if (state === 'created') return 'nobody was called';
  if (state === 'invited') return 'ringing';
  if (state === 'answered') return 'looking for a path';
  if (state === 'refused') return refusal(outcome);
  return 'no picture';
}

/** A look at a path, which brings no picture. */
export function isCheck({ outcome }: SessionRecord): boolean {
  return outcome.startsWith('check');
}

/** Whether a row has every word that was typed. */
export function matches(record: SessionRecord, typed: string): boolean {
  const { code, confidence } = record.summary;
  const row = [
    record.id,
    record.created ? localTime(record.created) : '',
    who(record),
    ...record.parties.map(({ uri }) => uri),
    how(record),
    record.outcome,
    code,
    confidence ?? '',
  ];
  const text = row.join(' ').toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Every fact as lines, for handing on. */
export function factsText(facts: Fact[]): string {
  return facts.map((fact) => `${factTime(fact)}  ${fact.observer}  ${factWords(fact)}\n`).join('');
}

/** `14:03:05.123` */
export function factTime({ at }: Fact): string {
  if (!at) return '';
  const milliseconds = String(at.getMilliseconds()).padStart(3, '0');
  return `${localTime(at).slice(11, 19)}.${milliseconds}`;
}

export function factWords({ name, fields }: Fact): string {
  return [name, ...fields.map(([field, value]) => `${field}=${value}`)].join(' ');
}

const REFUSALS: Record<string, string> = {
  '403': 'not allowed',
  '404': 'not known here',
  '408': 'not answered',
  '410': 'link expired',
  '480': 'not signed in',
  '486': 'busy',
  '487': 'taken back',
  '488': 'no common format',
  '603': 'refused',
};

function refusal(outcome: string): string {
  const status = /^refused-(\d{3})$/.exec(outcome)?.[1];
  if (!status) return 'refused';
  return REFUSALS[status] ?? `refused, status ${status}`;
}
