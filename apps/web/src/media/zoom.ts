/** Where a pointer of the picture lies on the page. */

export interface Size {
  width: number;
  height: number;
}

/**
 * The place of a picture inside its box: scaled to fit and centred, as
 * `object-fit: contain` does.
 */
export function fitted(picture: Size, box: Size): { scale: number; left: number; top: number } {
  if (picture.width === 0 || picture.height === 0) return { scale: 1, left: 0, top: 0 };
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return {
    scale,
    left: (box.width - picture.width * scale) / 2,
    top: (box.height - picture.height * scale) / 2,
  };
}

/** Size in CSS pixels at which one pixel of the picture is one of the screen. */
export function oneToOne(picture: Size, pixelRatio: number): Size {
  return { width: picture.width / pixelRatio, height: picture.height / pixelRatio };
}
