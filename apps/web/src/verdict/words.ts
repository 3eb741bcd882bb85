/** The words around a verdict. Its own sentences come from the server. */
import type { ShownPath } from '../evidence/snapshot.ts';
import type { Confidence, Verdict } from './verdict.ts';

/** What each confidence means, for a person who rests on the word. */
export const CONFIDENCE_MEANS: Record<Confidence, string> = {
  proven: 'A fact from the place itself, or about it, proves it.',
  located: 'It is the only explanation left.',
  'side-only': 'It is known on whose side it lies, not at which place.',
  leading: 'Other explanations are left; this one needs the fewest assumptions.',
  unknown: 'The evidence does not tell.',
};

/** What it means for the person, before any cause. */
export function situation(path: ShownPath | null, live: boolean): string {
  if (!live) return 'What was found';
  if (path?.kind === 'direct') return 'Straight between the two machines';
  if (path?.kind === 'relay') return 'Through the relay';
  return 'No picture yet';
}

export function pathWords(path: ShownPath): string {
  const way = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' }[path.transport];
  return path.kind === 'relay' ? `through the relay, over ${way}` : `straight, over ${way}`;
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** What to change, step by step, as it was written. */
export function remedySteps(remedy: string): string[] {
  const steps = remedy.split(/\n|; /).map((step) => step.trimEnd());
  return steps.filter((step) => step !== '');
}

/** `no-route · proven · 0.4 s` */
export function verdictLine(verdict: Verdict): string {
  const parts = [verdict.code, verdict.confidence];
  if (verdict.verdictMs !== null) parts.push(`${(verdict.verdictMs / 1000).toFixed(1)} s`);
  return parts.join(' · ');
}

/** `2026-11-22 16:20:31 +01:00` */
export function localTime(date: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  const offset = -date.getTimezoneOffset();
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${day} ${time} ${offset < 0 ? '-' : '+'}${pad(hours)}:${pad(minutes)}`;
}
