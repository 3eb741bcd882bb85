/**
 * Draws a path: places in order, solid where packets passed, dashed where
 * nobody saw them, a cross on the place of the verdict, the relay below in the
 * same scale.
 */
import type { ComponentChildren } from 'preact';
import type { Drawing, Link, Place } from './drawing.ts';
import { drawingWords } from './drawing-words.ts';
import type { HopState } from './verdict.ts';

const EDGE = 44;
const RADIUS = 7;
const CORNER = 16;
/** Room for one row of words. */
const ROW = 30;

/** Measures in the drawing, and where the line of the places lies. */
interface Measures {
  width: number;
  step: number;
  line: number;
  /** Words below the line stand in two rows, in turn. */
  staggered: boolean;
}

export function PathDrawing({ drawing }: { drawing: Drawing }) {
  const { places, links } = drawing;
  const measures = measure(places);
  const { width, step, line, staggered } = measures;
  const x = (index: number) => EDGE + step * index;
  const relayLine = line + 68 + (staggered ? ROW : 0);
  const least = `${Math.round(width * SMALLEST)}px`;
  return (
    <figure class="drawing" data-testid="path-drawing">
      <svg
        viewBox={`0 0 ${width} ${relayLine + 28}`}
        width={width}
        style={{ minWidth: least }}
        aria-hidden="true"
      >
        {links.map((link, index) => (
          <LinkLine
            key={x(index)}
            link={link}
            line={line}
            from={x(index) + 9}
            to={x(index + 1) - 9}
          />
        ))}
        <Relay relay={drawing.relay} line={relayLine} top={line + 9} width={width} />
        {places.map((place, index) => (
          <PlaceMark
            key={x(index)}
            place={place}
            at={x(index)}
            line={line}
            text={textPlace(index, places.length - 1, measures)}
          />
        ))}
      </svg>
      <ul class="visually-hidden">
        {drawingWords(drawing).map((words, index) => (
          <li key={`${index} ${words}`}>{words}</li>
        ))}
      </ul>
    </figure>
  );
}

/** A drawing with many places is made no smaller than this; it is scrolled then. */
const SMALLEST = 0.72;
/** As wide as the panel beside a picture. */
const PANEL = 340;
const LETTER = 7.4;
const CLOSEST = 64;

function measure(places: Place[]): Measures {
  const gaps = places.length - 1;
  const routers = places.slice(1, -1);
  const letters = Math.max(0, ...routers.flatMap((at) => [at.label.length, at.detail.length]));
  const room = letters * LETTER + 10;
  const inOneRow = Math.max(room, CLOSEST) * gaps + EDGE * 2 <= PANEL;
  const staggered = routers.length > 1 && !inOneRow;
  const closest = Math.max(CLOSEST, staggered ? room / 2 : routers.length > 0 ? room : 0);
  const width = Math.max(PANEL, EDGE * 2 + Math.ceil(closest) * gaps);
  const names = (places[0]?.label.length ?? 0) + (places.at(-1)?.label.length ?? 0);
  const line = names * LETTER + 24 > width ? 66 : 46;
  return { width, step: (width - EDGE * 2) / gaps, line, staggered };
}

interface TextPlace {
  x: number;
  y: number;
  anchor: 'start' | 'middle' | 'end';
}

/** The ends are named above the line, what lies between them below it. */
function textPlace(index: number, last: number, { width, step, line, staggered }: Measures) {
  const isNarrow = line > 46;
  if (index === 0) {
    return { x: 4, y: line - 16 - (isNarrow ? 20 : 0), anchor: 'start' } satisfies TextPlace;
  }
  if (index === last) return { x: width - 4, y: line - 16, anchor: 'end' } satisfies TextPlace;
  const row = staggered && index % 2 === 0 ? ROW : 0;
  return { x: EDGE + step * index, y: line + 26 + row, anchor: 'middle' } satisfies TextPlace;
}

interface PlaceProps {
  place: Place;
  at: number;
  line: number;
  text: TextPlace;
}

function PlaceMark({ place, at, line, text }: PlaceProps) {
  const leadsFar = text.y > line + ROW;
  return (
    <g>
      {leadsFar && <path class="leader" d={`M${at} ${line + 10}V${text.y - 13}`} />}
      <circle class={`place ${place.state}`} cx={at} cy={line} r={RADIUS} />
      {place.state === 'broken' && <Cross x={at} y={line} />}
      <text x={text.x} y={text.y} text-anchor={text.anchor}>
        {place.label}
      </text>
      <text class="address" x={text.x} y={text.y + 14} text-anchor={text.anchor}>
        {place.detail}
      </text>
    </g>
  );
}

interface LinkProps {
  link: Link;
  line: number;
  from: number;
  to: number;
}

function LinkLine({ link, line, from, to }: LinkProps) {
  return (
    <g>
      <path class={`wire ${link.state}`} d={`M${from} ${line}H${to}`} />
      {link.cross && <Cross x={(from + to) / 2} y={line} />}
      {link.towards === 'left' && <path class="arrow" d={`M${from + 8} ${line - 5}l-7 5l7 5`} />}
      {link.towards === 'right' && <path class="arrow" d={`M${to - 8} ${line - 5}l7 5l-7 5`} />}
    </g>
  );
}

interface RelayProps {
  relay: Drawing['relay'];
  line: number;
  top: number;
  width: number;
}

function Relay({ relay, line, top, width }: RelayProps) {
  const middle = width / 2;
  const isBroken = relay.state === 'broken';
  const half = isBroken ? 12 : relay.label.length * 4 + 12;
  const [left, right] = [EDGE, width - EDGE];
  return (
    <g>
      <Leg
        state={relay.left}
        cross={(left + middle - half) / 2}
        line={line}
        d={`M${left} ${top}V${line - CORNER}Q${left} ${line} ${left + CORNER} ${line}H${middle - half}`}
      />
      <Leg
        state={relay.right}
        cross={(right + middle + half) / 2}
        line={line}
        d={`M${right} ${top}V${line - CORNER}Q${right} ${line} ${right - CORNER} ${line}H${middle + half}`}
      />
      {isBroken && <Cross x={middle} y={line} />}
      <text x={middle} y={isBroken ? line + 22 : line + 4} text-anchor="middle">
        {relay.label}
      </text>
    </g>
  );
}

interface LegProps {
  state: HopState;
  cross: number;
  line: number;
  d: string;
}

function Leg({ state, cross, line, d }: LegProps): ComponentChildren {
  return (
    <>
      <path class={`wire ${state}`} d={d} />
      {state === 'broken' && <Cross x={cross} y={line} />}
    </>
  );
}

function Cross({ x, y }: { x: number; y: number }) {
  return <path class="cross" d={`M${x - 7} ${y - 7}l14 14m0 -14l-14 14`} />;
}
