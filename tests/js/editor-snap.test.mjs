import assert from "node:assert/strict";
import { test } from "node:test";

import { snapMove, snapResize, targets } from "../../static/js/editor/snap.js";

const SIZE = { width: 1000, height: 600 };
const OTHER = { x: 300, y: 100, width: 200, height: 50 };
const box = (x, y, width = 100, height = 80) => ({ x, y, width, height });

test("sticks to the edges of the overlay", () => {
  const { dx, dy, guides } = snapMove(box(4, 517), targets(SIZE, []), 6);

  assert.deepEqual([dx, dy], [-4, 3]);
  assert.deepEqual(guides, [
    { axis: "x", at: 0, from: 0, to: 600 },
    { axis: "y", at: 600, from: 0, to: 1000 },
  ]);
});

test("sticks to the middle of the overlay", () => {
  const { dx, dy, guides } = snapMove(box(452, 258), targets(SIZE, []), 6);

  assert.deepEqual([dx, dy], [-2, 2]);
  assert.deepEqual(guides.map(({ axis, at }) => [axis, at]), [["x", 500], ["y", 300]]);
});

test("sticks to another layer, with a guide as long as both", () => {
  const { dx, dy, guides } = snapMove(box(303, 400, 90), targets(SIZE, [OTHER]), 6);

  assert.deepEqual([dx, dy], [-3, 0]);
  assert.deepEqual(guides, [{ axis: "x", at: 300, from: 100, to: 480 }]);
});

test("takes the nearest of several", () => {
  assert.equal(snapMove(box(296, 400), targets(SIZE, [OTHER, { ...OTHER, x: 294 }]), 6).dx, -2);
});

test("lets go beyond the tolerance", () => {
  assert.deepEqual(snapMove(box(7, 200), targets(SIZE, []), 6), { dx: 0, dy: 0, guides: [] });
});

test("keeps to the grid where nothing else is near, without a guide", () => {
  assert.deepEqual(snapMove(box(73, 232), targets(SIZE, [], 20), 6), { dx: 7, dy: 8, guides: [] });
  assert.equal(snapMove(box(3, 232), targets(SIZE, [], 20), 6).dx, -3);
});

test("a resize moves only the sides that are drawn", () => {
  const found = targets(SIZE, [OTHER]);

  assert.deepEqual(snapResize(box(100, 100, 198, 40), "e", found, 6), {
    dx: 2,
    dy: 0,
    guides: [{ axis: "x", at: 300, from: 100, to: 150 }],
  });
  assert.deepEqual(snapResize(box(4, 3, 300, 300), "nw", found, 6), {
    dx: -4,
    dy: -3,
    guides: [
      { axis: "x", at: 0, from: 0, to: 600 },
      { axis: "y", at: 0, from: 0, to: 1000 },
    ],
  });
  assert.deepEqual(snapResize(box(4, 3, 300, 350), "s", found, 6), { dx: 0, dy: 0, guides: [] });
});
