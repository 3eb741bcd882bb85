import type { Me } from '../api/types.ts';
import type { App } from '../app/app.ts';
import { follows } from '../parts/inner-link.ts';

const REGISTRATION_WORDS = {
  connecting: 'connecting',
  registered: 'reachable',
  lost: 'not reachable',
} as const;

export function Header({ app, me }: { app: App; me: Me }) {
  const { state } = app.registration.value;
  return (
    <header class="top">
      <a class="brand" {...follows('/')}>
        Hopsight
      </a>
      {me.administrator && (
        <a data-testid="administration-link" {...follows('/admin')}>
          Administration
        </a>
      )}
      <span class="who">
        {me.display_name}
        {me.kind === 'guest' && ' (guest)'}
        <span class="quiet" data-testid="registration" data-state={state}>
          {REGISTRATION_WORDS[state]}
        </span>
      </span>
      <button type="button" data-testid="sign-out" onClick={() => void app.signOut()}>
        Sign out
      </button>
    </header>
  );
}
