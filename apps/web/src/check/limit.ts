/** How often others may look at the path to this page: so often a minute, each of them. */
const MINUTE_MS = 60_000;

export class Limit {
  readonly #most: number;
  readonly #times = new Map<string, number[]>();

  constructor(mostPerMinute: number) {
    this.#most = mostPerMinute;
  }

  /** Counts one more, if it is allowed. */
  allows(who: string, now: number): boolean {
    for (const [name, times] of this.#times) {
      const fresh = times.filter((time) => now - time < MINUTE_MS);
      if (fresh.length > 0) this.#times.set(name, fresh);
      else this.#times.delete(name);
    }
    const times = this.#times.get(who) ?? [];
    if (times.length >= this.#most) return false;
    this.#times.set(who, [...times, now]);
    return true;
  }
}
