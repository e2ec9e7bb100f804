import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { History, MOST_STEPS } from "../../static/js/editor/history.js";

let clock;
let history;

beforeEach(() => {
  clock = 0;
  history = new History("a", () => clock);
});

test("goes back and forth step by step, and names the step", () => {
  history.commit("b", "Move");
  history.commit("c", "Delete");

  assert.deepEqual([history.undoable, history.redoable], ["Delete", null]);
  assert.deepEqual([history.undo(), history.state], ["Delete", "b"]);
  assert.deepEqual([history.undo(), history.state], ["Move", "a"]);
  assert.equal(history.undo(), null);
  assert.deepEqual([history.undoable, history.redoable], [null, "Move"]);
  assert.deepEqual([history.redo(), history.state], ["Move", "b"]);
  assert.deepEqual([history.redo(), history.state], ["Delete", "c"]);
  assert.equal(history.redo(), null);
});

test("forgets what was taken back once something else is done", () => {
  history.commit("b", "Move");
  history.undo();
  history.commit("c", "Delete");

  assert.equal(history.redo(), null);
  history.undo();
  assert.equal(history.state, "a");
});

test("what is typed without a pause is one step", () => {
  for (const [at, state] of [[0, "h"], [300, "he"], [1300, "hey"]]) {
    clock = at;
    history.commit(state, "Change name", { merge: "name" });
  }

  history.undo();
  assert.equal(history.state, "a");
  history.redo();
  assert.equal(history.state, "hey");
});

for (const [why, between, merge] of [
  ["after a pause", () => (clock += 1001), "name"],
  ["in another field", () => {}, "title"],
  ["once it is settled", () => history.settle(), "name"],
  ["after a step back", () => history.undo() && history.redo(), "name"],
]) {
  test(`is a step of its own ${why}`, () => {
    history.commit("b", "Change", { merge: "name" });
    between();
    history.commit("c", "Change", { merge });

    history.undo();
    assert.equal(history.state, "b");
  });
}

test("what is held is one step however long it takes", () => {
  history.commit("b", "Move", { merge: "drag 1", held: true });
  clock = 60_000;
  history.commit("c", "Move", { merge: "drag 1", held: true });

  history.undo();
  assert.equal(history.state, "a");
});

test("what was begun and given up never was", () => {
  history.commit("b", "Delete");
  history.commit("c", "Move", { merge: "drag 1", held: true });
  history.abandon("drag 1");

  assert.deepEqual([history.state, history.undoable, history.redoable], ["b", "Delete", null]);
  history.abandon("drag 1");
  assert.equal(history.state, "b");
});

test("what is put beside the steps comes back with them", () => {
  history.replace("a, chosen");
  history.commit("b", "Move");
  history.undo();

  assert.equal(history.state, "a, chosen");
});

test("remembers so many steps and no more", () => {
  for (let step = 1; step <= MOST_STEPS + 5; step += 1) history.commit(step, `Step ${step}`);

  let steps = 0;
  while (history.undo()) steps += 1;
  assert.deepEqual([steps, history.state], [MOST_STEPS, 5]);
});
