import { expect, test } from 'vitest';
import { h264First } from './peer.ts';

test('H.264 in packetization mode 1 comes first and nothing is lost', () => {
  const codecs = [
    { mimeType: 'video/VP8' },
    { mimeType: 'video/rtx' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=0;profile-level-id=42e01f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=42001f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=42e01f' },
    { mimeType: 'video/AV1' },
  ];

  expect(h264First(codecs).map((c) => codecs.indexOf(c))).toEqual([4, 3, 2, 0, 1, 5]);
});
