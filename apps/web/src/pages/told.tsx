/** What the server was asked for: waiting, why not, or the answer. */
import type { ComponentChildren } from 'preact';
import type { Asked } from '../administration/administration.ts';
import { Elapsed } from '../parts/elapsed.tsx';
import { Problem } from '../parts/problem.tsx';

interface ToldProps<T> {
  told: Asked<T>;
  /** What is being waited for. */
  words: string;
  children: (value: T) => ComponentChildren;
}

export function Told<T>({ told, words, children }: ToldProps<T>) {
  switch (told.state) {
    case 'asking':
      return <Elapsed words={words} since={told.since} />;
    case 'refused':
      return <Problem message={told.message} remedy={told.remedy} />;
    case 'missing':
      return (
        <p class="quiet">
          {told.message} {told.remedy}
        </p>
      );
    case 'told':
      return <>{children(told.value)}</>;
  }
}
