/** A session that is over: why first, then what to do, then the proof. */
import { called } from '../parts/called.ts';
import { When } from '../parts/when.tsx';
import type { Sessions } from '../session/sessions.ts';
import type { SessionState } from '../session/state.ts';
import { VerdictPanel } from '../verdict/panel.tsx';

interface EndedProps {
  sessions: Sessions;
  state: SessionState;
  leave: () => void;
}

export function Ended({ sessions, state, leave }: EndedProps) {
  const { end, other, role, verdict, liveAt } = state;
  if (!end) return null;
  const nothingSeen = liveAt === null;
  return (
    <main class="ended" data-testid="session" data-phase="ended" data-session={state.id}>
      <h1>
        {nothingSeen
          ? `No picture ${role === 'viewer' ? 'of' : 'for'} ${called(other)}`
          : 'The session is over'}
      </h1>
      <p class="headline" role="status" data-testid="ended-reason">
        {end.sentence}
      </p>
      {end.remedy !== '' && <p>{end.remedy}</p>}
      <p class="quiet">
        {liveAt && (
          <>
            From <When at={liveAt} /> to{' '}
          </>
        )}
        {!liveAt && 'At '}
        <When at={end.at} />
        {state.id !== '' && (
          <>
            {' · '}
            <span class="mono">{state.id}</span>
          </>
        )}
      </p>
      <div class="row">
        {end.mayAskAgain && (
          <button
            type="button"
            class="primary"
            data-testid="ask-again"
            onClick={() => sessions.askAgain()}
          >
            {role === 'viewer' ? 'Ask again' : 'Share again'}
          </button>
        )}
        <button type="button" data-testid="leave" onClick={leave}>
          Back
        </button>
      </div>
      {verdict && <VerdictPanel state={state} />}
    </main>
  );
}
