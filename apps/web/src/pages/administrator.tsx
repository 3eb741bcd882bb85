/** The administrator's page: health, networks, sessions; or one session with all its facts. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Administration } from '../administration/administration.ts';
import type { Me } from '../api/types.ts';
import type { App } from '../app/app.ts';
import { localTime } from '../verdict/words.ts';
import { Header } from './header.tsx';
import { HealthStrip } from './health-strip.tsx';
import { NetworkMatrix } from './network-matrix.tsx';
import { SessionRecordPage } from './session-record.tsx';
import { SessionTable } from './session-table.tsx';
import { Told } from './told.tsx';

interface AdministratorProps {
  app: App;
  me: Me;
  id: string | null;
}

export function AdministratorPage({ app, me, id }: AdministratorProps) {
  const administration = useMemo(() => new Administration(app.api), [app]);
  return (
    <>
      <Header app={app} me={me} />
      {id === null ? (
        <Overview administration={administration} />
      ) : (
        <SessionRecordPage key={id} administration={administration} id={id} />
      )}
    </>
  );
}

function Overview({ administration }: { administration: Administration }) {
  useEffect(() => {
    void administration.ask();
    return () => administration.leave();
  }, [administration]);
  const filter = useSignal('');
  const { sessions, health, networks } = administration;
  const told = sessions.value;
  return (
    <main class="wide administration" data-testid="administration">
      <div class="title-row">
        <h1>Administration</h1>
        <span class="row">
          {told.state === 'told' && (
            <span class="quiet">as of {localTime(told.at).slice(11, 19)}</span>
          )}
          <button type="button" data-testid="ask-server" onClick={() => void administration.ask()}>
            Ask the server again
          </button>
        </span>
      </div>
      <section aria-labelledby="health-title">
        <h2 id="health-title">Server</h2>
        <Told told={health.value} words="asking the server how it is">
          {(value) => <HealthStrip health={value} />}
        </Told>
      </section>
      <section aria-labelledby="sessions-title">
        <h2 id="sessions-title">Sessions</h2>
        <Told told={told} words="asking for the sessions">
          {(records) => <SessionTable records={records} filter={filter} />}
        </Told>
      </section>
      <section aria-labelledby="networks-title">
        <h2 id="networks-title">Networks</h2>
        <Told told={networks.value} words="asking which networks reach each other">
          {(pairs) => <NetworkMatrix pairs={pairs} />}
        </Told>
      </section>
    </main>
  );
}
