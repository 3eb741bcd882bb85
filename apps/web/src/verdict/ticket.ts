/**
 * A verdict as plain text for whoever can mend it. Decides what a fault of each
 * layer stops, and how one sees that it is mended.
 */
import type { ShownPath } from '../evidence/snapshot.ts';
import type { Verdict } from './verdict.ts';
import { pathWords, remedySteps } from './words.ts';

export interface TicketContext {
  session: string;
  /** `with Desk 2 (desk2@example.org)`, or between whom. */
  whom: string;
  /** Local time with its offset. */
  since: string;
  /** `null` when no picture passes; `over` when the session has ended. */
  path: ShownPath | null | 'over';
}

export function ticket(verdict: Verdict, context: TicketContext): string {
  const { session, whom, since, path } = context;
  const { fails, mended } = about(verdict);
  const rows = [
    firstSentence(verdict.admin || verdict.user || verdict.code),
    '',
    `What fails   ${fails} ${whom}, since ${since}`,
    `Now          ${now(path)}`,
    `Verdict      ${verdict.code} · ${verdict.confidence}`,
  ];
  if (verdict.also.length > 0) rows.push(`Also         ${verdict.also.join(', ')}`);
  section(rows, 'Explanation', [verdict.admin || verdict.user]);
  const proof = verdict.evidence.map(({ says }) => says);
  section(rows, 'Proof', proof);
  const excluded = verdict.excluded.map(({ code, because }) => `${code}: ${because}`);
  section(rows, 'Excluded', excluded);
  const rivals = verdict.cannotTellApart.map(({ code, test }) => `${code}; decides: ${test}`);
  section(rows, 'May also be', rivals);
  section(rows, 'Change', remedySteps(verdict.remedy));
  section(rows, 'Verify', ['share again between the same two PCs', `expect: ${mended}`]);
  section(rows, 'Case', [`hopsight explain ${session}`]);
  return `${rows.join('\n')}\n`;
}

interface About {
  fails: string;
  mended: string;
}

const DIRECT: About = { fails: 'the direct path', mended: 'the path is shown as direct' };
const RELAY: About = {
  fails: 'the way through the relay',
  mended: 'the relay carries the picture',
};

/** By layer; a layer that is not known here is one of the path. */
const LAYERS: Record<string, About> = {
  signin: { fails: 'signing in or calling', mended: 'the call is answered' },
  relay: RELAY,
  capacity: { fails: 'an even picture', mended: 'the picture moves evenly' },
  'transport-security': {
    fails: 'the encrypted connection',
    mended: 'the connection opens without a certificate problem',
  },
  media: { fails: 'showing the picture', mended: 'the picture is shown' },
  capture: { fails: 'capturing the screen', mended: 'the picture shows the screen' },
};

function about({ code, layer }: Verdict): About {
  if (code.startsWith('relay-')) return RELAY;
  return LAYERS[layer] ?? DIRECT;
}

function now(path: TicketContext['path']): string {
  if (path === 'over') return 'the session is over';
  return path ? pathWords(path) : 'no picture';
}

function section(rows: string[], title: string, lines: string[]): void {
  const filled = lines.filter((line) => line !== '');
  if (filled.length > 0) rows.push('', title, ...filled.map((line) => `  ${line}`));
}

/** A point inside an address ends nothing. */
function firstSentence(text: string): string {
  return /^(.+?[.?!])(\s|$)/.exec(text)?.[1] ?? text;
}
