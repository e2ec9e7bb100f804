import assert from "node:assert/strict";
import { test } from "node:test";

import { progress, written } from "../../static/js/overlay/layers/goal.js";
import { shadows } from "../../static/js/overlay/layers/look.js";
import { pieces } from "../../static/js/overlay/layers/template.js";
import { shown } from "../../static/js/overlay/layers/timer.js";

const NOW = Date.parse("2026-03-01T20:00:00Z");
const STOPPED = { ran_seconds: 0, running_since: null };
const ago = (seconds) => new Date(NOW - seconds * 1000).toISOString();

test("places of a template are filled, and what has no value stays as it was written", () => {
  const found = pieces("{{name}} gave {{ amount }}{{nothing}}!", { name: "Juno", amount: "€5.00" });

  assert.deepEqual(found, [
    { name: "name", text: "Juno" },
    { text: " gave " },
    { name: "amount", text: "€5.00" },
    { text: "{{nothing}}!" },
  ]);
});

test("a value that looks like a place is not filled again", () => {
  assert.deepEqual(pieces("{{name}}", { name: "{{amount}}", amount: "5" }), [{ name: "name", text: "{{amount}}" }]);
});

test("a place is not filled from what every object has", () => {
  assert.deepEqual(pieces("{{constructor}}", {}), [{ text: "{{constructor}}" }]);
});

test("an empty value leaves nothing", () => {
  assert.deepEqual(pieces("{{name}}{{tier}}", { name: "Juno", tier: "" }), [{ name: "name", text: "Juno" }]);
});

test("a goal of money counts minor units, by the currency", () => {
  const euros = { counts: "tips", currency: "EUR", start: 10, target: 50 };

  assert.deepEqual(progress(euros, 1550, {}), { reached: 25.5, target: 50, share: 0.51 });
  assert.deepEqual(progress({ ...euros, currency: "JPY", start: 0 }, 25, { JPY: 0 }).share, 0.5);
});

test("a goal of anything else counts that, and its bar ends at its end", () => {
  const follows = { counts: "follows", currency: "USD", start: 90, target: 100 };

  assert.deepEqual(progress(follows, 5, {}), { reached: 95, target: 100, share: 0.95 });
  assert.equal(progress(follows, 500, {}).share, 1);
});

test("money is written with its currency, without the cents that are not there", () => {
  const tips = { counts: "tips", currency: "EUR" };

  assert.deepEqual([written(50, tips, "en"), written(25.5, tips, "en")], ["€50", "€25.50"]);
  assert.equal(written(12_000, { counts: "bits" }, "de"), "12.000");
});

test("a countdown stands until it is started", () => {
  const config = { mode: "countdown", seconds: 300, over: "" };

  assert.deepEqual(shown(config, STOPPED, null, NOW), { text: "5:00", isOver: false, next: null });
});

test("a countdown that runs says the second that has begun, and when the next one does", () => {
  const config = { mode: "countdown", seconds: 300, over: "" };
  const timer = { ran_seconds: 100, running_since: ago(9.25) };

  assert.deepEqual(shown(config, timer, null, NOW), { text: "3:11", isOver: false, next: 750 });
});

test("a countdown ends in its words, or in nothing left", () => {
  const config = { mode: "countdown", seconds: 300, over: "Here we go" };
  const timer = { ran_seconds: 0, running_since: ago(300) };

  assert.deepEqual(shown(config, timer, null, NOW), { text: "Here we go", isOver: true, next: null });
  assert.equal(shown({ ...config, over: "" }, timer, null, NOW).text, "0:00");
});

test("a stopwatch adds what it ran before", () => {
  const timer = { ran_seconds: 3600, running_since: ago(61.5) };

  assert.deepEqual(shown({ mode: "stopwatch" }, timer, null, NOW), { text: "1:01:01", isOver: false, next: 500 });
  assert.deepEqual(shown({ mode: "stopwatch" }, STOPPED, null, NOW), { text: "0:00", isOver: false, next: null });
});

test("the time until a moment is counted whether a timer runs or not, and without a moment there is none", () => {
  const until = { mode: "until", moment: "2026-03-01T21:00:10+00:00", over: "" };

  assert.equal(shown(until, STOPPED, null, NOW).text, "1:00:10");
  assert.equal(shown({ ...until, moment: "" }, STOPPED, null, NOW).text, "");
});

test("the time on air is there while the stream is", () => {
  assert.equal(shown({ mode: "live" }, STOPPED, NOW - 83 * 60_000, NOW).text, "1:23:00");
  assert.deepEqual(shown({ mode: "live" }, STOPPED, null, NOW), { text: "", isOver: false, next: null });
});

test("a clock that is ahead of the server's does not count backwards", () => {
  assert.equal(shown({ mode: "stopwatch" }, { ran_seconds: 5, running_since: ago(-30) }, null, NOW).text, "0:05");
});

test("an outline is laid around the letters, a thick one in two rings, and the shadow under both", () => {
  const drawn = (outline, shadow) => shadows({ outline, outline_colour: "#000000", shadow }).split("#000000").length - 1;

  assert.equal(shadows({ outline: 0, outline_colour: "#000000", shadow: false }), "none");
  assert.deepEqual([drawn(0, true), drawn(3, false), drawn(8, true)], [0, 16, 32]);
});
