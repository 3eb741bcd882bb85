/**
 * Decides when a description is ready to leave and what is trickled after it:
 * at the first relay candidate or after a second, never at the end of
 * gathering, which may take 40 s (measured with UDP dropped).
 */
import { readIceIdentity, readSdpfrag, type TrickledCandidate, writeSdpfrag } from './sdpfrag.ts';

export const READY_AFTER_MS = 1000;

type LocalCandidate = Pick<
  RTCIceCandidate,
  'candidate' | 'sdpMid' | 'sdpMLineIndex' | 'usernameFragment' | 'type'
>;

/** Candidates of this end that came after its description had left. */
export class OutgoingTrickle {
  readonly #send: (body: string) => void;
  #left = false;
  #open = false;
  #waiting: TrickledCandidate[] = [];
  #sdp = '';

  constructor(send: (body: string) => void) {
    this.#send = send;
  }

  /** The description left with every candidate found until now. */
  descriptionLeft(sdp: string): void {
    this.#left = true;
    this.#sdp = sdp;
  }

  found(candidate: LocalCandidate | null): void {
    if (!this.#left) return;
    this.#waiting.push({
      candidate: candidate?.candidate ?? '',
      sdpMid: candidate?.sdpMid ?? null,
      sdpMLineIndex: candidate?.sdpMLineIndex ?? 0,
      usernameFragment: candidate?.usernameFragment ?? null,
    });
    this.#flush();
  }

  /** The dialog has a remote tag: INFO can be sent within it. */
  dialogOpen(): void {
    this.#open = true;
    this.#flush();
  }

  #flush(): void {
    if (!this.#open || this.#waiting.length === 0) return;
    const candidates = this.#waiting;
    this.#waiting = [];
    this.#send(writeSdpfrag(readIceIdentity(this.#sdp), candidates));
  }
}

/** Candidates of the other end, held back until its description is set. */
export class IncomingTrickle {
  readonly #add: (candidate: TrickledCandidate) => void;
  #ready = false;
  #waiting: TrickledCandidate[] = [];

  constructor(add: (candidate: TrickledCandidate) => void) {
    this.#add = add;
  }

  arrived(body: string): void {
    const candidates = readSdpfrag(body);
    if (this.#ready) candidates.forEach(this.#add);
    else this.#waiting.push(...candidates);
  }

  remoteDescriptionSet(): void {
    this.#ready = true;
    this.#waiting.splice(0).forEach(this.#add);
  }
}

/**
 * Decides when a description leaves: told of each candidate found meanwhile,
 * calls its `ready` at the first relay candidate or a second after the first.
 */
export class Patience {
  #timer: ReturnType<typeof setTimeout> | null = null;

  found(type: RTCIceCandidateType | null, ready: () => void): void {
    if (type === 'relay') ready();
    else this.#timer ??= setTimeout(ready, READY_AFTER_MS);
  }
}
