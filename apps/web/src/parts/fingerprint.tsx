/** The fingerprint that a link carried, beside the one the server states. */
import type { About } from '../api/types.ts';

export function Fingerprint({ linked, about }: { linked: string | null; about: About | null }) {
  if (!linked) return null;
  const same = about === null ? null : about.ca.toLowerCase() === linked;
  return (
    <details class="quiet" open={same === false} data-testid="fingerprint">
      <summary>Certificate of this server</summary>
      <p>The link names this fingerprint:</p>
      <p class="mono wrap">{linked}</p>
      {same === true && <p>The server states the same one.</p>}
      {same === false && (
        <p class="warn">
          The server states another one: <span class="mono wrap">{about?.ca}</span>. Ask whoever
          gave you the link before you go on.
        </p>
      )}
    </details>
  );
}
