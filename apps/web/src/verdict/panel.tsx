/**
 * The verdict beside the picture, or in its place: what it means, what to do,
 * the drawing, then the proof. An administrator has the remedy before the drawing.
 */
import type { ComponentChildren } from 'preact';
import type { ShownPath } from '../evidence/snapshot.ts';
import { called, computerOf } from '../parts/called.ts';
import { Copy } from '../parts/copy.tsx';
import { Elapsed } from '../parts/elapsed.tsx';
import type { SessionState } from '../session/state.ts';
import { draw, type Ends } from './drawing.ts';
import { PathDrawing } from './path-drawing.tsx';
import { ticket } from './ticket.ts';
import type { Verdict } from './verdict.ts';
import { CONFIDENCE_MEANS, duration, localTime, remedySteps, situation } from './words.ts';

export function VerdictPanel({ state }: { state: SessionState }) {
  const { verdict, path, id, startedAt, phase } = state;
  const live = phase !== 'ended';
  return (
    <aside class="panel" aria-label="Why not direct" data-testid="verdict">
      <h2>{situation(live ? path : null, live)}</h2>
      {verdict ? (
        <VerdictBody
          verdict={verdict}
          context={{ ends: endsOf(state), path, ticket: ticketText(state, verdict) }}
        />
      ) : (
        <>
          <Elapsed words="finding out why there is no direct path" since={startedAt.getTime()} />
          <p class="quiet">
            Case <span class="mono">{id}</span>
          </p>
        </>
      )}
    </aside>
  );
}

export interface VerdictContext {
  ends: Ends;
  path: ShownPath | null;
  ticket: string;
}

interface VerdictBodyProps {
  verdict: Verdict;
  context: VerdictContext;
  /** An administrator has the sentence made for them, and everything unfolded. */
  reader?: 'person' | 'administrator';
}

export function VerdictBody({ verdict, context, reader = 'person' }: VerdictBodyProps) {
  const drawing = draw(verdict, context.ends, context.path);
  const { code, confidence, verdictMs } = verdict;
  const unfolded = reader === 'administrator';
  return (
    <>
      <p class="verdict-user" data-testid="verdict-user">
        {unfolded ? verdict.admin || verdict.user : verdict.user || verdict.admin}
      </p>
      {unfolded && <Remedy verdict={verdict} open={true} />}
      <Copy text={context.ticket} label="Copy the ticket" testid="verdict-ticket" />
      {drawing && <PathDrawing drawing={drawing} />}
      <p class="verdict-line">
        <span class="mono" data-testid="verdict-code">
          {code}
        </span>
        <Confidence confidence={confidence} testid="verdict-confidence" />
        {verdictMs !== null && <span class="quiet">{duration(verdictMs)}</span>}
        {verdict.also.map((other) => (
          <span key={other} class="quiet">
            also <span class="mono">{other}</span>
          </span>
        ))}
      </p>
      <Fold title="proof" testid="verdict-proof" count={verdict.evidence.length} open={unfolded}>
        <ul>
          {verdict.evidence.map(({ fact, says }) => (
            <li key={`${fact} ${says}`}>
              {says} <span class="quiet mono">{fact}</span>
            </li>
          ))}
        </ul>
      </Fold>
      <Fold
        title="excluded"
        testid="verdict-excluded"
        count={verdict.excluded.length}
        open={unfolded}
      >
        <dl>
          {verdict.excluded.map((row) => (
            <div key={row.code}>
              <dt class="mono">{row.code}</dt>
              <dd>{row.because}</dd>
            </div>
          ))}
        </dl>
      </Fold>
      <Fold
        title="cannot be told apart from"
        testid="verdict-rivals"
        count={verdict.cannotTellApart.length}
        open={unfolded}
      >
        <dl>
          {verdict.cannotTellApart.map((row) => (
            <div key={row.code}>
              <dt class="mono">{row.code}</dt>
              <dd>decides: {row.test}</dd>
            </div>
          ))}
        </dl>
      </Fold>
      {!unfolded && <Remedy verdict={verdict} open={false} />}
    </>
  );
}

/** What to change; folded it begins with the administrator's sentence, which a person has not read. */
function Remedy({ verdict, open }: { verdict: Verdict; open: boolean }) {
  const { admin, user, remedy } = verdict;
  const steps = remedySteps(remedy);
  return (
    <Fold title="remedy" testid="verdict-remedy" count={steps.length === 0 ? 0 : 1} open={open}>
      {!open && admin !== '' && user !== '' && <p>{admin}</p>}
      <ul class="remedy">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ul>
      <Copy text={steps.join('\n')} label="Copy the remedy" testid="verdict-remedy-copy" />
    </Fold>
  );
}

interface ConfidenceProps {
  confidence: Verdict['confidence'];
  testid?: string;
}

/** Never alike for what is proven and what is likely. */
export function Confidence({ confidence, testid }: ConfidenceProps) {
  return (
    <span
      class={`confidence ${confidence}`}
      title={CONFIDENCE_MEANS[confidence]}
      data-testid={testid}
    >
      {confidence}
    </span>
  );
}

interface FoldProps {
  title: string;
  testid: string;
  count: number;
  open: boolean;
  children: ComponentChildren;
}

function Fold({ title, testid, count, open, children }: FoldProps) {
  if (count === 0) return null;
  return (
    <details data-testid={testid} open={open}>
      <summary>
        {title}
        {count > 1 && <span class="quiet"> {count}</span>}
      </summary>
      {children}
    </details>
  );
}

/** Left is the person who looks. */
function endsOf({ role, other }: SessionState): Ends {
  const [mine, theirs] = ['your PC', computerOf(other)];
  const names =
    role === 'sharer' ? { sharer: mine, viewer: theirs } : { sharer: theirs, viewer: mine };
  return { left: role, names };
}

function ticketText(state: SessionState, verdict: Verdict): string {
  const { id, other, startedAt, phase, path } = state;
  return ticket(verdict, {
    session: id,
    whom: `with ${called(other)} (${other.uri.replace(/^sips?:/, '')})`,
    since: localTime(startedAt),
    path: phase === 'ended' ? 'over' : path,
  });
}
