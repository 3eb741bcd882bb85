/** Which networks reach each other: rows show, columns see. */
import { matrixOf, type NetworkPair, type PairState } from '../administration/server-words.ts';
import { follows } from '../parts/inner-link.ts';
import { localTime } from '../verdict/words.ts';

export function NetworkMatrix({ pairs }: { pairs: NetworkPair[] }) {
  if (pairs.length === 0) {
    return (
      <p class="quiet" data-testid="networks">
        Here you will see which networks reach each other directly. Each session adds the pair of
        its two networks.
      </p>
    );
  }
  const { sharers, viewers, at } = matrixOf(pairs);
  return (
    <div class="scroll" data-testid="networks">
      <table class="matrix">
        <caption class="quiet">Rows show a screen, columns see it.</caption>
        <thead>
          <tr>
            <td />
            {viewers.map((viewer) => (
              <th key={viewer} scope="col" class="mono">
                {viewer}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sharers.map((sharer) => (
            <tr key={sharer}>
              <th scope="row" class="mono">
                {sharer}
              </th>
              {viewers.map((viewer) => (
                <Cell key={viewer} pair={at(sharer, viewer)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const MARKS: Record<PairState, string> = { direct: '✓', relayed: '↷', fails: '✕', unknown: '?' };

function Cell({ pair }: { pair: NetworkPair | null }) {
  if (!pair) return <td class="quiet">not tried</td>;
  const { state, since, code, confidence, session } = pair;
  const words = state === 'unknown' ? 'not known' : state;
  return (
    <td class={`pair ${state}`} title={since ? `since ${localTime(since)}` : ''}>
      <span aria-hidden="true">{MARKS[state]}</span>{' '}
      {session === '' ? words : <a {...follows(`/admin/${session}`)}>{words}</a>}
      {code !== '' && (
        <span class="pair-code">
          <span class="mono">{code}</span> {confidence}
        </span>
      )}
      {since && <span class="pair-code quiet">since {localTime(since).slice(0, 16)}</span>}
    </td>
  );
}
