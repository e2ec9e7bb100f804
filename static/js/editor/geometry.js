/**
 * Boxes `{x, y, width, height}` in overlay pixels, and the view `{scale, x, y}` of the canvas onto them: a point of the
 * overlay is at `point * scale + offset` of the canvas. Pure functions.
 */

export const SMALLEST = 8; // pixels a layer keeps, so that it can still be grasped
export const LARGEST = 8192;
export const LEAST_SCALE = 0.05;
const MOST_SCALE = 8;
export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

const within = (value, least, most) => Math.min(most, Math.max(least, value));

export function moved(box, dx, dy) {
  return { ...box, x: Math.round(box.x + dx), y: Math.round(box.y + dy) };
}

/** `box` with the handle (an edge or corner by compass) drawn so far. The opposite side stays where it is. */
export function resized(box, handle, dx, dy, { keepRatio = false } = {}) {
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const isWest = handle.includes("w");
  const isNorth = handle.includes("n");
  let width = within(box.width + (isWest ? -dx : handle.includes("e") ? dx : 0), SMALLEST, LARGEST);
  let height = within(box.height + (isNorth ? -dy : handle.includes("s") ? dy : 0), SMALLEST, LARGEST);
  if (keepRatio) {
    const grown = { x: width / box.width, y: height / box.height };
    const along = handle === "n" || handle === "s" ? grown.y : grown.x;
    const factor = handle.length === 2 ? Math.max(grown.x, grown.y) : along;
    const least = SMALLEST / Math.min(box.width, box.height);
    const most = LARGEST / Math.max(box.width, box.height);
    width = box.width * within(factor, least, most);
    height = box.height * within(factor, least, most);
  }
  [width, height] = [Math.round(width), Math.round(height)];
  return { ...box, x: isWest ? right - width : box.x, y: isNorth ? bottom - height : box.y, width, height };
}

/** The smallest box around `boxes`, or null around none. */
export function bounds(boxes) {
  if (!boxes.length) return null;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** The box that two opposite corners span. */
export function spanned(one, other) {
  return {
    x: Math.min(one.x, other.x),
    y: Math.min(one.y, other.y),
    width: Math.abs(one.x - other.x),
    height: Math.abs(one.y - other.y),
  };
}

export function touch(one, other) {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

/** Where `box` has to be to lie at an edge or in the middle of `area`: left, center, right, top, middle, bottom. */
export function aligned(box, area, edge) {
  const places = {
    left: { x: area.x },
    center: { x: Math.round(area.x + (area.width - box.width) / 2) },
    right: { x: area.x + area.width - box.width },
    top: { y: area.y },
    middle: { y: Math.round(area.y + (area.height - box.height) / 2) },
    bottom: { y: area.y + area.height - box.height },
  };
  return { ...box, ...places[edge] };
}

/** The view in which an area of `size` is whole and in the middle of `room`, `margin` pixels from its edges. */
export function fitted(size, room, margin = 0) {
  const scale = within(
    Math.min((room.width - 2 * margin) / size.width, (room.height - 2 * margin) / size.height),
    LEAST_SCALE,
    MOST_SCALE,
  );
  return centred(size, room, scale);
}

export function centred(size, room, scale) {
  return { scale, x: (room.width - size.width * scale) / 2, y: (room.height - size.height * scale) / 2 };
}

/** The view zoomed in or out; what is under `point` of the canvas stays there. */
export function zoomed(view, factor, point) {
  const scale = within(view.scale * factor, LEAST_SCALE, MOST_SCALE);
  const grown = scale / view.scale;
  return { scale, x: point.x - (point.x - view.x) * grown, y: point.y - (point.y - view.y) * grown };
}

/** The view shifted, but not so far that nothing of the overlay is left to see. */
export function panned(view, dx, dy, size, room, left = 40) {
  return {
    scale: view.scale,
    x: within(view.x + dx, left - size.width * view.scale, room.width - left),
    y: within(view.y + dy, left - size.height * view.scale, room.height - left),
  };
}

/** The point of the overlay under a point of the canvas. */
export function under(view, point) {
  return { x: (point.x - view.x) / view.scale, y: (point.y - view.y) / view.scale };
}
