/** The table of sessions: filtered as one types, a row opens its session. */
import type { Signal } from '@preact/signals';
import type { SessionRecord, Summary } from '../administration/record.ts';
import { how, isCheck, matches, who } from '../administration/session-words.ts';
import { follows } from '../parts/inner-link.ts';
import { Confidence } from '../verdict/panel.tsx';
import { duration, localTime } from '../verdict/words.ts';

interface SessionTableProps {
  records: SessionRecord[];
  filter: Signal<string>;
}

export function SessionTable({ records, filter }: SessionTableProps) {
  if (records.length === 0) {
    return (
      <p class="quiet" data-testid="sessions">
        Here you will see every session, with how it went and why it was not direct. It begins with
        the first one that somebody starts.
      </p>
    );
  }
  const shown = records.filter((record) => matches(record, filter.value.trim()));
  return (
    <>
      <div class="row">
        <input
          type="search"
          class="filter"
          value={filter.value}
          placeholder="a name, a code, relay, proven …"
          aria-label="Show sessions that have these words"
          data-testid="session-filter"
          onInput={({ currentTarget }) => {
            filter.value = currentTarget.value;
          }}
        />
        <span class="quiet" role="status" data-testid="session-count">
          {shown.length === records.length
            ? counted(records.length)
            : `${shown.length} of ${counted(records.length)}`}
        </span>
      </div>
      <table class="sessions" data-testid="sessions">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who → to whom</th>
            <th scope="col">How</th>
            <th scope="col">Code</th>
            <th scope="col">Confidence</th>
            <th scope="col" class="figure">
              Picture after
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((record) => (
            <Row key={record.id} record={record} />
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p class="quiet">No session has these words.</p>}
    </>
  );
}

function Row({ record }: { record: SessionRecord }) {
  const { id, created, summary } = record;
  const { code, confidence } = summary;
  return (
    <tr data-testid={`session-${id}`}>
      <td data-label="When" title={created ? localTime(created) : ''}>
        <a {...follows(`/admin/${id}`)}>{created ? localTime(created).slice(0, 19) : id}</a>
      </td>
      <td data-label="Who">{who(record)}</td>
      <td data-label="How">{how(record)}</td>
      <td data-label="Code" class="mono">
        {code}
      </td>
      <td data-label="Confidence">{confidence && <Confidence confidence={confidence} />}</td>
      <td data-label="Picture after" class="figure">
        {isCheck(record) ? '' : pictureWords(summary)}
      </td>
    </tr>
  );
}

function counted(sessions: number): string {
  return sessions === 1 ? '1 session' : `${sessions} sessions`;
}

function pictureWords({ firstPictureMs }: Summary): string {
  return firstPictureMs === null ? 'none' : duration(firstPictureMs);
}
