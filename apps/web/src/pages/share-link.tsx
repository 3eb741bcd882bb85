/** What a share link opens: one button to the picture. */
import { useSignal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import type { App } from '../app/app.ts';
import { readFingerprint } from '../app/route.ts';
import { Fingerprint } from '../parts/fingerprint.tsx';
import { Problem } from '../parts/problem.tsx';
import { problem } from '../session/sessions.ts';

const DEFAULT_NAME = 'Guest';

export function ShareLinkPage({ app, token }: { app: App; token: string }) {
  const me = app.me.value ?? null;
  const name = useSignal(DEFAULT_NAME);
  const working = useSignal(false);
  const trouble = useSignal<{ message: string; remedy: string } | null>(null);
  const open = async (event: SubmitEvent) => {
    event.preventDefault();
    working.value = true;
    trouble.value = null;
    try {
      const asGuest = me === null ? name.value.trim() || DEFAULT_NAME : null;
      const opened = await app.api.openLink(token, asGuest);
      if (app.me.value?.uri !== opened.me.uri) app.enter(opened.me);
      await app.sessions.invite(
        { displayName: opened.by, uri: opened.uri, guest: false },
        'viewer',
      );
    } catch (error) {
      trouble.value = error instanceof ApiError && error.status === 410 ? EXPIRED : problem(error);
    }
    working.value = false;
  };
  return (
    <main class="narrow center">
      <h1>A screen is shared with you</h1>
      <form class="card form" onSubmit={(event) => void open(event)}>
        {me === null ? (
          <label>
            Your name, so that the other person knows who asks
            <input
              name="guest-name"
              value={name.value}
              maxLength={64}
              autocomplete="name"
              data-testid="guest-name"
              onInput={({ currentTarget }) => {
                name.value = currentTarget.value;
              }}
            />
          </label>
        ) : (
          <p>
            You ask as <strong>{me.display_name}</strong>.
          </p>
        )}
        <button
          class="primary big"
          type="submit"
          disabled={working.value}
          data-testid="see-the-screen"
        >
          See the screen
        </button>
        {trouble.value && <Problem {...trouble.value} />}
      </form>
      <p class="quiet">You only look. Nothing of this computer is shown or recorded.</p>
      <Fingerprint linked={readFingerprint(location.hash)} about={app.about.value} />
    </main>
  );
}

const EXPIRED = {
  message: 'This share link has expired or was withdrawn.',
  remedy: 'Ask the person who gave it to you for a new one.',
};
