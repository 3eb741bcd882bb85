/**
 * Draws a path: places in order, solid where packets passed, dashed where
 * nobody saw them, a cross on the place of the verdict, the relay below.
 */
import { type Drawing, drawingWords, type Link } from './drawing.ts';

const STEP = 112;
const EDGE = 44;
const LINE = 46;
/** Labels longer than an IPv4 address stand in two rows. */
const LONG = 15;
const ROW = 30;

export function PathDrawing({ drawing }: { drawing: Drawing }) {
  const { places, links, relay } = drawing;
  const width = Math.max(EDGE * 2 + STEP * (places.length - 1), 340);
  const step = (width - EDGE * 2) / (places.length - 1);
  const x = (index: number) => EDGE + step * index;
  const last = places.length - 1;
  const middle = width / 2;
  const staggered = places.length > 3 && places.some(({ detail }) => detail.length > LONG);
  const relayLine = LINE + 68 + (staggered ? ROW : 0);
  return (
    <div class="drawing" data-testid="path-drawing">
      <svg viewBox={`0 0 ${width} ${relayLine + 18}`} width={width} aria-hidden="true">
        {links.map((link, index) => (
          <LinkLine key={x(index)} link={link} from={x(index) + 9} to={x(index + 1) - 9} />
        ))}
        <path
          class={`wire ${relay.state}`}
          d={`M${x(0)} ${LINE + 9}V${relayLine - 16}Q${x(0)} ${relayLine} ${x(0) + 16} ${relayLine}H${middle - 30}M${middle + 30} ${relayLine}H${x(last) - 16}Q${x(last)} ${relayLine} ${x(last)} ${relayLine - 16}V${LINE + 9}`}
        />
        <text x={middle} y={relayLine + 4} text-anchor="middle">
          {relay.label}
        </text>
        {relay.state === 'broken' && <Cross x={middle - 42} y={relayLine} />}
        {places.map((place, index) => {
          const end = index === 0 ? 'start' : index === last ? 'end' : 'middle';
          const at = index === 0 ? 4 : index === last ? width - 4 : x(index);
          // The ends are named above the line, what lies between them below it.
          const atEnd = index === 0 || index === last;
          const top = atEnd ? LINE - 16 : LINE + 26 + (staggered && index % 2 === 0 ? ROW : 0);
          return (
            <g key={x(index)}>
              <circle class={`place ${place.state}`} cx={x(index)} cy={LINE} r="7" />
              {place.state === 'broken' && <Cross x={x(index)} y={LINE} />}
              <text x={at} y={top} text-anchor={end}>
                {place.label}
              </text>
              <text class="address" x={at} y={top + 14} text-anchor={end}>
                {place.detail}
              </text>
            </g>
          );
        })}
      </svg>
      <ul class="visually-hidden">
        {drawingWords(drawing).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </div>
  );
}

function LinkLine({ link, from, to }: { link: Link; from: number; to: number }) {
  const middle = (from + to) / 2;
  return (
    <g>
      <path class={`wire ${link.state}`} d={`M${from} ${LINE}H${to}`} />
      {link.state === 'broken' && <Cross x={middle} y={LINE} />}
      {link.towards === 'you' && <path class="arrow" d={`M${from + 8} ${LINE - 5}l-7 5l7 5`} />}
      {link.towards === 'them' && <path class="arrow" d={`M${to - 8} ${LINE - 5}l7 5l-7 5`} />}
    </g>
  );
}

function Cross({ x, y }: { x: number; y: number }) {
  return <path class="cross" d={`M${x - 7} ${y - 7}l14 14m0 -14l-14 14`} />;
}
