/** What is being waited for, with the time once it takes longer than a second. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { duration } from '../verdict/words.ts';

export function Elapsed({ words, since }: { words: string; since: number }) {
  const now = useSignal(since);
  useEffect(() => {
    now.value = Date.now();
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 100);
    return () => clearInterval(timer);
  }, [since, now]);
  const waited = now.value - since;
  return (
    <p class="step" data-testid="step">
      {words} {waited >= 1000 && <span aria-hidden="true">… {duration(waited)}</span>}
    </p>
  );
}
