/** The stage and the people of one card's journeys, set up once for all of them. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Person, Stage } from './stage.ts';

export interface Cast {
  stage: Stage;
  /** At desk-a. */
  alice: Person;
  /** At desk-b. */
  bob: Person;
}

/** To be called once in a file; what it gives is there as soon as a journey runs. */
export function cast(): Cast {
  const all = {} as Cast;
  beforeAll(async () => {
    all.stage = await Stage.open();
    all.alice = await all.stage.person('alice', 'desk-a');
    all.bob = await all.stage.person('bob', 'desk-b');
  });
  afterEach(({ task }) => all.stage.endJourney(task.result?.state === 'fail'));
  afterAll(() => all.stage?.close());
  return all;
}

/** A measured figure, printed beside the journey's result. */
export function measured(what: string, figure: number | string): void {
  process.stdout.write(`   ${what}: ${figure}\n`);
}
