/**
 * Decides what the drawing of a path shows: places from the person who looks
 * (left) to the other one, what is between them, and the relay below. It draws
 * only what the verdict says; what nobody saw is `unknown`. How it looks is left
 * to `path-drawing`.
 */
import type { Role } from '../api/types.ts';
import type { ShownPath } from '../evidence/snapshot.ts';
import type { Culprit, HopState, Verdict } from './verdict.ts';

export interface Place {
  label: string;
  /** An address or a name, when there is one. */
  detail: string;
  state: HopState;
}

/** What is known between two places. */
export interface Link {
  state: HopState;
  /** Of lines that are broken together, one carries the cross. */
  cross: boolean;
  /** The end towards which alone packets do not get. */
  towards: 'left' | 'right' | null;
}

export interface Drawing {
  places: Place[];
  /** One fewer than places. */
  links: Link[];
  relay: { label: string; state: HopState; left: HopState; right: HopState };
}

/** Whose PCs stand at the two ends. */
export interface Ends {
  /** The side that is drawn at the left: whoever looks, if they take part. */
  left: Role;
  names: Record<Role, string>;
}

export function draw(verdict: Verdict, ends: Ends, path: ShownPath | null): Drawing | null {
  const relay = drawRelay(verdict, path, ends);
  const stations = stationsOf(verdict);
  const isRelayKnown = [relay.state, relay.left, relay.right].some((state) => state !== 'unknown');
  if (stations.length === 2 && !path && !isRelayKnown && !isDrawn(verdict)) return null;
  const links = linksOf(stations, path);
  if (concernsPath(verdict)) mark(verdict, stations, links);
  const drawn = { places: stations.map((station) => placeOf(station, ends)), links, relay };
  return ends.left === 'sharer' ? drawn : turned(drawn);
}

/** Faults of these layers have no place between the two PCs. */
const ELSEWHERE = ['signin', 'capture', 'media', 'transport-security', 'capacity'];

/** Edges towards the server: what they stop on the direct way is UDP at the PC's own network. */
const UDP_OF_ONE_NETWORK = ['udp-blocked', 'udp-replies-filtered'];

/** A place in the order from the sharer to the viewer. */
interface Station {
  end: Role | null;
  name: string | null;
  address: string;
  state: HopState;
}

function concernsPath({ layer }: Verdict): boolean {
  return !ELSEWHERE.includes(layer) && layer !== 'relay';
}

/** Whether the verdict names something that can be marked without knowing the way. */
function isDrawn(verdict: Verdict): boolean {
  const { culprit } = verdict;
  if (!culprit || !concernsPath(verdict)) return false;
  return culprit.kind === 'edge-between' || (culprit.kind === 'host' && culprit.side !== null);
}

function stationsOf(verdict: Verdict): Station[] {
  const ends = (['sharer', 'viewer'] as const).map((end): Station => {
    return { end, name: null, address: '', state: isCulprit(verdict, end) ? 'broken' : 'passes' };
  });
  return [...ends.slice(0, 1), ...routersOf(verdict), ...ends.slice(1)];
}

function isCulprit(verdict: Verdict, end: Role): boolean {
  const { culprit } = verdict;
  if (culprit?.kind !== 'host' || !concernsPath(verdict)) return false;
  return culprit.side === end || culprit.side === 'both';
}

function routersOf(verdict: Verdict): Station[] {
  const named = verdict.culprit?.addresses ?? [];
  const stops = concernsPath(verdict);
  const toServer = UDP_OF_ONE_NETWORK.includes(verdict.code);
  const seen = verdict.hops
    // The server's address is a place of that fault, but not of the direct way.
    .filter(({ address, state }) => !(toServer && state !== 'passes' && named.includes(address)))
    .map(({ address, name, state }): Station => {
      const shown = state === 'broken' && !stops ? 'unknown' : state;
      return { end: null, name, address, state: shown };
    });
  return stops && !toServer ? withCulprit(seen, verdict) : seen;
}

/** A router of the verdict that no probe has shown stands on the side that the verdict says. */
function withCulprit(seen: Station[], { culprit }: Verdict): Station[] {
  if (culprit?.kind !== 'router') return seen;
  const { addresses, name, side } = culprit;
  const marked = seen.map((station) => {
    return addresses.includes(station.address) ? { ...station, state: 'broken' as const } : station;
  });
  const missing = addresses
    .filter((address) => seen.every((station) => station.address !== address))
    .map((address): Station => ({ end: null, name, address, state: 'broken' }));
  return side === 'viewer' ? [...marked, ...missing] : [...missing, ...marked];
}

function linksOf(stations: Station[], path: ShownPath | null): Link[] {
  const isDirect = path?.kind === 'direct';
  return stations.slice(1).map((after, index): Link => {
    const before = stations[index];
    const hasRouter = before?.end === null || after.end === null;
    const passes = before?.state === 'passes' && after.state === 'passes';
    const state = isDirect || (hasRouter && passes) ? 'passes' : 'unknown';
    return { state, cross: false, towards: null };
  });
}

/** Puts the cross where the verdict says, and shows how far packets were seen to get. */
function mark(verdict: Verdict, stations: Station[], links: Link[]): void {
  const { culprit, code } = verdict;
  const last = links.length - 1;
  const towards = culprit ? direction(culprit) : null;
  if (UDP_OF_ONE_NETWORK.includes(code)) {
    if (culprit?.side !== 'viewer') breakLinks(links, 0, 0, towards);
    if (culprit?.side !== 'sharer') breakLinks(links, last, last, towards);
    return;
  }
  if (culprit?.kind === 'edge-between') {
    const [from, to] = stretch(culprit.addresses, stations, towards);
    breakLinks(links, from, to - 1, towards);
  }
  if (culprit?.kind === 'router') markRouter(verdict, stations, links, towards);
  const isPlaced =
    links.some(({ cross }) => cross) || stations.some(({ state }) => state === 'broken');
  // Without a broken place only the sharer's own way is known to be seen.
  if (!isPlaced && last > 0) links[last] = { state: 'unknown', cross: false, towards: null };
}

function markRouter(
  verdict: Verdict,
  stations: Station[],
  links: Link[],
  towards: Link['towards'],
): void {
  const at = stations.findIndex(({ end, state }) => end === null && state === 'broken');
  if (at < 0) return;
  const [before, after] = [links[at - 1], links[at]];
  if (towards === 'right' && after) after.towards = towards;
  if (towards === 'left' && before) before.towards = towards;
  // A router is proven at fault by its own answer only: it was reached.
  if (verdict.confidence !== 'proven') return;
  const onViewersSide = verdict.culprit?.side === 'viewer';
  const near = onViewersSide ? after : before;
  const neighbour = stations[onViewersSide ? at + 1 : at - 1];
  if (near && neighbour?.state === 'passes') near.state = 'passes';
}

/** Between which stations an edge lies: an address that is no router's is an end's. */
function stretch(
  addresses: string[],
  stations: Station[],
  towards: Link['towards'],
): [number, number] {
  const places = addresses
    .map((address) => stations.findIndex((station) => station.address === address))
    .filter((index) => index > 0)
    .toSorted((a, b) => a - b);
  const [first, second] = [places[0], places.at(-1)];
  const last = stations.length - 1;
  if (first === undefined || second === undefined) return [0, last];
  if (first !== second) return [first, second];
  // A verdict names the sharer's first; a single address is the last one that was reached.
  const isSharers = addresses.length > 1 ? stations[first]?.address === addresses[0] : null;
  return (isSharers ?? towards !== 'left') ? [first, last] : [0, first];
}

/** Breaks what does not pass between two links, or all of it; the cross stands in its middle. */
function breakLinks(links: Link[], from: number, to: number, towards: Link['towards']): void {
  const all = links.slice(from, to + 1);
  const dead = all.filter(({ state }) => state !== 'passes');
  const broken = dead.length > 0 ? dead : all;
  for (const link of broken) link.state = 'broken';
  const middle = broken[Math.floor((broken.length - 1) / 2)];
  if (middle) Object.assign(middle, { cross: true, towards });
}

/** As seen with the sharer at the left. */
function direction(culprit: Culprit): Link['towards'] {
  const target = /(?:^|-|to-)(sharer|viewer)$/.exec(culprit.direction)?.[1];
  if (!target) return null;
  return target === 'sharer' ? 'left' : 'right';
}

function placeOf({ end, name, address, state }: Station, { names }: Ends): Place {
  if (end) return { label: names[end], detail: '', state };
  return { label: name ?? 'router', detail: address, state };
}

function turned({ places, links, relay }: Drawing): Drawing {
  const opposite = { left: 'right', right: 'left' } as const;
  return {
    places: places.toReversed(),
    links: links.toReversed().map((link) => {
      return { ...link, towards: link.towards && opposite[link.towards] };
    }),
    relay,
  };
}

function drawRelay(verdict: Verdict, path: ShownPath | null, ends: Ends): Drawing['relay'] {
  if (path?.kind === 'relay') {
    return { label: 'relay', state: 'passes', left: 'passes', right: 'passes' };
  }
  const unknown = { label: 'relay', state: 'unknown', left: 'unknown', right: 'unknown' } as const;
  const isRelay = verdict.code.startsWith('relay-');
  const isAlso = verdict.also.some((code) => code.startsWith('relay-'));
  if (!isRelay) return isAlso ? { ...unknown, state: 'broken' } : unknown;
  const { culprit, code } = verdict;
  const onEdge = culprit?.kind === 'edge-between' && culprit.side !== null;
  if (!onEdge) {
    const label = code === 'relay-not-configured' ? 'no relay' : 'relay';
    return { ...unknown, label, state: 'broken' };
  }
  const leg = (side: Role): HopState =>
    culprit.side === side || culprit.side === 'both' ? 'broken' : 'unknown';
  const right = ends.left === 'sharer' ? 'viewer' : 'sharer';
  return { ...unknown, left: leg(ends.left), right: leg(right) };
}
