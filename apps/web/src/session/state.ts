/** What the page knows of the one session it shows. */
import type { Role } from '../api/types.ts';
import type { ShownPath } from '../evidence/snapshot.ts';
import type { Verdict } from '../verdict/verdict.ts';

export interface Party {
  displayName: string;
  uri: string;
  guest: boolean;
}

/** What goes on, in order. `live`: a frame has left (sharer) or arrived (viewer). */
export type Phase = 'preparing' | 'ringing' | 'connecting' | 'live' | 'ended';

export interface SessionState {
  /** Empty until the server has named the session. */
  id: string;
  /** The role of this end. */
  role: Role;
  other: Party;
  phase: Phase;
  /** What is being waited for, in words, and since when. */
  step: { words: string; since: number };
  startedAt: Date;
  liveAt: Date | null;
  path: ShownPath | null;
  verdict: Verdict | null;
  stream: MediaStream | null;
  end: Ending | null;
}

export interface Ending {
  sentence: string;
  remedy: string;
  at: Date;
  /** Whether asking once more is an answer to it. */
  mayAskAgain: boolean;
}

/** An invitation that waits for this person's yes or no. */
export interface PendingInvitation {
  from: Party;
  /** The role of the one who invites. */
  role: Role;
  /** Invited by a share link, not by this person's own address. */
  byLink: boolean;
  /** Set while the yes is being carried out. */
  working: boolean;
  problem: { message: string; remedy: string } | null;
}
