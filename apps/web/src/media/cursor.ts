/** Reads the pointer that a native sharer sends beside its picture. */

export interface Cursor {
  /** Pixels of the picture, from its top left corner. */
  x: number;
  y: number;
  visible: boolean;
  shape: string;
}

export function readCursor(message: unknown): Cursor | null {
  if (typeof message !== 'object' || message === null) return null;
  const { x, y, visible, shape } = message as Record<string, unknown>;
  if (typeof x !== 'number' || typeof y !== 'number') return null;
  if (!Number.isFinite(x) || !Number.isFinite(y)) return null;
  return { x, y, visible: visible !== false, shape: typeof shape === 'string' ? shape : 'arrow' };
}
