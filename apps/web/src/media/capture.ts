/** Asks the browser for a picture of this desktop. Called only after a yes. */
import type { CaptureState } from '../evidence/claims.ts';
import type { Picture } from './peer.ts';

export class CaptureRefused extends Error {
  /** What to do about it. */
  readonly remedy: string;
  /** What the other end may know of it; nothing when this page cannot share at all. */
  readonly told: { state: CaptureState; text: string } | null;

  constructor(message: string, remedy: string, told: CaptureRefused['told'] = null) {
    super(message);
    this.name = 'CaptureRefused';
    this.remedy = remedy;
    this.told = told;
  }
}

export async function capture(): Promise<Picture> {
  if (!navigator.mediaDevices?.getDisplayMedia) {
    throw new CaptureRefused(
      'This browser cannot share a screen from this page.',
      'Use a desktop browser, and open the page by https.',
    );
  }
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { max: 30 } },
      audio: false,
    });
    const track = stream.getVideoTracks()[0];
    if (!track) throw new DOMException('no picture in the stream', 'NotFoundError');
    track.contentHint = 'detail';
    return { track, stream };
  } catch (error) {
    throw refusal(error);
  }
}

/** What a failed `getDisplayMedia` means (Screen Capture, section 5.1). */
export function refusal(error: unknown): CaptureRefused {
  const name = error instanceof DOMException ? error.name : '';
  const text = error instanceof Error ? `${name}: ${error.message}` : name;
  if (name === 'NotAllowedError') {
    return new CaptureRefused(
      'No screen was chosen, or the system does not let this browser record the screen.',
      'Choose a screen or window. On macOS allow this browser under Screen Recording.',
      { state: 'denied', text },
    );
  }
  if (name === 'NotFoundError') {
    return new CaptureRefused(
      'There is no screen to share.',
      'Attach a display and sign in to it.',
      { state: 'no-source', text },
    );
  }
  return new CaptureRefused(
    'The system gave no picture of the screen.',
    'Choose another screen or window, or close the program that holds this one.',
    name === 'NotReadableError' ? { state: 'no-source', text } : null,
  );
}
