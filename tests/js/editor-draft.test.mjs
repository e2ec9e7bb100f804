import assert from "node:assert/strict";
import { test } from "node:test";

import {
  MOST_LAYERS,
  addLayers,
  addRow,
  changeLayers,
  changeRow,
  configure,
  copies,
  copyRow,
  draftOf,
  freeName,
  isSame,
  moveRow,
  newLayer,
  raise,
  readCopied,
  removeLayers,
  removeRow,
  reorder,
  writeCopied,
} from "../../static/js/editor/draft.js";

const ROW = [
  { name: "name", kind: "text", default: "" },
  { name: "kinds", kind: "kinds", default: ["follow"] },
];
const FORMS = {
  text: { label: "Text", width: 640, height: 80, settings: [{ name: "text", kind: "lines", default: "" }] },
  alert_box: {
    label: "Alert box",
    width: 800,
    height: 480,
    settings: [{ name: "variations", kind: "rows", default: [], of_rows: ROW }],
  },
};
const layer = (id, more = {}) => ({
  id,
  type: "text",
  name: id,
  visible: true,
  locked: false,
  x: 0,
  y: 0,
  width: 10,
  height: 10,
  opacity: 100,
  config: { text: id },
  ...more,
});
const draft = (...ids) => ({
  name: "Main",
  width: 1920,
  height: 1080,
  background: "transparent",
  language: "en",
  layers: ids.map((id) => layer(id)),
});
const order = ({ layers }) => layers.map(({ id }) => id).join("");

test("is the part of a definition that is saved", () => {
  const definition = { ...draft("a"), id: "o", version: 3, uploads: {} };
  definition.layers[0].more = 1;

  assert.deepEqual(draftOf(definition), draft("a"));
});

test("a new layer is whole, in the middle, and called like no other", () => {
  const before = { ...draft("a"), layers: [layer("a", { name: "Text" })] };

  assert.deepEqual(newLayer(before, "text", FORMS.text, { id: "n" }), {
    id: "n",
    type: "text",
    name: "Text 2",
    visible: true,
    locked: false,
    x: 640,
    y: 500,
    width: 640,
    height: 80,
    opacity: 100,
    config: { text: "" },
  });
});

test("a new layer is no larger than the overlay", () => {
  const made = newLayer({ ...draft(), width: 600, height: 50 }, "text", FORMS.text);

  assert.deepEqual([made.x, made.y, made.width, made.height], [0, 0, 600, 50]);
});

test("a preset's rows are whole and have ids", () => {
  const config = { variations: [{ name: "Raid", kinds: ["raid"] }, { name: "Other" }] };
  const { variations } = newLayer(draft(), "alert_box", FORMS.alert_box, { config }).config;

  assert.deepEqual(
    variations.map(({ name, kinds }) => [name, kinds]),
    [["Raid", ["raid"]], ["Other", ["follow"]]],
  );
  assert.equal(new Set(variations.map(({ id }) => id)).size, 2);
});

test("two new layers share nothing that could change", () => {
  const [one, other] = [0, 1].map(() => newLayer(draft(), "alert_box", FORMS.alert_box));

  assert.notEqual(one.config.variations, other.config.variations);
  assert.notEqual(one.config.variations, FORMS.alert_box.settings[0].default);
});

test("names are free and short enough", () => {
  const layers = ["Text", "Text 2", "Chat", "x".repeat(80)].map((name) => ({ name }));

  assert.equal(freeName("Text", layers), "Text 3");
  assert.equal(freeName("Text 2", layers), "Text 3");
  assert.equal(freeName("Goal 2", layers), "Goal 2");
  assert.equal(freeName("x".repeat(90), layers), `${"x".repeat(76)} 2`);
});

test("is added on top, or right above another", () => {
  assert.equal(order(addLayers(draft("a", "b"), [layer("c")])), "abc");
  assert.equal(order(addLayers(draft("a", "b"), [layer("c"), layer("d")], "a")), "acdb");
});

test("has room for so many layers", () => {
  const full = draft(...Array.from({ length: MOST_LAYERS - 1 }, (_, number) => `${number}`));

  assert.equal(addLayers(full, [layer("a"), layer("b")]).layers.length, MOST_LAYERS);
});

test("what does not change is shared with the draft before", () => {
  const before = draft("a", "b");
  const after = changeLayers(before, ["a"], ({ x }) => ({ x: x + 5 }));

  assert.deepEqual([before.layers[0].x, after.layers[0].x], [0, 5]);
  assert.equal(after.layers[1], before.layers[1]);
});

test("a setting is set without losing the others", () => {
  const before = { ...draft(), layers: [layer("a", { config: { text: "x", scroll: true } })] };

  assert.deepEqual(configure(before, "a", { text: "y" }).layers[0].config, { text: "y", scroll: true });
});

test("several are removed at once", () => {
  assert.equal(order(removeLayers(draft("a", "b", "c"), ["a", "c"])), "b");
});

for (const [ids, steps, after] of [
  ["b", 1, "acbd"],
  ["b", -1, "bacd"],
  ["b", Infinity, "acdb"],
  ["c", -Infinity, "cabd"],
  ["d", 1, "abcd"],
  ["ab", 1, "cabd"],
  ["cd", 1, "abcd"],
  ["bd", 1, "acbd"],
  ["ac", -1, "acbd"],
]) {
  test(`raised by ${steps}: ${ids} of abcd`, () => {
    assert.equal(order(raise(draft(..."abcd"), [...ids], steps)), after);
  });
}

test("is put to a place, counted without itself", () => {
  assert.equal(order(reorder(draft(..."abcd"), "a", 2)), "bcad");
  assert.equal(order(reorder(draft(..."abcd"), "d", 0)), "dabc");
  assert.equal(order(reorder(draft(..."abcd"), "b", 99)), "acdb");
});

test("copies lie beside what they are of, are unlocked, and share no ids", () => {
  const rows = [{ id: "r", name: "Raid", kinds: ["raid"] }];
  const box = layer("a", { type: "alert_box", locked: true, x: 5, y: 6, config: { variations: rows } });
  const [one, two] = copies({ ...draft(), layers: [box] }, [box, box], FORMS);

  assert.deepEqual([one.name, two.name, one.x, one.y, one.locked], ["a 2", "a 3", 25, 26, false]);
  assert.notEqual(one.id, two.id);
  assert.deepEqual(one.config.variations, [{ ...rows[0], id: one.config.variations[0].id }]);
  assert.notEqual(one.config.variations[0].id, "r");
});

test("what was copied comes back whole", () => {
  assert.deepEqual(readCopied(writeCopied([layer("a")]), FORMS), [layer("a")]);
});

test("of what was copied elsewhere, only what is known comes in", () => {
  const odd = [{ ...layer("a"), config: { text: "x", evil: 1 }, more: 2 }, { ...layer("b"), type: "evil" }];

  assert.deepEqual(readCopied(writeCopied(odd), FORMS), [layer("a", { config: { text: "x" } })]);
});

for (const text of ["", "hello", "{}", "[]", "null", '{"lumio_layers": 3}']) {
  test(`is no copy: ${text}`, () => {
    assert.equal(readCopied(text, FORMS), null);
  });
}

test("rows are added, changed, copied, moved and removed", () => {
  let rows = addRow([], ROW, { name: "A" });
  rows = addRow(rows, ROW, { name: "B" });
  const [{ id: a }, { id: b }] = rows;

  rows = changeRow(rows, b, { kinds: ["raid"] });
  rows = copyRow(rows, b);
  assert.deepEqual(rows.map(({ name, kinds }) => [name, kinds[0]]), [["A", "follow"], ["B", "raid"], ["B", "raid"]]);
  assert.equal(new Set(rows.map(({ id }) => id)).size, 3);
  rows = moveRow(rows, a, 1);
  assert.deepEqual(rows.map(({ id }) => id === a), [false, true, false]);
  rows = moveRow(rows, a, 99);
  rows = removeRow(rows, b);
  assert.deepEqual(rows.map(({ name }) => name), ["B", "A"]);
});

test("says when nothing changed", () => {
  assert.equal(isSame(draft("a", "b"), draft("a", "b")), true);
  assert.equal(isSame(draft("a"), configure(draft("a"), "a", { text: "other" })), false);
  assert.equal(isSame({ a: 1 }, { a: 1, b: undefined }), false);
  assert.equal(isSame(null, {}), false);
});
