/**
 * Decides when the chosen pair carries nothing any more: it did, and since then
 * two checks have left and nothing has arrived. Time comes in as milliseconds.
 */
import type { PairStat } from './snapshot.ts';

/** A browser checks a working pair every two and a half seconds. */
const SILENT_MS = 4000;
/** One lost check may be chance. */
const MOST_CHECKS = 2;

export interface Stop {
  lived_ms: number;
  silent_ms: number;
}

export class Flow {
  #first: number | null = null;
  #last = 0;
  #arrived: number;
  /** How many checks had left when something arrived last. */
  #asked: number;
  #told = false;

  constructor({ arrived, asked }: PairStat) {
    this.#arrived = arrived;
    this.#asked = asked;
  }

  /** Told once for each time that the pair falls silent. */
  update({ arrived, asked }: PairStat, now: number): Stop | null {
    if (arrived > this.#arrived) {
      this.#arrived = arrived;
      this.#asked = asked;
      this.#first ??= now;
      this.#last = now;
      this.#told = false;
      return null;
    }
    if (this.#first === null || this.#told) return null;
    const silent_ms = Math.round(now - this.#last);
    const lived_ms = Math.round(this.#last - this.#first);
    const isStopped = silent_ms >= SILENT_MS && asked - this.#asked >= MOST_CHECKS;
    if (!isStopped || lived_ms === 0) return null;
    this.#told = true;
    return { lived_ms, silent_ms };
  }
}
