/**
 * Prepares a peer connection for one side of a session: what is offered, which
 * codec first, the two data channels. The offerer creates the channels.
 */
import type { Role } from '../api/types.ts';

const MAX_BITRATE = 8_000_000;
const MAX_FRAMERATE = 30;

export interface MediaListener {
  picture(stream: MediaStream): void;
  cursor(message: unknown): void;
  /** The other end closed its side of the path, maybe without a BYE. */
  gone(): void;
}

export interface Picture {
  track: MediaStreamTrack;
  stream: MediaStream;
}

/** For the end that invites. A sharer brings its picture. */
export function prepareOffer(
  connection: RTCPeerConnection,
  picture: Picture | null,
  listener: MediaListener,
): void {
  const transceiver = picture
    ? connection.addTransceiver(picture.track, {
        direction: 'sendonly',
        streams: [picture.stream],
        sendEncodings: [{ maxBitrate: MAX_BITRATE, maxFramerate: MAX_FRAMERATE }],
      })
    : connection.addTransceiver('video', { direction: 'recvonly' });
  preferH264(transceiver, picture ? 'sharer' : 'viewer');
  const control = connection.createDataChannel('control');
  const cursor = connection.createDataChannel('cursor', { ordered: false, maxRetransmits: 0 });
  receive(connection, listener);
  hear(control, listener);
  hear(cursor, listener);
}

/** For the end that was invited, before the offer is set. */
export function prepareAnswer(
  connection: RTCPeerConnection,
  picture: Picture | null,
  listener: MediaListener,
): void {
  if (picture) {
    const sender = connection.addTrack(picture.track, picture.stream);
    const transceiver = connection.getTransceivers().find((t) => t.sender === sender);
    if (transceiver) preferH264(transceiver, 'sharer');
  }
  receive(connection, listener);
  connection.addEventListener('datachannel', ({ channel }) => hear(channel, listener));
}

/** H.264 in packetization mode 1 first: what the native endpoint speaks. */
export function h264First<C extends { mimeType: string; sdpFmtpLine?: string }>(codecs: C[]): C[] {
  const rank = ({ mimeType, sdpFmtpLine = '' }: C) => {
    if (mimeType.toLowerCase() !== 'video/h264') return 3;
    if (!sdpFmtpLine.includes('packetization-mode=1')) return 2;
    return sdpFmtpLine.includes('profile-level-id=42e01f') ? 0 : 1;
  };
  return codecs.toSorted((a, b) => rank(a) - rank(b));
}

function preferH264(transceiver: RTCRtpTransceiver, role: Role): void {
  const codecs =
    role === 'sharer'
      ? RTCRtpSender.getCapabilities('video')
      : RTCRtpReceiver.getCapabilities('video');
  if (codecs) transceiver.setCodecPreferences(h264First(codecs.codecs));
}

function receive(connection: RTCPeerConnection, listener: MediaListener): void {
  connection.addEventListener('track', ({ track, streams, receiver }) => {
    // A desktop is worked with, not watched: no frame waits for a smoother one.
    receiver.jitterBufferTarget = 0;
    if ('playoutDelayHint' in receiver) receiver.playoutDelayHint = 0;
    listener.picture(streams[0] ?? new MediaStream([track]));
  });
}

function hear(channel: RTCDataChannel, listener: MediaListener): void {
  if (channel.label === 'control') channel.addEventListener('close', () => listener.gone());
  if (channel.label !== 'cursor') return;
  channel.binaryType = 'arraybuffer';
  channel.addEventListener('message', ({ data }) => {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer);
    try {
      listener.cursor(JSON.parse(text));
    } catch {
      // Not JSON: no pointer to draw.
    }
  });
}
