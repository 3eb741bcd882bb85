/** A session that does not run in this window: what the server has on record. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { App } from '../app/app.ts';
import { go } from '../app/route.ts';
import { Problem } from '../parts/problem.tsx';
import { problem } from '../session/sessions.ts';
import { VerdictBody } from '../verdict/panel.tsx';
import { readVerdict, type Verdict } from '../verdict/verdict.ts';

export function PastSession({ app, id }: { app: App; id: string }) {
  const verdicts = useSignal<Verdict[] | null>(null);
  const trouble = useSignal<{ message: string; remedy: string } | null>(null);
  useEffect(() => {
    app.api.session(id).then(
      (record) => {
        verdicts.value = readVerdicts(record);
      },
      (error) => {
        trouble.value = problem(error);
      },
    );
  }, [app, id, verdicts, trouble]);
  const latest = verdicts.value?.at(-1);
  return (
    <main class="ended">
      <h1>This session does not run in this window</h1>
      <p class="mono wrap">{id}</p>
      {trouble.value && <Problem {...trouble.value} />}
      {verdicts.value?.length === 0 && (
        <p>Nothing was wrong with its path, or nothing has been found out yet.</p>
      )}
      <div class="row">
        <button type="button" data-testid="leave" onClick={() => go('/')}>
          Back
        </button>
      </div>
      {latest && <VerdictBody verdict={latest} context={null} />}
    </main>
  );
}

export function readVerdicts(record: unknown): Verdict[] {
  const verdicts = (record as { verdicts?: unknown } | null)?.verdicts;
  if (!Array.isArray(verdicts)) return [];
  return verdicts.map((verdict) => readVerdict(verdict)).filter((verdict) => verdict !== null);
}
