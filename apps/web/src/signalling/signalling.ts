/**
 * What the rest of the page knows of signalling. One implementation stands
 * behind it (`jssip.ts`); a client of our own could take its place.
 */
import type { Role } from '../api/types.ts';
import type { Claim } from '../evidence/claims.ts';
import type { Identity } from './identity.ts';
import type { CallEnd } from './reason.ts';

export type Registration =
  | { state: 'connecting' }
  | { state: 'registered' }
  /** `text` says why, for a person. */
  | { state: 'lost'; text: string };

/** Prepares a peer connection before its offer or answer is made. */
export type Prepare = (connection: RTCPeerConnection) => void;

export interface Invitation {
  target: string;
  session: string;
  /** The role of this end. */
  role: Role;
  /** A check looks at the path and brings no picture. */
  purpose?: 'check';
  servers: RTCIceServer[];
  prepare: Prepare;
}

export interface CallListener {
  /** The other end was reached and asks its person. */
  ringing(): void;
  /** The other end said yes; `other` is who the server says it is. */
  answered(other: Identity | null): void;
  ended(end: CallEnd): void;
}

export interface Call {
  /** Ends it at once: taken back, refused or hung up, whichever the state asks for. */
  end(cause: number, text: string): void;
}

export interface IncomingCall extends Call {
  readonly sessionId: string;
  /** The role of the one who invites. */
  readonly role: Role;
  readonly purpose: 'share' | 'check';
  readonly from: Identity;
  /** The address that was invited: one's own, or a share's. */
  readonly invited: string;
  accept(servers: RTCIceServer[], prepare: Prepare, listener: CallListener): void;
  /** Consent was refused. */
  refuse(): void;
  /** Told when the invitation goes away before it was answered. */
  onGone: (end: CallEnd) => void;
}

export interface SignallingListener {
  registration(state: Registration): void;
  incoming(call: IncomingCall): void;
  verdict(session: string, body: string): void;
}

export interface Signalling {
  start(): void;
  stop(): void;
  invite(invitation: Invitation, listener: CallListener): Call;
  sendFacts(session: string, claims: readonly Claim[]): void;
  /** Makes invitations to a share's own address come to this page; fulfilled when they do. */
  offerShare(uri: string): Promise<void>;
  withdrawShare(uri: string): void;
}

export const FACTS_TYPE = 'application/hopsight-facts+json';
export const VERDICT_TYPE = 'application/hopsight-verdict+json';
