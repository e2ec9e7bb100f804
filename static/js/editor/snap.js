/**
 * What a box that is moved or resized sticks to: edges and middle of the overlay and of other layers, else a grid.
 * Pure functions; a guide is a line `{axis, at, from, to}` to be drawn, "x" for one that stands upright.
 */

const SIDES = { x: ["x", "width", "y", "height"], y: ["y", "height", "x", "width"] };

/** Everything to stick to. `others` are boxes, `grid` pixels or 0. */
export function targets(size, others, grid = 0) {
  const area = { x: 0, y: 0, ...size };
  const found = { x: [], y: [], grid };
  for (const box of [area, ...others]) {
    for (const axis of ["x", "y"]) {
      const [start, length, across, breadth] = SIDES[axis];
      for (const part of [0, 0.5, 1]) {
        found[axis].push({ at: box[start] + box[length] * part, from: box[across], to: box[across] + box[breadth] });
      }
    }
  }
  return found;
}

/** How much further to move `box` so that it sticks, and the guides for it. */
export function snapMove(box, found, tolerance) {
  const by = { x: 0, y: 0 };
  for (const axis of ["x", "y"]) {
    const [start, length] = SIDES[axis];
    by[axis] = shift([0, 0.5, 1].map((part) => box[start] + box[length] * part), found, axis, tolerance);
  }
  const there = { ...box, x: box.x + by.x, y: box.y + by.y };
  return { dx: by.x, dy: by.y, guides: guides(there, found, ["x", "y"], [0, 0.5, 1]) };
}

/** The same for the sides of `box` that a handle draws; the others are where they were. */
export function snapResize(box, handle, found, tolerance) {
  const by = { x: 0, y: 0 };
  const drawn = { x: part(handle, "w", "e"), y: part(handle, "n", "s") };
  const axes = ["x", "y"].filter((axis) => drawn[axis] !== null);
  for (const axis of axes) {
    const [start, length] = SIDES[axis];
    by[axis] = shift([box[start] + box[length] * drawn[axis]], found, axis, tolerance);
  }
  const there = {
    x: box.x + (drawn.x === 0 ? by.x : 0),
    y: box.y + (drawn.y === 0 ? by.y : 0),
    width: box.width + (drawn.x === 0 ? -by.x : by.x),
    height: box.height + (drawn.y === 0 ? -by.y : by.y),
  };
  const shown = axes.flatMap((axis) => guides(there, found, [axis], [drawn[axis]]));
  return { dx: by.x, dy: by.y, guides: shown };
}

function part(handle, start, end) {
  return handle.includes(start) ? 0 : handle.includes(end) ? 1 : null;
}

/** The shortest way from one of `points` to something near; else that of the first to the grid. */
function shift(points, found, axis, tolerance) {
  let shortest = null;
  for (const point of points) {
    for (const { at } of found[axis]) {
      const way = at - point;
      if (Math.abs(way) <= tolerance && (shortest === null || Math.abs(way) < Math.abs(shortest))) shortest = way;
    }
  }
  if (shortest !== null) return shortest;
  return found.grid ? Math.round(points[0] / found.grid) * found.grid - points[0] : 0;
}

function guides(box, found, axes, parts) {
  const drawn = [];
  for (const axis of axes) {
    const [start, length, across, breadth] = SIDES[axis];
    for (const share of parts) {
      const at = box[start] + box[length] * share;
      const met = found[axis].filter((target) => Math.abs(target.at - at) < 0.5);
      if (!met.length) continue;
      const from = Math.min(box[across], ...met.map((target) => target.from));
      const to = Math.max(box[across] + box[breadth], ...met.map((target) => target.to));
      drawn.push({ axis, at, from, to });
    }
  }
  return drawn;
}
