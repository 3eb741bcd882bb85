/** Who is here, and what one can do with them. */
import { useSignal } from '@preact/signals';
import type { Me, Person } from '../api/types.ts';
import type { App } from '../app/app.ts';
import type { Registration } from '../signalling/signalling.ts';
import { ConnectionCheckSection } from './connection-check.tsx';
import { Header } from './header.tsx';
import { ShareLinks } from './links.tsx';
import { PathCheckResult } from './path-check.tsx';

export function People({ app, me }: { app: App; me: Me }) {
  if (me.kind === 'guest') return <GuestHome app={app} me={me} />;
  const people = app.people.value;
  const others = app.others.value;
  return (
    <>
      <Header app={app} me={me} />
      <main class="wide">
        <Connection state={app.registration.value} />
        {app.sessions.notice.value && (
          <p class="note" role="status" data-testid="notice">
            {app.sessions.notice.value}
          </p>
        )}
        <div class="columns">
          <section aria-labelledby="people-title">
            <div class="title-row">
              <h1 id="people-title">People</h1>
              <ShareWith app={app} others={others} />
            </div>
            {people === null && <p class="quiet">Asking the server who is here.</p>}
            {people !== null && others.length === 0 && <NobodyYet me={me} />}
            {others.length > 0 && (
              <ul class="people" data-testid="people">
                {inOrder(others).map((person) => (
                  <PersonRow key={person.name} app={app} person={person} />
                ))}
              </ul>
            )}
          </section>
          <div class="column">
            <ShareLinks app={app} />
            <ConnectionCheckSection app={app} me={me} />
          </div>
        </div>
      </main>
    </>
  );
}

function PersonRow({ app, person }: { app: App; person: Person }) {
  const { name, display_name, uri, online } = person;
  const isChecking = app.pathChecks.current.value?.phase === 'running';
  const invite = (role: 'sharer' | 'viewer') => {
    void app.sessions.invite({ displayName: display_name, uri, guest: false }, role);
  };
  return (
    <li class="person" data-testid={`person-${name}`} data-online={online}>
      <span class={online ? 'dot here' : 'dot'} aria-hidden="true" />
      <span class="person-name">
        <strong>{display_name}</strong>
        <span class="quiet">
          {display_name !== name && `${name} · `}
          {online ? 'here' : 'not signed in'}
        </span>
      </span>
      <span class="row">
        <button
          type="button"
          disabled={!online}
          data-testid={`share-with-${name}`}
          aria-label={`Share with ${display_name}: my screen`}
          onClick={() => invite('sharer')}
        >
          Share with
        </button>
        <button
          type="button"
          disabled={!online}
          data-testid={`ask-to-see-${name}`}
          aria-label={`Ask to see the screen of ${display_name}`}
          onClick={() => invite('viewer')}
        >
          Ask to see
        </button>
        <button
          type="button"
          disabled={!online || isChecking}
          data-testid={`check-path-${name}`}
          aria-label={`Check path to ${display_name}`}
          onClick={() => void app.pathChecks.run({ displayName: display_name, uri, guest: false })}
        >
          Check path
        </button>
      </span>
      <PathCheckResult checks={app.pathChecks} uri={uri} />
    </li>
  );
}

function ShareWith({ app, others }: { app: App; others: Person[] }) {
  const open = useSignal(false);
  const online = others.filter((person) => person.online);
  return (
    <div class="menu">
      <button
        class="primary"
        type="button"
        aria-expanded={open.value}
        data-testid="share-my-screen"
        onClick={() => {
          open.value = !open.value;
        }}
      >
        Share my screen with …
      </button>
      {open.value && (
        <ul class="menu-list">
          {online.map(({ name, display_name, uri }) => (
            <li key={name}>
              <button
                type="button"
                data-testid={`share-menu-${name}`}
                onClick={() => {
                  open.value = false;
                  const other = { displayName: display_name, uri, guest: false };
                  void app.sessions.invite(other, 'sharer');
                }}
              >
                {display_name}
              </button>
            </li>
          ))}
          {online.length === 0 && <li class="quiet">Nobody else is signed in.</li>}
          <li>
            <a href="#links">whoever has a link</a>
          </li>
        </ul>
      )}
    </div>
  );
}

function NobodyYet({ me }: { me: Me }) {
  return (
    <div class="card" data-testid="nobody-yet">
      <p>Here you will see who else uses this server, and who is signed in.</p>
      {me.administrator ? (
        <p>
          Invite the first person on the server: <code>hopsight user add NAME</code> prints a
          sign-in link for them.
        </p>
      ) : (
        <p>Whoever runs this server can add people. A share link works without an account.</p>
      )}
    </div>
  );
}

function GuestHome({ app, me }: { app: App; me: Me }) {
  return (
    <>
      <Header app={app} me={me} />
      <main class="narrow">
        <h1>You are here as a guest</h1>
        <p>Open the share link again to see that screen. A guest sees nobody else.</p>
      </main>
    </>
  );
}

function Connection({ state }: { state: Registration }) {
  if (state.state !== 'lost') return null;
  return (
    <p class="note warn" role="status" data-testid="connection-lost">
      {state.text} You cannot be reached until it is back; this page keeps trying.
    </p>
  );
}

/** Those who are here first, then by name. */
function inOrder(people: Person[]): Person[] {
  return people.toSorted(
    (a, b) => Number(b.online) - Number(a.online) || a.display_name.localeCompare(b.display_name),
  );
}
