/** What the look at the path to a person found: what it means, then the verdict. */

import { type PathCheck, type PathChecks, pathSentence } from '../check/path-checks.ts';
import { computerOf } from '../parts/called.ts';
import { Elapsed } from '../parts/elapsed.tsx';
import { VerdictBody } from '../verdict/panel.tsx';
import { ticket } from '../verdict/ticket.ts';
import { localTime } from '../verdict/words.ts';

export function PathCheckResult({ checks, uri }: { checks: PathChecks; uri: string }) {
  const check = checks.current.value;
  if (check?.other.uri !== uri) return null;
  if (check.phase === 'running') {
    return (
      <div class="path-check" data-testid="path-check" data-phase="running">
        <Elapsed words={check.step.words} since={check.step.since} />
      </div>
    );
  }
  const { path, failure } = check;
  return (
    <div
      class="path-check"
      data-testid="path-check"
      data-phase="done"
      data-kind={path?.kind ?? 'none'}
    >
      <p class="headline" role="status" data-testid="path-check-summary">
        {pathSentence(check)}
      </p>
      {failure && failure.remedy !== '' && <p>{failure.remedy}</p>}
      {path?.kind !== 'direct' && <Why check={check} />}
      <div class="row">
        <button type="button" data-testid="path-check-close" onClick={() => checks.dismiss()}>
          Close
        </button>
        <span class="quiet">checked at {localTime(check.startedAt).slice(11, 19)}</span>
      </div>
    </div>
  );
}

/** Whoever looks counts as the sharer. */
function Why({ check }: { check: PathCheck }) {
  const { verdict, other, path, id, startedAt } = check;
  if (!verdict) return null;
  const whom = `with ${other.displayName} (${other.uri.replace(/^sips?:/, '')})`;
  return (
    <div class="panel">
      <VerdictBody
        verdict={verdict}
        context={{
          ends: { left: 'sharer', names: { sharer: 'your PC', viewer: computerOf(other) } },
          path,
          ticket: ticket(verdict, { session: id, whom, since: localTime(startedAt), path }),
        }}
      />
    </div>
  );
}
