/** A time of day, local; date and offset on hover. */
import { localTime } from '../verdict/words.ts';

export function When({ at }: { at: Date }) {
  const full = localTime(at);
  return (
    <time dateTime={at.toISOString()} title={full}>
      {full.slice(11, 16)}
    </time>
  );
}

/** `tomorrow 14:03`, `in 40 min`: when something stops being valid. */
export function untilWords(until: Date, now: Date): string {
  const minutes = Math.round((until.getTime() - now.getTime()) / 60_000);
  if (minutes <= 0) return 'now';
  if (minutes < 90) return `in ${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `in ${hours} h` : `in ${Math.round(hours / 24)} days`;
}
