/** Share links: make one, copy it, see who used it, withdraw it. */
import { useSignal } from '@preact/signals';
import type { ShareLink } from '../api/types.ts';
import type { App } from '../app/app.ts';
import { Copy } from '../parts/copy.tsx';
import { Problem } from '../parts/problem.tsx';
import { untilWords } from '../parts/when.tsx';
import { problem } from '../session/sessions.ts';
import { localTime } from '../verdict/words.ts';

const LIFETIMES: [seconds: number, words: string][] = [
  [3600, '1 hour'],
  [86_400, '1 day'],
  [604_800, '1 week'],
];

export function ShareLinks({ app }: { app: App }) {
  const trouble = useSignal<{ message: string; remedy: string } | null>(null);
  const lifetime = useSignal(86_400);
  const attempt = async (what: () => Promise<unknown>) => {
    trouble.value = null;
    try {
      await what();
    } catch (error) {
      trouble.value = problem(error);
    }
  };
  const links = app.links.value;
  return (
    <section id="links" aria-labelledby="links-title">
      <div class="title-row">
        <h2 id="links-title">Share links</h2>
      </div>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(() => app.createLink(lifetime.value));
        }}
      >
        <label class="inline">
          Valid for
          <select
            data-testid="link-expiry"
            value={String(lifetime.value)}
            onChange={({ currentTarget }) => {
              lifetime.value = Number(currentTarget.value);
            }}
          >
            {LIFETIMES.map(([seconds, words]) => (
              <option key={seconds} value={String(seconds)}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" data-testid="create-link">
          Make a link
        </button>
      </form>
      {trouble.value && <Problem {...trouble.value} />}
      {links.length === 0 && (
        <p class="quiet">
          Whoever opens a share link asks to see your screen, with or without an account. You are
          asked each time, and nothing is shown before your yes.
        </p>
      )}
      <ul class="links" data-testid="links">
        {links.map((link) => (
          <LinkRow
            key={link.id}
            link={link}
            withdraw={() => void attempt(() => app.withdrawLink(link))}
          />
        ))}
      </ul>
      {links.length > 0 && <p class="quiet">A link works while you are signed in here.</p>}
    </section>
  );
}

function LinkRow({ link, withdraw }: { link: ShareLink; withdraw: () => void }) {
  const expires = new Date(link.expires_at);
  return (
    <li class="card link" data-testid={`link-${link.id}`}>
      {link.url ? (
        <input
          class="mono"
          readOnly
          value={link.url}
          aria-label="Address of the share link"
          data-testid="link-url"
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
      ) : (
        <p class="quiet">Its address was shown when it was made. Make a new one to have another.</p>
      )}
      <p>
        <span title={localTime(expires)}>Expires {untilWords(expires, new Date())}.</span>{' '}
        <span data-testid="link-opened">
          {link.opened.length === 0 ? 'Nobody has used it.' : `Used by ${link.opened.join(', ')}.`}
        </span>
      </p>
      <div class="row">
        {link.url && <Copy text={link.url} label="Copy" testid="link-copy" />}
        <button type="button" data-testid="link-withdraw" onClick={withdraw}>
          Withdraw
        </button>
      </div>
    </li>
  );
}
