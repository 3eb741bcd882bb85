/** The session: the picture owns the page; the verdict stands beside it. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { go } from '../app/route.ts';
import { called } from '../parts/called.ts';
import { Elapsed } from '../parts/elapsed.tsx';
import { When } from '../parts/when.tsx';
import type { Sessions } from '../session/sessions.ts';
import type { SessionState } from '../session/state.ts';
import { VerdictPanel } from '../verdict/panel.tsx';
import { pathWords } from '../verdict/words.ts';
import { Ended } from './ended.tsx';
import { Picture, type Zoom } from './picture.tsx';

interface SessionProps {
  sessions: Sessions;
  state: SessionState;
}

export function SessionPage({ sessions, state }: SessionProps) {
  const panel = useSignal(false);
  const zoom = useSignal<Zoom>('fit');
  useEffect(() => {
    document.title = `${title(state)} · Hopsight`;
    return () => {
      document.title = 'Hopsight';
    };
  }, [state]);
  const onFrame = useCallback(() => sessions.frameShown(), [sessions]);
  if (state.phase === 'ended') {
    return <Ended sessions={sessions} state={state} leave={() => leave(sessions)} />;
  }
  const { stream, role, other } = state;
  const shown = stream !== null && role === 'viewer';
  return (
    <div class="session" data-testid="session" data-phase={state.phase} data-session={state.id}>
      <Bar sessions={sessions} state={state} zoom={zoom} panel={panel} />
      <main class={panel.value ? 'stage with-panel' : 'stage'}>
        {shown && (
          <Picture
            stream={stream}
            zoom={zoom.value}
            cursor={sessions.cursor}
            name={called(other)}
            onFrame={onFrame}
          />
        )}
        {(!shown || state.liveAt === null) && <Waiting state={state} covers={shown} />}
        {panel.value && <VerdictPanel state={state} />}
      </main>
    </div>
  );
}

interface BarProps extends SessionProps {
  zoom: { value: Zoom };
  panel: { value: boolean };
}

function Bar({ sessions, state, zoom, panel }: BarProps) {
  const { path, role, liveAt } = state;
  const relayed = path?.kind === 'relay' || (path === null && state.verdict !== null);
  return (
    <header class="bar">
      <h1 class="bar-who">{title(state)}</h1>
      <span class="bar-facts">
        {liveAt && (
          <span>
            since <When at={liveAt} />
          </span>
        )}
        {path && (
          <span
            data-testid="path-kind"
            data-kind={path.kind}
            data-transport={path.transport}
            title={pathWords(path)}
          >
            {path.kind}
          </span>
        )}
        {relayed && (
          <button
            type="button"
            class="link-like"
            aria-expanded={panel.value}
            data-testid="why-not-direct"
            onClick={() => {
              panel.value = !panel.value;
            }}
          >
            why not direct
          </button>
        )}
        <span class="quiet">view only</span>
      </span>
      <span class="row bar-actions">
        {role === 'viewer' && (
          <>
            <button
              type="button"
              aria-pressed={zoom.value === '1:1'}
              title={zoom.value === '1:1' ? 'Show the whole screen' : 'Show every pixel as it is'}
              data-testid="zoom"
              onClick={() => {
                zoom.value = zoom.value === 'fit' ? '1:1' : 'fit';
              }}
            >
              {zoom.value === 'fit' ? '1:1' : 'Fit'}
            </button>
            <button type="button" data-testid="full-screen" onClick={() => void fullScreen()}>
              Full screen
            </button>
          </>
        )}
        <button type="button" class="stop" data-testid="stop" onClick={() => sessions.stop()}>
          Stop
        </button>
      </span>
    </header>
  );
}

function Waiting({ state, covers }: { state: SessionState; covers: boolean }) {
  const { role, phase, other, step } = state;
  if (role === 'sharer' && phase === 'live') {
    return (
      <div class="waiting" data-testid="sharing">
        <p class="headline">{called(other, 'first')} sees your screen.</p>
        <p class="quiet">
          {other.guest && 'This is a guest. '}
          Stop ends it at once. You can go on working; keep this page open.
        </p>
      </div>
    );
  }
  return (
    <div class={covers ? 'waiting covers' : 'waiting'}>
      <Elapsed words={step.words} since={step.since} />
    </div>
  );
}

function title({ role, other }: SessionState): string {
  const name = called(other);
  return role === 'viewer' ? `Screen of ${name}` : `Your screen, shared with ${name}`;
}

function leave(sessions: Sessions): void {
  sessions.dismiss();
  go('/');
}

async function fullScreen(): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.querySelector('.stage')?.requestFullscreen();
}
