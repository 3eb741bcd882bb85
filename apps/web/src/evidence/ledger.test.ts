import { expect, test } from 'vitest';
import { readRelayUrl, socketAddress } from './claims.ts';
import { Ledger } from './ledger.ts';
import { readSnapshot, shownPath } from './snapshot.ts';

const URL_UDP = 'turn:10.21.151.10:3478?transport=udp';

test('an unanswered pair is claimed with its counts and the time since its first check', () => {
  const ledger = new Ledger([], 1000);

  ledger.update(readSnapshot([HOST, REMOTE, pair({ requestsSent: 1 })]), 1100);
  ledger.update(readSnapshot([HOST, REMOTE, pair({ requestsSent: 6 })]), 2300);

  expect(ledger.fresh(2400)).toEqual([
    {
      at: 2_400_000,
      fact: 'candidate',
      own: true,
      kind: 'host',
      transport: 'udp',
      address: '10.102.0.139:5000',
    },
    {
      at: 2_400_000,
      fact: 'candidate',
      own: false,
      kind: 'host',
      transport: 'udp',
      address: '10.103.0.50:6000',
    },
    {
      at: 2_300_000,
      fact: 'checks',
      pair: {
        local: '10.102.0.139:5000',
        remote: '10.103.0.50:6000',
        via: { way: 'direct' },
      },
      sent: 6,
      answered: 0,
      received: 0,
      refused: 0,
      waited_ms: 1200,
    },
  ]);
  expect(ledger.firstCheckAt).toBe(1100);
  expect(ledger.hasUnansweredPair).toBe(true);
});

test('what was told and has not changed is not told again', () => {
  const ledger = new Ledger([], 0);
  ledger.update(readSnapshot([HOST, REMOTE, pair({ requestsSent: 1 })]), 100);
  ledger.fresh(100);

  ledger.update(readSnapshot([HOST, REMOTE, pair({ requestsSent: 1, responsesReceived: 1 })]), 200);

  expect(ledger.fresh(300).map(({ fact, at }) => [fact, at])).toEqual([['checks', 200_000]]);
});

test('a hidden host address is left out; the pair is told by what the relay saw of it', () => {
  const ledger = new Ledger([URL_UDP], 0);
  ledger.mapped('10.102.0.139');
  const hidden = { ...HOST, address: '0a1b.local' };

  ledger.update(readSnapshot([hidden, REMOTE, pair({ requestsSent: 1 })]), 100);

  expect(
    ledger.fresh(100).map((claim) => [claim.fact, 'pair' in claim && claim.pair.local]),
  ).toEqual([
    ['candidate', false],
    ['checks', '10.102.0.139:5000'],
  ]);
});

test('an active TCP candidate has no port yet and is no claim', () => {
  const ledger = new Ledger([], 0);

  ledger.update(readSnapshot([{ ...HOST, protocol: 'tcp', port: 9 }]), 100);

  expect(ledger.fresh(100)).toEqual([]);
});

test('a pair whose other address is a name is left out', () => {
  const ledger = new Ledger([], 0);
  const hidden = { ...REMOTE, address: '0a1b.local' };

  ledger.update(readSnapshot([HOST, hidden, pair({ requestsSent: 1 })]), 100);

  expect(ledger.fresh(100).map(({ fact }) => fact)).toEqual(['candidate']);
});

test('a relay without an allocation is silent after two seconds, not before', () => {
  const ledger = new Ledger([URL_UDP], 0);

  expect(ledger.fresh(1999)).toEqual([]);
  expect(ledger.fresh(2300)).toEqual([
    {
      at: 2_300_000,
      fact: 'relay-silent',
      server: '10.21.151.10:3478',
      transport: 'udp',
      text: 'no allocation yet',
      waited_ms: 2300,
    },
  ]);
});

test('a refused allocation tells its code', () => {
  const ledger = new Ledger([URL_UDP], 1000);

  ledger.failed({ url: URL_UDP, code: 401, text: 'Unauthorized' }, 1060);

  expect(ledger.fresh(1100)).toEqual([
    {
      at: 1_060_000,
      fact: 'turn-result',
      server: '10.21.151.10:3478',
      transport: 'udp',
      method: 'allocate',
      code: 401,
      reason: 'Unauthorized',
      rtt_ms: 60,
    },
  ]);
});

test('a relayed path is shown as relay with the way to the relay', () => {
  const relayed = {
    id: 'L',
    type: 'local-candidate',
    candidateType: 'relay',
    protocol: 'udp',
    relayProtocol: 'tls',
    address: '10.21.151.10',
    port: 49160,
    url: URL_UDP,
  };
  const snapshot = readSnapshot([relayed, REMOTE, pair({}), TRANSPORT]);
  const ledger = new Ledger([URL_UDP], 0);
  ledger.update(snapshot, 500);

  expect(shownPath(snapshot)).toEqual({ kind: 'relay', transport: 'tls' });
  expect(ledger.fresh(500).map(({ fact }) => fact)).toEqual([
    'candidate',
    'candidate',
    'relay-allocated',
    'path-chosen',
    'dtls',
  ]);
});

test('a path is relayed too when only the other end uses a relay', () => {
  const remote = { ...REMOTE, candidateType: 'relay' };

  expect(shownPath(readSnapshot([HOST, remote, pair({}), TRANSPORT]))).toEqual({
    kind: 'relay',
    transport: 'udp',
  });
  expect(shownPath(readSnapshot([HOST, REMOTE, pair({}), TRANSPORT]))).toEqual({
    kind: 'direct',
    transport: 'udp',
  });
});

test('what became of pictures is told with what they look like', () => {
  const ledger = new Ledger([], 0);
  const sent = { type: 'outbound-rtp', framesEncoded: 11, packetsSent: 20, framesSent: 11 };
  ledger.update(readSnapshot([sent, { type: 'media-source', frames: 12 }]), 4000);
  ledger.looked(true);
  const pictures = {
    at: 4_000_000,
    fact: 'pictures',
    captured: 12,
    encoded: 11,
    sent_packets: 20,
    received_packets: 0,
    received: 0,
    decoded: 0,
  };

  expect(ledger.fresh(4000)).toEqual([{ ...pictures, uniform: true }]);
  ledger.looked(false);
  ledger.looked(true);
  expect(ledger.fresh(4100)).toEqual([{ ...pictures, uniform: false }]);
});

test('pictures that arrive and are not shown are counted', () => {
  const came = { type: 'inbound-rtp', packetsReceived: 90, framesReceived: 40, framesDecoded: 0 };
  const ledger = new Ledger([], 0);

  ledger.update(readSnapshot([came]), 4000);

  expect(ledger.fresh(4000)).toMatchObject([
    { fact: 'pictures', captured: 0, received_packets: 90, received: 40, decoded: 0 },
  ]);
});

test('the newest state of the capture is told, at its own time', () => {
  const ledger = new Ledger([], 0);
  ledger.capture('running', '', 100);
  ledger.fresh(100);
  ledger.capture('ended', 'the person or the system ended it', 9000);

  expect(ledger.fresh(9100)).toEqual([
    {
      at: 9_000_000,
      fact: 'capture',
      state: 'ended',
      text: 'the person or the system ended it',
    },
  ]);
});

test('a chosen pair that falls silent is told with its addresses', () => {
  const ledger = new Ledger([], 0);
  const look = (packetsReceived: number, consentRequestsSent: number, now: number) => {
    const stats = pair({ packetsReceived, consentRequestsSent });
    const snapshot = readSnapshot([HOST, REMOTE, stats, TRANSPORT]);
    ledger.update(snapshot, now);
    return ledger.hasStopped(snapshot, now);
  };

  expect([look(1, 0, 0), look(2, 0, 100), look(50, 1, 5000), look(50, 3, 10_000)]).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect(ledger.fresh(10_000).find(({ fact }) => fact === 'flow-stopped')).toEqual({
    at: 10_000_000,
    fact: 'flow-stopped',
    pair: { local: '10.102.0.139:5000', remote: '10.103.0.50:6000', via: { way: 'direct' } },
    lived_ms: 4900,
    silent_ms: 5000,
  });
});

test('addresses are written as the evidence reads them', () => {
  expect(socketAddress('10.0.0.1', 5000)).toBe('10.0.0.1:5000');
  expect(socketAddress('fd77::1', 5000)).toBe('[fd77::1]:5000');
  expect(socketAddress('0a1b.local', 5000)).toBeNull();
  expect(socketAddress('', 5000)).toBeNull();
});

test('relay addresses are read with their transport; names are left out', () => {
  expect(readRelayUrl('turns:10.0.0.1:8443?transport=tcp')).toEqual({
    url: 'turns:10.0.0.1:8443?transport=tcp',
    server: '10.0.0.1:8443',
    transport: 'tls',
  });
  expect(readRelayUrl('turn:[fd77::1]:3478?transport=tcp')?.server).toBe('[fd77::1]:3478');
  expect(readRelayUrl('turns:relay.example.org:443?transport=tcp')).toBeNull();
});

const HOST = {
  id: 'L',
  type: 'local-candidate',
  candidateType: 'host',
  protocol: 'udp',
  address: '10.102.0.139',
  port: 5000,
};
const REMOTE = {
  id: 'R',
  type: 'remote-candidate',
  candidateType: 'host',
  protocol: 'udp',
  address: '10.103.0.50',
  port: 6000,
};
const TRANSPORT = {
  id: 'T',
  type: 'transport',
  selectedCandidatePairId: 'P',
  dtlsState: 'connected',
};

function pair(counts: Record<string, number>) {
  return {
    id: 'P',
    type: 'candidate-pair',
    localCandidateId: 'L',
    remoteCandidateId: 'R',
    requestsSent: 0,
    responsesReceived: 0,
    requestsReceived: 0,
    ...counts,
  };
}
