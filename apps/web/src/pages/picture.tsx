/** The other screen: fitted or sharp one to one, with its pointer drawn on top. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Cursor } from '../media/cursor.ts';
import { fitted, oneToOne, type Size } from '../media/zoom.ts';

export type Zoom = 'fit' | '1:1';

interface PictureProps {
  stream: MediaStream;
  zoom: Zoom;
  cursor: Signal<Cursor | null>;
  name: string;
  onFrame: () => void;
}

export function Picture({ stream, zoom, cursor, name, onFrame }: PictureProps) {
  const video = useRef<HTMLVideoElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const size = useSignal<Size>({ width: 0, height: 0 });
  const box = useSignal<Size>({ width: 0, height: 0 });

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = stream;
    const resized = () => {
      size.value = { width: element.videoWidth, height: element.videoHeight };
    };
    element.addEventListener('resize', resized);
    element.requestVideoFrameCallback(() => {
      resized();
      onFrame();
    });
    // Muted video plays without a click; a refusal leaves the first frame standing.
    element.play().catch(() => {});
    return () => {
      element.removeEventListener('resize', resized);
      element.srcObject = null;
    };
  }, [stream, onFrame, size]);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      box.value = { width: element.clientWidth, height: element.clientHeight };
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);

  const sharp = oneToOne(size.value, devicePixelRatio);
  const shown = zoom === '1:1' && sharp.width > 0 ? sharp : null;
  const place = shown
    ? { scale: shown.width / size.value.width, left: 0, top: 0 }
    : fitted(size.value, box.value);
  return (
    <div ref={frame} class={zoom === '1:1' ? 'frame sharp' : 'frame'} data-testid="picture-frame">
      <video
        ref={video}
        class="picture"
        data-testid="picture"
        aria-label={`The screen of ${name}`}
        style={shown ? { width: `${shown.width}px`, height: `${shown.height}px` } : undefined}
        muted
        playsInline
        autoplay
        disablePictureInPicture
      />
      <Pointer cursor={cursor} place={place} />
    </div>
  );
}

interface PointerProps {
  cursor: Signal<Cursor | null>;
  place: { scale: number; left: number; top: number };
}

function Pointer({ cursor, place }: PointerProps) {
  const at = cursor.value;
  if (!at?.visible) return null;
  const x = place.left + at.x * place.scale;
  const y = place.top + at.y * place.scale;
  return (
    <svg
      class="pointer"
      data-testid="pointer"
      data-shape={at.shape}
      viewBox="0 0 16 24"
      aria-hidden="true"
      style={{ transform: `translate(${x}px, ${y}px)` }}
    >
      {at.shape === 'text' ? (
        <path d="M1 -9h3m1 0h3M4.5 -9v18M1 9h3m1 0h3" />
      ) : (
        <path d="M0 0v17l4-4 3 7 3-1-3-7h6z" />
      )}
    </svg>
  );
}
