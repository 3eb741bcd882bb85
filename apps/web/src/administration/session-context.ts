/** What stands around a verdict that is read from a record: whose PCs, the ticket. */
import type { Role } from '../api/types.ts';
import { computerOf } from '../parts/called.ts';
import type { Ends } from '../verdict/drawing.ts';
import { ticket } from '../verdict/ticket.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { localTime } from '../verdict/words.ts';
import type { SessionRecord } from './record.ts';
import { nameOf } from './session-words.ts';

/** Left is the person who looks; whoever takes no part sees the sharer there. */
export function endsOfRecord(record: SessionRecord, myUri: string | null): Ends {
  const mine = record.parties.find(({ uri }) => uri === myUri)?.side ?? null;
  const name = (side: Role) => {
    if (side === mine) return 'your PC';
    return computerOf({ displayName: nameOf(record, side), guest: false });
  };
  return { left: mine ?? 'sharer', names: { sharer: name('sharer'), viewer: name('viewer') } };
}

export function ticketOfRecord(record: SessionRecord, verdict: Verdict): string {
  const parties = record.parties.map(({ side, uri }) => {
    return `${nameOf(record, side)} (${uri.replace(/^sips?:/, '')})`;
  });
  return ticket(verdict, {
    session: record.id,
    whom: `between ${parties.join(' and ')}`,
    since: record.created ? localTime(record.created) : 'a time that is not known',
    path: record.ended ? 'over' : record.path,
  });
}
