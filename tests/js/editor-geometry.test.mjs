import assert from "node:assert/strict";
import { test } from "node:test";

import {
  HANDLES,
  LARGEST,
  LEAST_SCALE,
  SMALLEST,
  aligned,
  bounds,
  fitted,
  moved,
  panned,
  resized,
  spanned,
  touch,
  under,
  zoomed,
} from "../../static/js/editor/geometry.js";

const BOX = { x: 100, y: 200, width: 400, height: 300 };
const HD = { width: 1920, height: 1080 };

test("moves to whole pixels", () => {
  assert.deepEqual(moved(BOX, 10.4, -20.6), { x: 110, y: 179, width: 400, height: 300 });
});

for (const [handle, box] of Object.entries({
  nw: { x: 110, y: 220, width: 390, height: 280 },
  n: { x: 100, y: 220, width: 400, height: 280 },
  ne: { x: 100, y: 220, width: 410, height: 280 },
  e: { x: 100, y: 200, width: 410, height: 300 },
  se: { x: 100, y: 200, width: 410, height: 320 },
  s: { x: 100, y: 200, width: 400, height: 320 },
  sw: { x: 110, y: 200, width: 390, height: 320 },
  w: { x: 110, y: 200, width: 390, height: 300 },
})) {
  test(`the handle ${handle} draws its own sides`, () => {
    assert.deepEqual(resized(BOX, handle, 10, 20), box);
  });
}

test("never gets smaller or larger than a layer may be, and the far side stays", () => {
  assert.deepEqual(resized(BOX, "nw", 9999, 9999), { x: 492, y: 492, width: SMALLEST, height: SMALLEST });
  assert.deepEqual(resized(BOX, "se", 99_999, 99_999), { x: 100, y: 200, width: LARGEST, height: LARGEST });
});

test("keeps its proportions: a corner follows what is drawn further, an edge takes the other side along", () => {
  assert.deepEqual(resized(BOX, "se", 400, 10, { keepRatio: true }), { x: 100, y: 200, width: 800, height: 600 });
  assert.deepEqual(resized(BOX, "nw", 200, 300, { keepRatio: true }), { x: 300, y: 350, width: 200, height: 150 });
  assert.deepEqual(resized(BOX, "e", -200, 0, { keepRatio: true }), { x: 100, y: 200, width: 200, height: 150 });
  assert.deepEqual(resized(BOX, "s", 0, 300, { keepRatio: true }), { x: 100, y: 200, width: 800, height: 600 });
});

test("keeps its proportions at the limits, too", () => {
  for (const handle of HANDLES) {
    for (const by of [-99_999, 99_999]) {
      const { width, height } = resized(BOX, handle, by, by, { keepRatio: true });
      assert.ok(Math.min(width, height) >= SMALLEST && Math.max(width, height) <= LARGEST, handle);
      assert.ok(Math.abs(width / height - 4 / 3) < 0.1, handle);
    }
  }
});

test("bounds go around all of them", () => {
  const other = { x: -50, y: 400, width: 10, height: 200 };
  assert.deepEqual(bounds([BOX, other]), { x: -50, y: 200, width: 550, height: 400 });
  assert.equal(bounds([]), null);
});

test("a rubber band is the same from each corner", () => {
  const band = { x: 10, y: 20, width: 30, height: 40 };
  assert.deepEqual(spanned({ x: 10, y: 20 }, { x: 40, y: 60 }), band);
  assert.deepEqual(spanned({ x: 40, y: 20 }, { x: 10, y: 60 }), band);
});

test("boxes that only meet do not touch", () => {
  assert.equal(touch(BOX, { x: 499, y: 499, width: 5, height: 5 }), true);
  assert.equal(touch(BOX, { x: 500, y: 300, width: 5, height: 5 }), false);
});

for (const [edge, place] of Object.entries({
  left: { x: 0, y: 200 },
  center: { x: 760, y: 200 },
  right: { x: 1520, y: 200 },
  top: { x: 100, y: 0 },
  middle: { x: 100, y: 390 },
  bottom: { x: 100, y: 780 },
})) {
  test(`aligned: ${edge}`, () => {
    assert.deepEqual(aligned(BOX, { x: 0, y: 0, ...HD }, edge), { ...BOX, ...place });
  });
}

test("is fitted whole into the room there is, in the middle", () => {
  assert.deepEqual(fitted(HD, { width: 1000, height: 700 }, 20), { scale: 0.5, x: 20, y: 80 });
  assert.equal(fitted({ width: 8192, height: 8192 }, { width: 10, height: 10 }, 20).scale, LEAST_SCALE);
});

test("zooms around the pointer and finds what is under it", () => {
  const point = { x: 300, y: 200 };
  const before = fitted(HD, { width: 1000, height: 700 });
  const after = zoomed(before, 2, point);

  assert.equal(after.scale, before.scale * 2);
  assert.deepEqual(under(after, point), under(before, point));
});

test("is never pushed out of sight", () => {
  const view = panned({ scale: 1, x: 0, y: 0 }, -99_999, 99_999, HD, { width: 800, height: 600 });
  assert.deepEqual(view, { scale: 1, x: 40 - 1920, y: 560 });
});
