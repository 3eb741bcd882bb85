/** One SIP call: JsSIP's session with our headers, our trickle and our endings. */
import type { UA } from 'jssip';
import type {
  EndEvent,
  IncomingEvent,
  IncomingInfoEvent,
  OutgoingEvent,
  OutgoingInfoEvent,
  RTCSession,
} from 'jssip/lib/RTCSession';
import type { IncomingRequest } from 'jssip/lib/SIPMessage';
import type { Role } from '../api/types.ts';
import { withStartBitrate } from '../media/start-bitrate.ts';
import { type Identity, readIdentity } from './identity.ts';
import { type CallEnd, readReason, writeReason } from './reason.ts';
import { SDPFRAG_TYPE } from './sdpfrag.ts';
import type { Call, CallListener, IncomingCall, Invitation, Prepare } from './signalling.ts';
import { IncomingTrickle, OutgoingTrickle, Patience, READY_AFTER_MS } from './trickle.ts';

const NO_CAPTURE_BY_JSSIP = { audio: false, video: false };

export function invite(ua: UA, invitation: Invitation, listener: CallListener): Call {
  const session = ua.call(invitation.target, {
    mediaConstraints: NO_CAPTURE_BY_JSSIP,
    pcConfig: configuration(invitation.servers),
    extraHeaders: [
      `Hopsight-Session: ${invitation.session}`,
      `Hopsight-Role: ${invitation.role}`,
      'Recv-Info: trickle-ice',
      ...(invitation.purpose ? [`Hopsight-Purpose: ${invitation.purpose}`] : []),
    ],
    eventHandlers: {
      peerconnection: ({ peerconnection }) => invitation.prepare(peerconnection),
    },
  });
  const call = new SipCall(session);
  call.follow(session.connection, listener);
  return call;
}

class SipCall implements Call {
  protected readonly sip: RTCSession;
  protected listener: CallListener | null = null;
  readonly #arriving: IncomingTrickle;
  #endedHere: string | null = null;

  constructor(sip: RTCSession) {
    this.sip = sip;
    this.#arriving = new IncomingTrickle((candidate) => {
      // A candidate that does not parse, or belongs to an old generation, ends nothing.
      this.sip.connection.addIceCandidate(candidate).catch(() => {});
    });
    sip.on('sdp', (event) => {
      if (isRemote(event.originator)) event.sdp = withStartBitrate(event.sdp);
    });
    sip.on('newInfo', ({ originator, info }: IncomingInfoEvent | OutgoingInfoEvent) => {
      if (!isRemote(originator)) return;
      if (info.contentType?.startsWith(SDPFRAG_TYPE)) this.#arriving.arrived(info.body ?? '');
    });
    sip.on('ended', (event) => this.ended(this.#readEnd(event)));
    sip.on('failed', (event) => this.ended(this.#readEnd(event)));
  }

  /** Follows the call from the moment its peer connection exists. */
  follow(connection: RTCPeerConnection, listener: CallListener): void {
    this.listener = listener;
    this.#trickle(connection);
    this.sip.on('progress', () => listener.ringing());
    this.sip.on('accepted', (event: IncomingEvent | OutgoingEvent) => {
      const response = 'response' in event ? event.response : null;
      listener.answered(readIdentity(response?.getHeader('P-Asserted-Identity')));
    });
  }

  end(cause: number, text: string): void {
    if (this.sip.isEnded()) return;
    this.#endedHere = text;
    const answered = this.sip.isEstablished() && this.sip.status !== this.sip.C.STATUS_ANSWERED;
    if (answered) this.sip.terminate({ extraHeaders: [writeReason(cause, text)] });
    else this.sip.terminate({ status_code: cause < 300 ? 487 : cause, reason_phrase: text });
  }

  protected ended(end: CallEnd): void {
    this.listener?.ended(end);
  }

  #trickle(connection: RTCPeerConnection): void {
    const leaving = new OutgoingTrickle((body) => this.#sendInfo(body));
    const patience = new Patience();
    connection.addEventListener('icecandidate', (event) => {
      if (event.isTrusted) leaving.found(event.candidate);
    });
    this.sip.on('icecandidate', ({ candidate, ready }) => patience.found(candidate.type, ready));
    this.sip.on('sdp', ({ originator, sdp }) => {
      if (!isRemote(originator)) leaving.descriptionLeft(sdp);
    });
    this.sip.on('confirmed', () => leaving.dialogOpen());
    connection.addEventListener('signalingstatechange', () => {
      if (connection.remoteDescription) this.#arriving.remoteDescriptionSet();
    });
    doNotWaitForEver(connection);
  }

  #sendInfo(body: string): void {
    if (this.sip.isEnded()) return;
    this.sip.sendInfo(SDPFRAG_TYPE, body, {
      extraHeaders: ['Info-Package: trickle-ice', 'Content-Disposition: Info-Package'],
    });
  }

  #readEnd(event: EndEvent): CallEnd {
    if (this.#endedHere !== null) return { by: 'here', status: null, text: this.#endedHere };
    const message = event.message as Partial<IncomingRequest & { status_code: number }> | null;
    const status = message?.status_code ?? null;
    if (!isRemote(event.originator)) {
      return { by: 'network', status: status ?? timeoutStatus(event.cause), text: '' };
    }
    const text = readReason(message?.getHeader?.('Reason'))?.text ?? '';
    return { by: 'there', status, text };
  }
}

export class IncomingSipCall extends SipCall implements IncomingCall {
  readonly sessionId: string;
  readonly role: Role;
  readonly purpose: 'share' | 'check';
  readonly from: Identity;
  readonly invited: string;
  onGone: (end: CallEnd) => void = () => {};

  /** Refuses an invitation that does not say what it is about. */
  static read(sip: RTCSession, request: IncomingRequest): IncomingSipCall | null {
    const id = request.getHeader('Hopsight-Session')?.trim();
    const role = request.getHeader('Hopsight-Role')?.trim();
    const from = readIdentity(request.getHeader('P-Asserted-Identity'));
    if (!id || !from || (role !== 'sharer' && role !== 'viewer')) {
      sip.terminate({ status_code: 400, reason_phrase: 'Hopsight headers missing' });
      return null;
    }
    const isCheck = request.getHeader('Hopsight-Purpose')?.trim() === 'check';
    const about = { id, role, purpose: isCheck ? 'check' : 'share' } as const;
    return new IncomingSipCall(sip, about, from, request.to.uri.toString());
  }

  private constructor(
    sip: RTCSession,
    about: { id: string; role: Role; purpose: 'share' | 'check' },
    from: Identity,
    invited: string,
  ) {
    super(sip);
    this.sessionId = about.id;
    this.role = about.role;
    this.purpose = about.purpose;
    this.from = from;
    this.invited = invited;
  }

  accept(servers: RTCIceServer[], prepare: Prepare, listener: CallListener): void {
    this.sip.on('peerconnection', ({ peerconnection }) => {
      prepare(peerconnection);
      this.follow(peerconnection, listener);
    });
    this.sip.answer({
      mediaConstraints: NO_CAPTURE_BY_JSSIP,
      pcConfig: configuration(servers),
      extraHeaders: ['Recv-Info: trickle-ice'],
    });
  }

  refuse(): void {
    this.end(603, 'Decline');
  }

  protected override ended(end: CallEnd): void {
    if (this.listener) this.listener.ended(end);
    else this.onGone(end);
  }
}

function configuration(servers: RTCIceServer[]): RTCConfiguration {
  return { iceServers: servers, bundlePolicy: 'max-bundle' };
}

/** Lets the description leave even when not one candidate was found in time. */
function doNotWaitForEver(connection: RTCPeerConnection): void {
  connection.addEventListener(
    'icegatheringstatechange',
    () => {
      setTimeout(() => {
        if (connection.iceGatheringState !== 'gathering') return;
        // JsSIP takes an event without a candidate for the end of gathering.
        connection.dispatchEvent(new RTCPeerConnectionIceEvent('icecandidate'));
      }, READY_AFTER_MS);
    },
    { once: true },
  );
}

function isRemote(originator: unknown): boolean {
  return originator === 'remote';
}

function timeoutStatus(cause: string): number | null {
  return ['No Answer', 'Request Timeout', 'Expires'].includes(cause) ? 408 : null;
}
