/** Sign in by name and password, or by a link that works once. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Me } from '../api/types.ts';
import type { App } from '../app/app.ts';
import { go, readFingerprint } from '../app/route.ts';
import { Fingerprint } from '../parts/fingerprint.tsx';
import { Problem } from '../parts/problem.tsx';
import { problem } from '../session/sessions.ts';

const PASSWORD_LENGTH = 12;

type Trouble = { message: string; remedy: string } | null;

export function SignIn({ app }: { app: App }) {
  const trouble = useSignal<Trouble>(null);
  const working = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    working.value = true;
    trouble.value = null;
    try {
      app.enter(await app.api.signIn(field(form, 'name').trim(), field(form, 'password')));
    } catch (error) {
      trouble.value = problem(error);
    }
    working.value = false;
  };
  return (
    <main class="narrow">
      <h1>Sign in to Hopsight</h1>
      <form class="card form" onSubmit={(event) => void submit(event)}>
        <label>
          Name
          <input
            name="name"
            autocomplete="username"
            autocapitalize="none"
            required
            data-testid="sign-in-name"
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            data-testid="sign-in-password"
          />
        </label>
        {trouble.value && <Problem {...trouble.value} />}
        <button class="primary" type="submit" disabled={working.value} data-testid="sign-in-submit">
          Sign in
        </button>
      </form>
      <p class="quiet">
        No account yet? Whoever runs this server gives you a sign-in link. With a share link no
        account is needed.
      </p>
      <Fingerprint linked={readFingerprint(location.hash)} about={app.about.value} />
    </main>
  );
}

export function SignInByLink({ app, token }: { app: App; token: string }) {
  const me = useSignal<Me | null>(null);
  const trouble = useSignal<Trouble>(null);
  useEffect(() => {
    app.api.signInByLink(token).then(
      (signedIn) => {
        me.value = signedIn;
        // The link has done its work; it need not stay in the history.
        history.replaceState(null, '', '/');
      },
      (error) => {
        trouble.value = problem(error);
      },
    );
  }, [app, token, me, trouble]);
  if (trouble.value) {
    return (
      <main class="narrow">
        <h1>This sign-in link does not work</h1>
        <Problem {...trouble.value} />
        <button type="button" onClick={() => go('/')}>
          Sign in with a password
        </button>
      </main>
    );
  }
  if (!me.value) return <main class="narrow" aria-busy="true" />;
  return <ChoosePassword app={app} me={me.value} />;
}

function ChoosePassword({ app, me }: { app: App; me: Me }) {
  const trouble = useSignal<Trouble>(null);
  const enter = () => {
    app.enter(me);
    go('/', 'replace');
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    try {
      await app.api.changePassword(field(form, 'password'));
      enter();
    } catch (error) {
      trouble.value = problem(error);
    }
  };
  return (
    <main class="narrow">
      <h1>Welcome, {me.display_name}</h1>
      <form class="card form" onSubmit={(event) => void submit(event)}>
        <p>You are signed in. The link you used works once; choose a password for the next time.</p>
        <input type="hidden" name="username" autocomplete="username" value={me.name} />
        <label>
          Password, {PASSWORD_LENGTH} characters or more
          <input
            name="password"
            type="password"
            autocomplete="new-password"
            minLength={PASSWORD_LENGTH}
            required
            data-testid="new-password"
          />
        </label>
        {trouble.value && <Problem {...trouble.value} />}
        <div class="row">
          <button class="primary" type="submit" data-testid="new-password-submit">
            Set the password
          </button>
          <button type="button" data-testid="new-password-skip" onClick={enter}>
            Not now
          </button>
        </div>
      </form>
    </main>
  );
}

function field(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
