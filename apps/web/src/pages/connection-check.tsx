/** The check of this computer before any call: what it means, then each step with its time. */
import type { Me } from '../api/types.ts';
import type { App } from '../app/app.ts';
import type { CheckState } from '../check/connection-check.ts';
import { checkText, type Step, summary } from '../check/words.ts';
import { Copy } from '../parts/copy.tsx';
import { Elapsed } from '../parts/elapsed.tsx';
import { duration, localTime } from '../verdict/words.ts';

export function ConnectionCheckSection({ app, me }: { app: App; me: Me }) {
  const check = app.connectionCheck;
  const state = check.state.value;
  return (
    <section aria-labelledby="check-title">
      <div class="title-row">
        <h2 id="check-title">My connection</h2>
        <button
          type="button"
          disabled={state.phase === 'running'}
          data-testid="check-connection"
          onClick={() => void check.run(me)}
        >
          Check my connection
        </button>
      </div>
      <CheckResult state={state} me={me} />
    </section>
  );
}

export function CheckResult({ state, me }: { state: CheckState; me: Me }) {
  if (state.phase === 'idle') {
    return (
      <p class="quiet">
        Looks, before any call, whether this computer reaches the server and the relay, and says
        what is in the way if it does not. Nobody is called.
      </p>
    );
  }
  if (state.phase === 'running') {
    return (
      <div class="card check" data-testid="check" data-phase="running">
        <Steps steps={state.steps} />
        <Elapsed words={state.doing} since={state.since} />
      </div>
    );
  }
  const { ok, sentence } = summary(state.steps);
  return (
    <div class="card check" data-testid="check" data-phase="done" data-ok={ok}>
      <p class="headline" role="status" data-testid="check-summary">
        {sentence}
      </p>
      <Steps steps={state.steps} />
      <div class="row">
        <Copy
          text={checkText(state.steps, localTime(state.at), me.name)}
          label="Copy the result"
          testid="check-copy"
        />
        <span class="quiet">checked at {localTime(state.at).slice(11, 19)}</span>
      </div>
    </div>
  );
}

function Steps({ steps }: { steps: Step[] }) {
  return (
    <ul class="steps">
      {steps.map((step, index) => (
        <li
          key={`${index} ${step.name}`}
          class={step.ok ? 'good' : 'bad'}
          data-testid={`check-${step.name}`}
          data-ok={step.ok}
        >
          <span class="mark" aria-hidden="true">
            {step.ok ? '✓' : '✕'}
          </span>
          <span>
            <strong>{step.title}</strong>
            <span class="visually-hidden">{step.ok ? ' works: ' : ' fails: '}</span> {step.says}
            {step.remedy !== '' && <span class="quiet step-remedy">{step.remedy}</span>}
          </span>
          <span class="quiet figure">{step.ms > 0 ? duration(step.ms) : ''}</span>
        </li>
      ))}
    </ul>
  );
}
