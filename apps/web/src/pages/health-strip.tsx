/** The server's tests of itself: each a mark and a name, or a sentence and what to do. */
import type { Health, SelfTest } from '../administration/server-words.ts';
import { Copy } from '../parts/copy.tsx';
import { When } from '../parts/when.tsx';

export function HealthStrip({ health }: { health: Health }) {
  const { tests, checkedAt } = health;
  if (tests.length === 0) {
    return (
      <p class="quiet" data-testid="health">
        The server has not tested itself yet. Its first tests run shortly after it starts.
      </p>
    );
  }
  const failing = tests.filter(({ ok }) => !ok);
  return (
    <div class="health" data-testid="health">
      <p>
        {failing.length === 0
          ? 'Everything works. '
          : `${failing.length} of ${tests.length} fail. `}
        {checkedAt && (
          <span class="quiet">
            tested at <When at={checkedAt} />
          </span>
        )}
      </p>
      <ul class="strip">
        {tests.map((test) => (
          <li key={test.name} class={test.ok ? 'good' : 'bad'}>
            <span aria-hidden="true">{test.ok ? '✓' : '✕'}</span> {named(test)}
            <span class="visually-hidden">{test.ok ? ' works' : ' fails'}</span>
          </li>
        ))}
      </ul>
      {failing.map((test) => (
        <Failing key={test.name} test={test} />
      ))}
      <Passing tests={tests.filter(({ ok, says }) => ok && says !== '')} />
    </div>
  );
}

function Passing({ tests }: { tests: SelfTest[] }) {
  if (tests.length === 0) return null;
  return (
    <details class="quiet" data-testid="health-passing">
      <summary>what was seen to work</summary>
      <ul>
        {tests.map((test) => (
          <li key={test.name}>{test.says}</li>
        ))}
      </ul>
    </details>
  );
}

/** `relay address` for `relay-address`. */
function named({ name }: SelfTest): string {
  return name.replaceAll('-', ' ');
}

function Failing({ test }: { test: SelfTest }) {
  const { name, says, remedy, code } = test;
  return (
    <div class="problem" data-testid={`health-${name}`}>
      <p class="problem-what">{says === '' ? `${named(test)} fails.` : says}</p>
      {remedy !== '' && <p>{remedy}</p>}
      <div class="row">
        {code !== '' && <span class="mono">{code}</span>}
        {remedy !== '' && (
          <Copy text={remedy} label="Copy the remedy" testid={`health-copy-${name}`} />
        )}
      </div>
    </div>
  );
}
