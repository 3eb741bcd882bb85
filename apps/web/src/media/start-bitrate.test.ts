import { expect, test } from 'vitest';
import { withStartBitrate } from './start-bitrate.ts';

test('only the parameters of H.264 are added to', () => {
  const description = [
    'm=video 9 UDP/TLS/RTP/SAVPF 102 103 96',
    'a=rtpmap:102 H264/90000',
    'a=fmtp:102 packetization-mode=1;profile-level-id=42e01f',
    'a=rtpmap:103 rtx/90000',
    'a=fmtp:103 apt=102',
    'a=rtpmap:96 VP8/90000',
    '',
  ];
  const expected = [...description];
  expected[2] += ';x-google-start-bitrate=2500';

  expect(withStartBitrate(description.join('\r\n'))).toBe(expected.join('\r\n'));
  expect(withStartBitrate(expected.join('\r\n'))).toBe(expected.join('\r\n'));
});
