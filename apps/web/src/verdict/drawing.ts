/**
 * Decides what the drawing of a path shows: places from the person who looks
 * (left) to the other one, what is between them, and the relay below. It draws
 * only what the verdict says; what nobody saw is `unknown`.
 */
import type { Role } from '../api/types.ts';
import type { ShownPath } from '../evidence/snapshot.ts';
import type { Culprit, Hop, HopState, Verdict } from './verdict.ts';

export interface Place {
  label: string;
  /** An address or a name, when there is one. */
  detail: string;
  state: HopState;
}

/** What is known between two places; `towards` is set when one direction only is broken. */
export interface Link {
  state: HopState;
  towards: 'you' | 'them' | null;
}

export interface Drawing {
  places: Place[];
  /** One fewer than places. */
  links: Link[];
  relay: { state: HopState; label: string };
}

export function draw(
  verdict: Verdict,
  me: Role,
  other: string,
  path: ShownPath | null,
): Drawing | null {
  const between = verdict.hops.length > 0 ? fromHops(verdict.hops, me) : fromCulprit(verdict, me);
  if (!between) return null;
  const host = verdict.culprit?.kind === 'host' ? verdict.culprit.side : null;
  const end = (role: Role): HopState => (host === role || host === 'both' ? 'broken' : 'passes');
  const them: Role = me === 'sharer' ? 'viewer' : 'sharer';
  const places: Place[] = [
    { label: 'your PC', detail: '', state: end(me) },
    ...between.places,
    { label: other, detail: '', state: end(them) },
  ];
  return { places, links: between.links, relay: relayState(verdict, path) };
}

/** The drawing as a list for a screen reader. */
export function drawingWords(drawing: Drawing): string[] {
  const words: string[] = [];
  drawing.places.forEach((place, index) => {
    const name = `${place.label} ${place.detail}`.trim();
    words.push(`${name}: ${STATE_WORDS[place.state]}`);
    const link = drawing.links[index];
    const next = drawing.places[index + 1];
    if (link && next && link.state === 'broken') {
      const towards = link.towards === null ? '' : ` towards ${link.towards}`;
      words.push(`between ${detail(place)} and ${detail(next)}: broken${towards}`);
    }
  });
  words.push(`${drawing.relay.label}: ${STATE_WORDS[drawing.relay.state]}`);
  return words;
}

const STATE_WORDS: Record<HopState, string> = {
  passes: 'passes',
  unknown: 'not known',
  broken: 'broken here',
};

type Between = Pick<Drawing, 'places' | 'links'>;

function fromHops(hops: readonly Hop[], me: Role): Between {
  const ordered = me === 'sharer' ? [...hops] : hops.toReversed();
  const places = ordered.map((hop) => ({
    label: hop.name ?? 'router',
    detail: hop.address,
    state: hop.state,
  }));
  const links = Array.from({ length: places.length + 1 }, (_, index): Link => {
    const [before, after] = [places[index - 1], places[index]];
    const passes = (before?.state ?? 'passes') === 'passes' && after?.state === 'passes';
    return { state: passes ? 'passes' : 'unknown', towards: null };
  });
  return { places, links };
}

/** Faults of an edge that does not lie between the two PCs. */
const ELSEWHERE = ['udp-blocked'];

function fromCulprit({ culprit, code, layer }: Verdict, me: Role): Between | null {
  if (!culprit) return null;
  const towards = direction(culprit, me);
  const unknown: Link = { state: 'unknown', towards: null };
  // A verdict names the sharer's first.
  const addresses = me === 'sharer' ? culprit.addresses : culprit.addresses.toReversed();
  const [first, second] = addresses;
  if (culprit.kind === 'edge-between' && first && second) {
    if (layer === 'relay' || ELSEWHERE.includes(code)) return null;
    // Its ends may be routers or a PC: only their addresses are known.
    const place = (address: string): Place => ({ label: '', detail: address, state: 'unknown' });
    return {
      places: [place(first), place(second)],
      links: [unknown, { state: 'broken', towards }, unknown],
    };
  }
  if (culprit.kind === 'router' && first) {
    const places = addresses.map((address): Place => {
      return { label: culprit.name ?? 'router', detail: address, state: 'broken' };
    });
    return { places, links: [unknown, ...places.map(() => ({ ...unknown, towards }))] };
  }
  if (culprit.kind === 'host') return { places: [], links: [unknown] };
  return null;
}

function direction(culprit: Culprit, me: Role): 'you' | 'them' | null {
  const target = /(?:^|-|to-)(sharer|viewer)$/.exec(culprit.direction)?.[1];
  if (!target) return null;
  return target === me ? 'you' : 'them';
}

function relayState(verdict: Verdict, path: ShownPath | null): Drawing['relay'] {
  if (path?.kind === 'relay') return { state: 'passes', label: 'relay' };
  const broken = verdict.layer === 'relay' || verdict.also.some((c) => c.startsWith('relay-'));
  return { state: broken ? 'broken' : 'unknown', label: 'relay' };
}

function detail(place: Place): string {
  return place.detail === '' ? place.label : place.detail;
}
