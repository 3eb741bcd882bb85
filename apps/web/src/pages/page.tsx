/** Chooses the page, with the invitation dialog above whichever it is. */
import type { App } from '../app/app.ts';
import { route } from '../app/route.ts';
import { Problem } from '../parts/problem.tsx';
import { AdministratorPage } from './administrator.tsx';
import { InvitationDialog } from './invitation.tsx';
import { PastSession } from './past-session.tsx';
import { People } from './people.tsx';
import { SessionPage } from './session.tsx';
import { ShareLinkPage } from './share-link.tsx';
import { SignIn, SignInByLink } from './sign-in.tsx';

export function Page({ app }: { app: App }) {
  return (
    <>
      <Chosen app={app} />
      <InvitationDialog sessions={app.sessions} />
    </>
  );
}

function Chosen({ app }: { app: App }) {
  const where = route.value;
  const session = app.sessions.current.value;
  if (app.trouble.value) return <Unreachable app={app} trouble={app.trouble.value} />;
  if (session) return <SessionPage sessions={app.sessions} state={session} />;
  if (where.page === 'sign-in-link') return <SignInByLink app={app} token={where.token} />;
  const me = app.me.value;
  if (me === undefined) return <main class="narrow" aria-busy="true" />;
  if (where.page === 'share-link') return <ShareLinkPage app={app} token={where.token} />;
  if (me === null) return <SignIn app={app} />;
  if (where.page === 'session') return <PastSession app={app} id={where.id} />;
  if (where.page === 'administrator' && me.administrator) {
    return <AdministratorPage app={app} me={me} id={where.id} />;
  }
  return <People app={app} me={me} />;
}

function Unreachable({ app, trouble }: { app: App; trouble: { message: string; remedy: string } }) {
  return (
    <main class="narrow">
      <h1>Hopsight</h1>
      <Problem {...trouble} />
      <button type="button" onClick={() => void app.boot()}>
        Ask the server again
      </button>
    </main>
  );
}
