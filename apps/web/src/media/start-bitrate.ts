/**
 * Where the sender's estimate of the path begins. Chromium starts at 300 kbit/s
 * and spends its first two seconds on the first picture of a desktop, dropping
 * what moves meanwhile; this is enough for both, and the estimate corrects it
 * within the first round trips.
 */
const START_KBITS = 2500;

/** The other end's description, with the start told to our own encoder. */
export function withStartBitrate(description: string): string {
  const h264 = new Set(
    [...description.matchAll(/^a=rtpmap:(\d+) H264\//gim)].map(([, payload]) => payload),
  );
  return description.replace(/^a=fmtp:(\d+) [^\r\n]*/gm, (line, payload: string) =>
    h264.has(payload) && !line.includes('x-google-start-bitrate')
      ? `${line};x-google-start-bitrate=${START_KBITS}`
      : line,
  );
}
