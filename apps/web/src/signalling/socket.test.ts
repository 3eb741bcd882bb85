import { expect, test } from 'vitest';
import { TicketSocket } from './socket.ts';

test('each connect presents a ticket that no connect before it has used', async () => {
  const opened: FakeWebSocket[] = [];
  let drawn = 0;
  const socket = socketWith(opened, async () => `T&${++drawn}`);

  socket.connect();
  await settled();
  opened[0]?.onclose?.({ wasClean: false, code: 1006, reason: '' });
  opened[0]?.close();
  socket.connect();
  await settled();

  expect(opened.map((s) => s.url)).toEqual([
    'wss://h.example:8443/sip?ticket=T%261',
    'wss://h.example:8443/sip?ticket=T%262',
  ]);
  expect(socket.sip_uri).toBe('sip:h.example:8443;transport=ws');
});

test('a second connect while the ticket is on its way asks for no other', async () => {
  let drawn = 0;
  const socket = socketWith([], async () => `T${++drawn}`);

  socket.connect();
  socket.connect();
  await settled();

  expect(drawn).toBe(1);
});

test('a refused ticket is reported as a lost connection', async () => {
  const lost: unknown[] = [];
  const socket = socketWith([], () => Promise.reject(new Error('401')));
  socket.ondisconnect = (...what) => lost.push(what);

  socket.connect();
  await settled();

  expect(lost).toEqual([[true, 0, 'no ticket']]);
  expect(socket.isConnecting()).toBe(false);
});

test('a ticket that arrives after the disconnect opens nothing', async () => {
  const opened: FakeWebSocket[] = [];
  const socket = socketWith(opened, async () => 'T');

  socket.connect();
  socket.disconnect();
  await settled();

  expect(opened).toEqual([]);
});

function socketWith(opened: FakeWebSocket[], ticket: () => Promise<string>): TicketSocket {
  return new TicketSocket('wss://h.example:8443/sip', ticket, (url) => {
    const fake = new FakeWebSocket(url);
    opened.push(fake);
    return fake as unknown as WebSocket;
  });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

class FakeWebSocket {
  readonly url: string;
  readyState = 0;
  onclose: ((event: { wasClean: boolean; code: number; reason: string }) => void) | null = null;
  constructor(url: string) {
    this.url = url;
  }
  close(): void {
    this.readyState = 3;
  }
}
