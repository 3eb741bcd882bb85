/** A session that does not run in this window: what the server has on record. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import {
  type Details,
  readDetails,
  readRecord,
  type SessionRecord,
} from '../administration/record.ts';
import { endsOfRecord, ticketOfRecord } from '../administration/session-context.ts';
import type { App } from '../app/app.ts';
import { go } from '../app/route.ts';
import { isObject } from '../json.ts';
import { Problem } from '../parts/problem.tsx';
import { problem } from '../session/sessions.ts';
import { VerdictBody } from '../verdict/panel.tsx';

export function PastSession({ app, id }: { app: App; id: string }) {
  const known = useSignal<{ record: SessionRecord; details: Details } | null>(null);
  const trouble = useSignal<{ message: string; remedy: string } | null>(null);
  useEffect(() => {
    app.api.session(id).then(
      (json) => {
        const record = readRecord(isObject(json) ? json : {});
        known.value = { record, details: readDetails(json) };
      },
      (error) => {
        trouble.value = problem(error);
      },
    );
  }, [app, id, known, trouble]);
  const verdict = known.value?.details.verdicts[0];
  return (
    <main class="ended">
      <h1>This session does not run in this window</h1>
      <p class="mono wrap">{id}</p>
      {trouble.value && <Problem {...trouble.value} />}
      {known.value && !verdict && (
        <p>Nothing was wrong with its path, or nothing has been found out yet.</p>
      )}
      <div class="row">
        <button type="button" data-testid="leave" onClick={() => go('/')}>
          Back
        </button>
      </div>
      {known.value && verdict && (
        <div class="panel">
          <VerdictBody
            verdict={verdict}
            context={{
              ends: endsOfRecord(known.value.record, app.me.value?.uri ?? null),
              path: known.value.record.path,
              ticket: ticketOfRecord(known.value.record, verdict),
            }}
          />
        </div>
      )}
    </main>
  );
}
