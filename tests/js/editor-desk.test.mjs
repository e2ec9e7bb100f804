import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Acts } from "../../static/js/editor/acts.js";
import { Desk } from "../../static/js/editor/desk.js";

const SETTINGS = [{ name: "text", kind: "lines", default: "" }];
const FORMS = { text: { label: "Text", width: 600, height: 80, settings: SETTINGS } };
const WORDS = {
  steps: Object.fromEntries(
    ["add", "remove", "duplicate", "paste", "move", "resize", "align", "order", "hide", "lock"].map((name) => [
      name,
      `${name} {name}`,
    ]),
  ),
  several: "{n} layers",
  added: "{name} added",
  removed: "{name} gone",
  duplicated: "{name} doubled",
  copied: "{name} copied",
  pasted: "{name} pasted",
  is_locked: "locked",
  at_place: "{name} {n}/{all}",
  is_at: "{x},{y} {width}x{height}",
  undone: "undone {step}",
  redone: "redone {step}",
  shown: "shown",
  hidden: "hidden",
  locked: "locked",
  unlocked: "unlocked",
};
const layer = (id, more) => ({
  id,
  type: "text",
  name: id.toUpperCase(),
  visible: true,
  locked: false,
  x: 100,
  y: 100,
  width: 200,
  height: 100,
  opacity: 100,
  config: { text: "" },
  ...more,
});

let desk;
let acts;
let said;
let told;

beforeEach(() => {
  const layers = [layer("a"), layer("b", { x: 300 }), layer("c", { locked: true })];
  desk = new Desk({ name: "Main", width: 1000, height: 500, background: "transparent", language: "en", layers }, FORMS);
  said = [];
  acts = new Acts(desk, WORDS, (text) => said.push(text));
  told = 0;
  desk.addEventListener("change", () => (told += 1));
});

const order = () => desk.draft.layers.map(({ id }) => id).join("");
const box = (id) => {
  const { x, y, width, height } = desk.draft.layers.find((one) => one.id === id);
  return [x, y, width, height];
};

test("a new layer lies above what is chosen, and is chosen", () => {
  desk.choose(["a"]);
  acts.add("text");

  assert.deepEqual(desk.draft.layers.map(({ name }) => name), ["A", "Text", "B", "C"]);
  assert.equal(desk.layer.name, "Text");
  assert.deepEqual(said, ["Text added"]);
  assert.equal(desk.undoable, "add Text");
});

test("choosing is no step, and comes back with undo", () => {
  desk.choose(["a"]);
  assert.equal(desk.undoable, null);
  acts.remove();
  assert.deepEqual([order(), desk.chosen], ["bc", ["b"]]);

  acts.undo();
  assert.deepEqual([order(), desk.chosen, desk.isDirty], ["abc", ["a"], false]);
});

test("arrow keys pressed on and on are one step", () => {
  desk.choose(["a", "b"]);
  for (let press = 0; press < 5; press += 1) acts.nudge(10, 0);

  assert.deepEqual([box("a")[0], box("b")[0]], [150, 350]);
  acts.undo();
  assert.deepEqual([box("a")[0], box("b")[0]], [100, 300]);
  assert.equal(desk.undoable, null);
});

test("what is locked stays where it is", () => {
  desk.choose(["c"]);
  acts.nudge(1, 0);
  acts.grow(1, 0);
  acts.align("left");
  acts.remove();

  assert.deepEqual([box("c"), order(), desk.undoable], [[100, 100, 200, 100], "abc", null]);
  assert.deepEqual(said, ["locked", "locked", "locked", "locked"]);
});

test("one layer is aligned within the overlay, several within the box around them", () => {
  desk.choose(["a"]);
  acts.align("right");
  assert.deepEqual(box("a"), [800, 100, 200, 100]);

  desk.choose(["a", "b"]);
  acts.align("left");
  assert.deepEqual([box("a")[0], box("b")[0]], [300, 300]);
});

test("fills the overlay", () => {
  desk.choose(["b"]);
  acts.fillOverlay();
  assert.deepEqual(box("b"), [0, 0, 1000, 500]);
});

test("the order is told from the top", () => {
  desk.choose(["a"]);
  acts.raise(1);

  assert.equal(order(), "bac");
  assert.deepEqual(said, ["A 2/3"]);
});

test("several are hidden at once, and shown again", () => {
  desk.choose(["a", "b"]);
  acts.hide();
  assert.deepEqual(desk.draft.layers.map(({ visible }) => visible), [false, false, true]);
  acts.hide();
  assert.deepEqual(desk.draft.layers.map(({ visible }) => visible), [true, true, true]);
  assert.deepEqual(said, ["2 layers: hidden", "2 layers: shown"]);
});

test("what was copied is pasted in the order it lay in", () => {
  desk.choose(["b", "a"]);
  const text = acts.copy();
  desk.choose([]);

  assert.equal(acts.paste(text), true);
  assert.deepEqual(desk.draft.layers.map(({ name }) => name), ["A", "B", "C", "A 2", "B 2"]);
  assert.equal(desk.chosen.length, 2);
  assert.equal(acts.paste("something else"), false);
});

test("a change that changes nothing is none", () => {
  desk.change({ ...desk.draft }, "nothing");

  assert.deepEqual([desk.undoable, told], [null, 0]);
});

test("is clean once what was sent is stored, as it was stored", () => {
  desk.choose(["a"]);
  acts.nudge(1, 0);
  const sent = desk.draft;
  const stored = { ...sent, name: "Main, tidied" };
  desk.keep(sent, stored);

  assert.deepEqual([desk.isDirty, desk.draft, desk.chosen], [false, stored, ["a"]]);
  acts.undo();
  assert.equal(desk.isDirty, true);
});

test("stays dirty if something changed while it was being saved", () => {
  desk.choose(["a"]);
  acts.nudge(1, 0);
  const sent = desk.draft;
  acts.nudge(1, 0);
  desk.keep(sent, sent);

  assert.deepEqual([desk.isDirty, box("a")[0]], [true, 102]);
});

test("a step that is given up leaves nothing behind", () => {
  desk.choose(["a"]);
  desk.change({ ...desk.draft, name: "Other" }, "Rename", { merge: "hand 1", held: true });
  desk.abandon("hand 1");

  assert.deepEqual([desk.draft.name, desk.undoable, desk.redoable], ["Main", null, null]);
});
