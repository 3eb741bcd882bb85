/**
 * Looks at what is captured: whether it is all of one colour, as behind a display
 * that sleeps or a protected window. Nothing of the picture leaves this page.
 */

const WIDTH = 64;
const HEIGHT = 36;
const LOOK_EVERY_MS = 500;
/** Scaling may leave so much between two equal pixels. */
const ALIKE = 2;

/** Tells `looked` again and again, until a picture of more than one colour came or it is stopped. */
export function watchColour(
  stream: MediaStream,
  looked: (isOneColour: boolean) => void,
): () => void {
  const video = document.createElement('video');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  video.muted = true;
  video.srcObject = stream;
  video.play().catch(() => {
    // Without a picture there is nothing to look at.
  });
  const stop = () => {
    clearInterval(timer);
    video.srcObject = null;
  };
  const timer = setInterval(() => {
    if (!context || video.readyState < video.HAVE_CURRENT_DATA) return;
    context.imageSmoothingQuality = 'high';
    context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const isOne = isOneColour(context.getImageData(0, 0, WIDTH, HEIGHT).data);
    looked(isOne);
    if (!isOne) stop();
  }, LOOK_EVERY_MS);
  return stop;
}

/** Pixels as a canvas gives them: red, green, blue and opacity. */
export function isOneColour(pixels: ArrayLike<number>): boolean {
  for (let at = 0; at < pixels.length; at += 1) {
    const first = pixels[at % 4] ?? 0;
    if (Math.abs((pixels[at] ?? 0) - first) > ALIKE) return false;
  }
  return true;
}
