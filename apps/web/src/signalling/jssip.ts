/**
 * `Signalling` by JsSIP. JsSIP keeps dialogs, transactions and the peer
 * connection; this file decides what they say: our headers, tickets, trickled
 * candidates and facts.
 */
import { UA } from 'jssip';
import type { IncomingMessageEvent, IncomingRTCSessionEvent } from 'jssip/lib/UA';
import type { Api } from '../api/client.ts';
import type { Me } from '../api/types.ts';
import type { Claim } from '../evidence/claims.ts';
import { IncomingSipCall, invite } from './call.ts';
import { readIdentity } from './identity.ts';
import { ShareRegistration } from './share-registration.ts';
import {
  type Call,
  type CallListener,
  FACTS_TYPE,
  type Invitation,
  type Signalling,
  type SignallingListener,
  VERDICT_TYPE,
} from './signalling.ts';
import { TicketSocket } from './socket.ts';

const REGISTER_EXPIRES_S = 300;
/** How long a person is given to answer. */
const ANSWER_WITHIN_S = 120;

export class SipSignalling implements Signalling {
  readonly #ua: UA;
  readonly #domain: string;
  readonly #listener: SignallingListener;
  readonly #shares = new Map<string, ShareRegistration>();
  #stopped = false;

  constructor(me: Me, api: Api, origin: string, listener: SignallingListener) {
    this.#domain = me.domain;
    this.#listener = listener;
    const socket = new TicketSocket(`${origin.replace(/^http/, 'ws')}/sip`, () => api.ticket());
    this.#ua = new UA({
      uri: me.uri,
      display_name: me.display_name,
      sockets: [socket],
      register: true,
      register_expires: REGISTER_EXPIRES_S,
      session_timers: false,
      no_answer_timeout: ANSWER_WITHIN_S,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 15,
      user_agent: 'Hopsight-Web',
    });
    this.#listen();
  }

  start(): void {
    this.#ua.start();
  }

  stop(): void {
    this.#stopped = true;
    this.#ua.stop();
  }

  invite(invitation: Invitation, listener: CallListener): Call {
    return invite(this.#ua, invitation, listener);
  }

  sendFacts(session: string, claims: readonly Claim[]): void {
    if (claims.length === 0 || !this.#ua.isConnected()) return;
    this.#ua.sendMessage(`sip:diagnosis@${this.#domain}`, JSON.stringify({ claims }), {
      contentType: FACTS_TYPE,
      extraHeaders: [`Hopsight-Session: ${session}`],
    });
  }

  offerShare(uri: string): Promise<void> {
    const known = this.#shares.get(uri);
    if (known) return known.registered;
    const share = new ShareRegistration(this.#ua, uri);
    this.#shares.set(uri, share);
    if (this.#ua.isRegistered()) share.register();
    return share.registered;
  }

  withdrawShare(uri: string): void {
    this.#shares.get(uri)?.unregister();
    this.#shares.delete(uri);
  }

  #listen(): void {
    const tell = this.#listener;
    this.#ua.on('connecting', () => tell.registration({ state: 'connecting' }));
    this.#ua.on('registered', () => {
      tell.registration({ state: 'registered' });
      for (const share of this.#shares.values()) share.register();
    });
    this.#ua.on('registrationFailed', ({ response }) => {
      const status = response ? ` (status ${response.status_code})` : '';
      tell.registration({ state: 'lost', text: `The server refused the sign-in${status}.` });
    });
    this.#ua.on('disconnected', () => {
      for (const share of this.#shares.values()) share.flowLost();
      if (this.#stopped) return;
      tell.registration({ state: 'lost', text: 'The connection to the server was lost.' });
    });
    this.#ua.on('newRTCSession', (event: IncomingRTCSessionEvent) => {
      if (event.originator !== 'remote') return;
      const call = IncomingSipCall.read(event.session, event.request);
      if (call) tell.incoming(call);
    });
    this.#ua.on('newMessage', (event: IncomingMessageEvent) => {
      if (event.originator !== 'remote') return;
      const { request } = event;
      const type = (request.getHeader('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
      const session = request.getHeader('Hopsight-Session');
      const from = readIdentity(request.getHeader('P-Asserted-Identity'));
      if (from?.uri !== `sip:diagnosis@${this.#domain}`) return;
      if (type === VERDICT_TYPE && session) tell.verdict(session.trim(), request.body);
    });
  }
}
