/** One session for an administrator: the verdict with everything under it, and every fact. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Administration, Asked, KnownSession } from '../administration/administration.ts';
import type { Fact } from '../administration/record.ts';
import { endsOfRecord, ticketOfRecord } from '../administration/session-context.ts';
import { factsText, factTime, factWords, how, who } from '../administration/session-words.ts';
import { Copy } from '../parts/copy.tsx';
import { follows } from '../parts/inner-link.ts';
import { VerdictBody } from '../verdict/panel.tsx';
import { duration, localTime } from '../verdict/words.ts';
import { Told } from './told.tsx';

interface SessionRecordProps {
  administration: Administration;
  id: string;
}

export function SessionRecordPage({ administration, id }: SessionRecordProps) {
  const told = useSignal<Asked<KnownSession>>({ state: 'asking', since: Date.now() });
  useEffect(() => {
    void administration.askSession(id, told);
  }, [administration, id, told]);
  return (
    <main class="wide administration" data-testid="session-record">
      <p>
        <a {...follows('/admin')}>All sessions</a>
      </p>
      <Told told={told.value} words="asking for the session">
        {(known) => <Known {...known} />}
      </Told>
    </main>
  );
}

function Known({ record, details }: KnownSession) {
  const { id, created, ended, path } = record;
  const { verdicts, facts, firstPictureMs } = details;
  return (
    <>
      <h1>{who(record)}</h1>
      <p>
        {how(record)}
        {firstPictureMs !== null && ` · first picture after ${duration(firstPictureMs)}`}
        {created && <span class="quiet"> · {localTime(created)}</span>}
        {ended && <span class="quiet"> to {localTime(ended).slice(11, 19)}</span>}
        <span class="quiet mono wrap"> · {id}</span>
      </p>
      {verdicts.length === 0 && (
        <p class="note">
          {path?.kind === 'direct'
            ? 'It ran directly; nothing was wrong with its path.'
            : 'Nothing was found out about its path.'}
        </p>
      )}
      <div class="verdicts">
        {verdicts.map((verdict) => (
          <section key={verdict.code} class="panel" data-testid={`verdict-${verdict.code}`}>
            <VerdictBody
              verdict={verdict}
              reader="administrator"
              context={{
                ends: endsOfRecord(record, null),
                path,
                ticket: ticketOfRecord(record, verdict),
              }}
            />
          </section>
        ))}
      </div>
      <Facts facts={facts} />
    </>
  );
}

function Facts({ facts }: { facts: Fact[] }) {
  if (facts.length === 0) {
    return (
      <p class="quiet">No facts are kept of this session. They are deleted after some days.</p>
    );
  }
  return (
    <details class="facts" data-testid="facts-all">
      <summary>
        <h2>
          Every fact that was told <span class="quiet">{facts.length}</span>
        </h2>
      </summary>
      <Copy text={factsText(facts)} label="Copy the facts" testid="facts-copy" />
      <ol class="mono" data-testid="facts">
        {facts.map((fact, index) => (
          <li key={`${index} ${fact.name}`}>
            <span class="quiet" title={fact.at ? localTime(fact.at) : ''}>
              {factTime(fact)}
            </span>
            <span>{fact.observer}</span>
            <span class="wrap">{factWords(fact)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
