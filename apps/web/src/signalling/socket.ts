/**
 * The WebSocket under JsSIP. Each connect fetches a ticket of its own: a
 * ticket works once, and JsSIP would reconnect with the used one for ever.
 */

type OpenWebSocket = (url: string) => WebSocket;

export class TicketSocket {
  readonly url: string;
  readonly sip_uri: string;
  via_transport = 'WSS';

  onconnect: () => void = () => {};
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => {};
  ondata: (data: unknown) => void = () => {};

  readonly #ticket: () => Promise<string>;
  readonly #open: OpenWebSocket;
  #socket: WebSocket | null = null;
  /** Counts the attempts, so that a ticket that arrives late opens nothing. */
  #attempt = 0;
  #fetching = false;

  constructor(
    url: string,
    ticket: () => Promise<string>,
    open: OpenWebSocket = (target) => new WebSocket(target, 'sip'),
  ) {
    this.url = url;
    this.#ticket = ticket;
    this.#open = open;
    this.sip_uri = `sip:${new URL(url).host};transport=ws`;
  }

  connect(): void {
    if (this.isConnected() || this.isConnecting()) return;
    this.#release();
    this.#fetching = true;
    const attempt = ++this.#attempt;
    this.#ticket().then(
      (ticket) => {
        if (attempt === this.#attempt) this.#connectWith(ticket);
      },
      () => {
        if (attempt !== this.#attempt) return;
        this.#fetching = false;
        this.ondisconnect(true, 0, 'no ticket');
      },
    );
  }

  disconnect(): void {
    this.#attempt += 1;
    this.#fetching = false;
    this.#release();
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (!this.isConnected()) return false;
    this.#socket?.send(message as string);
    return true;
  }

  isConnected(): boolean {
    return this.#socket?.readyState === 1;
  }

  isConnecting(): boolean {
    return this.#fetching || this.#socket?.readyState === 0;
  }

  #connectWith(ticket: string): void {
    this.#fetching = false;
    const socket = this.#open(`${this.url}?ticket=${encodeURIComponent(ticket)}`);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.onconnect();
    socket.onmessage = ({ data }) => this.ondata(data);
    socket.onclose = ({ wasClean, code, reason }) => this.ondisconnect(!wasClean, code, reason);
  }

  #release(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
