import assert from "node:assert/strict";
import { test } from "node:test";

import { changes, clashes, combined } from "../../static/js/editor/compare.js";
import { configure, raise, removeLayers, reorder } from "../../static/js/editor/draft.js";

const layer = (id) => ({ id, name: id.toUpperCase(), config: { text: id } });
const BASE = { name: "Main", width: 1920, height: 1080, background: "transparent", language: "en" };
const base = { ...BASE, layers: [..."abcd"].map(layer) };
const plus = (draft, id, place = 99) => ({ ...draft, layers: draft.layers.toSpliced(place, 0, layer(id)) });
const set = (draft, id, text) => configure(draft, id, { text });
const order = ({ layers }) => layers.map(({ id }) => id).join("");

test("names what somebody did", () => {
  const after = { ...plus(removeLayers(set(reorder(base, "c", 0), "b", "new"), ["a"]), "n"), width: 1280 };

  assert.deepEqual(changes(base, after), [
    { id: "b", name: "B", did: "changed" },
    { id: "n", name: "N", did: "added" },
    { id: "a", name: "A", did: "removed" },
    { id: null, name: "Main", did: "moved" },
    { id: null, name: "Main", did: "changed" },
  ]);
  assert.deepEqual(changes(base, base), []);
});

test("an added or removed layer is no new order of the others", () => {
  assert.deepEqual(changes(base, plus(base, "n", 1)).map(({ did }) => did), ["added"]);
  assert.deepEqual(changes(base, removeLayers(base, ["b"])).map(({ did }) => did), ["removed"]);
});

for (const [why, mine, theirs, names] of [
  ["the same layer", set(base, "a", "mine"), set(base, "a", "theirs"), ["A"]],
  ["one changed what the other removed", set(base, "a", "mine"), removeLayers(base, ["a"]), ["A"]],
  ["both changed the order", raise(base, ["a"], 1), raise(base, ["d"], -1), ["Main"]],
  ["both changed the size", { ...base, width: 1 }, { ...base, width: 2 }, ["Main"]],
]) {
  test(`clash: ${why}`, () => {
    assert.deepEqual(clashes(base, mine, theirs), names);
  });
}

for (const [why, mine, theirs, after] of [
  ["other layers", set(base, "a", "mine"), set(base, "b", "theirs"), set(set(base, "a", "mine"), "b", "theirs")],
  ["the same alike", set(base, "a", "both"), set(base, "a", "both"), set(base, "a", "both")],
  ["both removed it", removeLayers(base, ["a"]), removeLayers(base, ["a"]), removeLayers(base, ["a"])],
  ["one removed, one added", removeLayers(base, ["a"]), plus(base, "n"), plus(removeLayers(base, ["a"]), "n")],
  ["both added", plus(base, "m", 1), plus(base, "n"), plus(plus(base, "m", 1), "n")],
  ["added at the bottom", plus(base, "m", 0), base, plus(base, "m", 0)],
  ["size here, name there", { ...base, width: 1 }, { ...base, name: "New" }, { ...base, width: 1, name: "New" }],
  ["order here, a change there", reorder(base, "d", 0), set(base, "b", "b2"), set(reorder(base, "d", 0), "b", "b2")],
]) {
  test(`together: ${why}`, () => {
    assert.deepEqual(clashes(base, mine, theirs), []);
    assert.deepEqual(combined(base, mine, theirs), after);
  });
}

test("what I added stays above what it was put upon, though others removed or moved things", () => {
  assert.equal(order(combined(base, plus(base, "m", 2), removeLayers(base, ["a"]))), "bmcd");
  assert.equal(order(combined(base, plus(base, "m", 2), reorder(base, "b", 3))), "acdbm");
  assert.equal(order(combined(base, plus(base, "m", 2), removeLayers(base, ["b"]))), "acdm");
});

test("my order holds beside what they added", () => {
  assert.equal(order(combined(base, reorder(base, "a", 3), plus(base, "n", 2))), "bcnda");
});
