/**
 * Watches one peer connection and decides when its claims are sent: at the
 * first chosen path, 0.5, 2.3 and 3.4 s after a check that stays unanswered,
 * 4 and 15 s after the path was found, when it falls silent, and at the end. The
 * engine speaks at 2.5 s and upgrades until 3.5 s.
 */
import type { CaptureState, Claim } from './claims.ts';
import { Ledger } from './ledger.ts';
import { readSnapshot, type ShownPath, type Snapshot, shownPath } from './snapshot.ts';

const REPORT_AFTER_MS = [500, 2300, 3400];
const EAGER_MS = 100;
const CALM_MS = 1000;
/** When what became of pictures is told, after the path was found. */
const PICTURES_AFTER_MS = [4000, 15_000];
/** After this long the counters are asked for once a second only. */
const EAGER_FOR_MS = 5000;

export interface CollectorListener {
  claims(claims: Claim[]): void;
  path(path: ShownPath): void;
  /** The first frame left this end. */
  firstFrameSent(): void;
}

export class Collector {
  readonly #connection: RTCPeerConnection;
  readonly #ledger: Ledger;
  readonly #listener: CollectorListener;
  readonly #now: () => number;
  readonly #started: number;
  #reports = 0;
  #pictureReports = 0;
  #pathSince: number | null = null;
  #path = '';
  #sending = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stopped = false;

  constructor(
    connection: RTCPeerConnection,
    urls: readonly string[],
    listener: CollectorListener,
    now: () => number = () => performance.timeOrigin + performance.now(),
  ) {
    this.#connection = connection;
    this.#listener = listener;
    this.#now = now;
    this.#started = now();
    this.#ledger = new Ledger(urls, this.#started);
    connection.addEventListener('icecandidateerror', (event) => {
      this.#ledger.failed({ url: event.url, code: event.errorCode, text: event.errorText }, now());
    });
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.type === 'relay' && candidate.relatedAddress) {
        this.#ledger.mapped(candidate.relatedAddress);
      }
    });
    this.#schedule();
  }

  firstFrame(afterMs: number): void {
    this.#ledger.firstFrame(afterMs, this.#now());
    this.#report();
  }

  /** How the capture of this screen goes. */
  capture(state: CaptureState, text: string): void {
    this.#ledger.capture(state, text, this.#now());
  }

  /** What is captured was looked at. */
  looked(isOneColour: boolean): void {
    this.#ledger.looked(isOneColour);
  }

  /** Sends what is still untold. The connection may be closed already. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#report();
  }

  #schedule(): void {
    const eager = this.#now() - this.#started < EAGER_FOR_MS;
    this.#timer = setTimeout(() => void this.#look(), eager ? EAGER_MS : CALM_MS);
  }

  async #look(): Promise<void> {
    try {
      const report = await this.#connection.getStats();
      if (!this.#stopped) this.#take(readSnapshot(report.values()));
    } catch {
      // A closed connection has nothing new to say.
    }
    if (!this.#stopped) this.#schedule();
  }

  #take(snapshot: Snapshot): void {
    this.#ledger.update(snapshot, this.#now());
    if (snapshot.framesSent > 0 && !this.#sending) {
      this.#sending = true;
      this.capture('running', '');
      this.#listener.firstFrameSent();
    }
    const path = shownPath(snapshot);
    if (path && `${path.kind} ${path.transport}` !== this.#path) {
      this.#path = `${path.kind} ${path.transport}`;
      this.#pathSince ??= this.#now();
      this.#listener.path(path);
      this.#report();
    }
    if (this.#ledger.hasStopped(snapshot, this.#now()) || this.#arePicturesDue()) this.#report();
    this.#reportWhenDue();
  }

  #arePicturesDue(): boolean {
    const due = PICTURES_AFTER_MS[this.#pictureReports];
    if (this.#pathSince === null || due === undefined) return false;
    if (this.#now() - this.#pathSince < due) return false;
    this.#pictureReports += 1;
    return true;
  }

  #reportWhenDue(): void {
    const first = this.#ledger.firstCheckAt;
    const due = REPORT_AFTER_MS[this.#reports];
    if (first === null || due === undefined || this.#now() - first < due) return;
    this.#reports += 1;
    if (this.#ledger.hasUnansweredPair) this.#report();
  }

  #report(): void {
    const claims = this.#ledger.fresh(this.#now());
    if (claims.length > 0) this.#listener.claims(claims);
  }
}
