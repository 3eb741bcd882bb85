/** The drawing of a path in words: a list for a screen reader, place after place. */
import type { Drawing, Link, Place } from './drawing.ts';
import type { HopState } from './verdict.ts';

/** The drawing as a list for a screen reader. */
export function drawingWords(drawing: Drawing): string[] {
  const words: string[] = [];
  drawing.places.forEach((place, index) => {
    const name = `${place.label} ${place.detail}`.trim();
    words.push(`${name}: ${STATE_WORDS[place.state]}`);
    words.push(...brokenWords(drawing, index));
  });
  words.push(...relayWords(drawing));
  return words;
}

const STATE_WORDS: Record<HopState, string> = {
  passes: 'passes',
  unknown: 'not known',
  broken: 'broken here',
};

/** What is broken right behind the place at `index`, told once for lines broken together. */
function brokenWords({ places, links }: Drawing, index: number): string[] {
  const link = links[index];
  const [before, after] = [places[index], places[index + 1]];
  if (!link || !before || !after) return [];
  if (link.state !== 'broken') {
    return link.towards ? [`packets${towardsWords(link, places)} do not get on here`] : [];
  }
  if (index > 0 && links[index - 1]?.state === 'broken' && !link.cross) return [];
  if (link.cross) {
    const [from, to] = brokenFrom(places, links, index);
    const where = to - from > 1 ? 'somewhere between' : 'between';
    const ends = `${told(places[from])} and ${told(places[to])}`;
    return [`${where} ${ends}: broken${towardsWords(link, places)}`];
  }
  return [];
}

/** The places around a run of broken lines. */
function brokenFrom(places: Place[], links: Link[], at: number): [number, number] {
  let [from, to] = [at, at + 1];
  while (from > 0 && isPartOf(links[from - 1])) from -= 1;
  while (to < places.length - 1 && isPartOf(links[to])) to += 1;
  return [from, to];
}

function isPartOf(link: Link | undefined): boolean {
  return link?.state === 'broken' && !link.cross;
}

function towardsWords({ towards }: Link, places: Place[]): string {
  if (towards === null) return '';
  const end = told(towards === 'left' ? places[0] : places.at(-1));
  return ` towards ${end === 'your PC' ? 'you' : end}`;
}

function relayWords({ places, relay }: Drawing): string[] {
  const words = [`${relay.label}: ${STATE_WORDS[relay.state]}`];
  if (relay.left === 'broken') words.push(`between ${told(places[0])} and the relay: broken`);
  if (relay.right === 'broken') words.push(`between ${told(places.at(-1))} and the relay: broken`);
  return words;
}

function told(place: Place | undefined): string {
  if (!place) return '';
  return place.detail === '' ? place.label : place.detail;
}
