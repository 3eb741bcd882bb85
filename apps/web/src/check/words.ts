/** What the steps of a check say, and what they mean together. */
import { duration } from '../verdict/words.ts';
import type { Tried } from './relay-try.ts';

export interface Step {
  name: 'server' | 'calls' | 'relay-none' | 'relay-udp' | 'relay-tcp' | 'relay-tls';
  title: string;
  ok: boolean;
  ms: number;
  says: string;
  remedy: string;
}

export interface Summary {
  ok: boolean;
  sentence: string;
}

const WAYS = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' } as const;

/** Each way told for itself; where TCP gets there and TLS does not, it is not the network. */
export function relaySteps(all: Tried[]): Step[] {
  return all.map((tried) => {
    const step = relayStep(tried);
    const isReached = all.some(({ transport, outcome, url }) => {
      return transport === 'tcp' && outcome.kind === 'answers' && portOf(url) === portOf(tried.url);
    });
    if (step.ok || tried.transport !== 'tls' || !isReached) return step;
    if (tried.outcome.kind === 'refuses') return step;
    return {
      ...step,
      says: `The relay at ${placeOf(tried.url)} is reached, but this browser does not accept its certificate.`,
      remedy: 'Ask whoever runs Hopsight for the certificate authority of this server.',
    };
  });
}

export function relayStep(tried: Tried): Step {
  const { transport, outcome, ms, url } = tried;
  const way = WAYS[transport];
  const place = placeOf(url);
  const step = { name: `relay-${transport}` as const, title: `Relay over ${way}`, ms };
  switch (outcome.kind) {
    case 'answers': {
      const seen = outcome.mapped ? `, sees this computer as ${outcome.mapped}` : '';
      return { ...step, ok: true, says: `answers${seen}`, remedy: '' };
    }
    case 'refuses': {
      const says = `The relay at ${place} refuses: ${outcome.code} ${outcome.text}`.trim();
      return { ...step, ok: false, says: `${says}.`, remedy: refusalRemedy(outcome.code) };
    }
    case 'unreachable':
    case 'silent': {
      const verb = outcome.kind === 'silent' ? 'does not answer' : 'is not reached';
      const says = `The relay at ${place} ${verb} over ${way}.`;
      return { ...step, ok: false, says, remedy: permitRemedy(way, place) };
    }
  }
}

/** First what it means for the person. */
export function summary(steps: Step[]): Summary {
  const server = steps.find(({ name }) => name === 'server');
  if (server && !server.ok) {
    return { ok: false, sentence: 'This computer does not get through to the server.' };
  }
  const calls = steps.find(({ name }) => name === 'calls');
  if (calls && !calls.ok) {
    return { ok: false, sentence: 'The server is reached, but nobody can call this computer.' };
  }
  const relay = steps.filter(({ name }) => name.startsWith('relay-'));
  const works = relay.filter(({ ok }) => ok).map(wayOf);
  const fails = relay.filter(({ ok }) => !ok).map(wayOf);
  if (fails.length === 0) {
    return { ok: true, sentence: 'Everything that a call needs from this computer works.' };
  }
  if (relay.some(({ name }) => name === 'relay-none')) {
    return { ok: false, sentence: 'The server is reached, but there is no relay to try.' };
  }
  if (works.length === 0) {
    const sentence =
      'The server is reached, the relay is not: only direct paths can carry a picture.';
    return { ok: false, sentence };
  }
  const sentence = `Calls work. The relay is reached over ${listed(works)}, not over ${listed(fails)}.`;
  return { ok: false, sentence };
}

/** The whole check as text, for handing on. */
export function checkText(steps: Step[], at: string, who: string): string {
  const rows = steps.map(({ title, ok, ms, says, remedy }) => {
    const head = `${ok ? 'ok    ' : 'fails '} ${title.padEnd(18)} ${duration(ms).padStart(7)}  ${says}`;
    return remedy === '' ? head : `${head}\n       to change: ${remedy}`;
  });
  return `${summary(steps).sentence}\n\nChecked by ${who} in a browser, ${at}\n\n${rows.join('\n')}\n`;
}

/** Host and port in a relay's URL. */
export function placeOf(url: string): string {
  return url.replace(/^turns?:/i, '').replace(/\?.*$/, '');
}

function portOf(url: string): string {
  return /:(\d+)$/.exec(placeOf(url))?.[1] ?? '';
}

function permitRemedy(way: string, place: string): string {
  const [, host = place, port = ''] = /^(.*):(\d+)$/.exec(place) ?? [];
  const where = port === '' ? host : `${host} port ${port}`;
  const carried = way === 'TLS' ? 'TLS (TCP)' : way;
  return `Ask your network team to permit ${carried} from this computer to ${where}.`;
}

function refusalRemedy(code: number): string {
  if (code === 401 || code === 438) {
    return 'Ask whoever runs Hopsight to compare the clocks of server and relay.';
  }
  if (code === 486 || code === 508) {
    return 'The relay has no room; ask whoever runs Hopsight to give it more.';
  }
  return 'Ask whoever runs Hopsight; the relay wrote down why.';
}

function wayOf({ name }: Step): string {
  const transport = name.slice('relay-'.length);
  return transport === 'udp' || transport === 'tcp' || transport === 'tls'
    ? WAYS[transport]
    : 'any way';
}

function listed(items: string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
