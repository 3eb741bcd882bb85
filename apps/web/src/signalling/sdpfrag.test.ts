import { expect, test } from 'vitest';
import { readIceIdentity, readSdpfrag, writeSdpfrag } from './sdpfrag.ts';

const SDP = [
  'v=0',
  'a=group:BUNDLE 0 1',
  'm=video 9 UDP/TLS/RTP/SAVPF 102',
  'a=ice-ufrag:Zx1q',
  'a=ice-pwd:secretsecretsecretsecret',
  'a=mid:0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=ice-ufrag:Zx1q',
  'a=ice-pwd:secretsecretsecretsecret',
  'a=mid:1',
  '',
].join('\r\n');

const RELAY = 'candidate:3 1 udp 25108223 10.21.151.10 49160 typ relay raddr 10.102.0.9 rport 5000';

test('a written fragment carries the credentials and the media line of its candidates', () => {
  const body = writeSdpfrag(readIceIdentity(SDP), [
    { candidate: RELAY, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'Zx1q' },
    { candidate: '', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'Zx1q' },
  ]);

  expect(body).toBe(
    [
      'a=ice-ufrag:Zx1q',
      'a=ice-pwd:secretsecretsecretsecret',
      'm=video 9 UDP/TLS/RTP/SAVPF 102',
      'a=mid:0',
      `a=${RELAY}`,
      'a=end-of-candidates',
      '',
    ].join('\r\n'),
  );
});

test('what is written is read back', () => {
  const candidate = {
    candidate: RELAY,
    sdpMid: '0',
    sdpMLineIndex: null,
    usernameFragment: 'Zx1q',
  };

  expect(readSdpfrag(writeSdpfrag(readIceIdentity(SDP), [candidate]))).toEqual([candidate]);
});

test('a fragment without a media line belongs to the first one', () => {
  expect(readSdpfrag(`a=${RELAY}\na=unknown:1\nnonsense\n`)).toEqual([
    { candidate: RELAY, sdpMid: null, sdpMLineIndex: 0, usernameFragment: null },
  ]);
});
