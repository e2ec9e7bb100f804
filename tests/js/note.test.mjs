import assert from "node:assert/strict";
import { test } from "node:test";
import { Note } from "../../static/js/popout/note.js";

function page() {
  const slot = { textContent: "", hidden: true };
  return { slot, querySelector: (asked) => (asked === '[data-slot="note"]' ? slot : null) };
}

test("a note goes by itself, and later than one that came before it would have", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { slot, ...rest } = page();
  const note = new Note(rest);

  note.say("OBS said no.");
  context.mock.timers.tick(7000);
  note.say("OBS said no again.");
  context.mock.timers.tick(7000);

  assert.deepEqual(slot, { textContent: "OBS said no again.", hidden: false });
  context.mock.timers.tick(1000);
  assert.deepEqual(slot, { textContent: "", hidden: true });
});

test("a page that is gone is not written into any more", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { slot, ...rest } = page();
  const note = new Note(rest);

  note.say("Nothing plays.");
  note.stop();
  context.mock.timers.tick(8000);

  assert.equal(slot.textContent, "Nothing plays.");
});
