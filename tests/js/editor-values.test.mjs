import assert from "node:assert/strict";
import { test } from "node:test";

import {
  bytes,
  fromLocal,
  inserted,
  joinColour,
  listed,
  readColour,
  readNumber,
  splitColour,
  toLocal,
  variables,
} from "../../static/js/editor/values.js";

test("finds the variables that a help names", () => {
  assert.deepEqual(variables("{{name}}, {{last_tip}} and {this}"), ["name", "last_tip"]);
});

test("writes a variable over what is selected", () => {
  assert.deepEqual(inserted("Hi you!", "{{name}}", 3, 6), { text: "Hi {{name}}!", caret: 11 });
});

for (const [colour, solid, percent] of [
  ["#0e0e1299", "#0e0e12", 60],
  ["#ffffff", "#ffffff", 100],
  ["#00000000", "#000000", 0],
]) {
  test(`takes ${colour} apart and puts it together`, () => {
    assert.deepEqual(splitColour(colour), { solid, percent });
    assert.equal(joinColour(solid, percent), colour);
  });
}

for (const [typed, read] of [
  ["#A970FF", "#a970ff"],
  [" fff ", "#ffffff"],
  ["#f0a8", "#ff00aa88"],
  ["a970ff80", "#a970ff80"],
  ["#a970f", null],
  ["red", null],
  ["", null],
]) {
  test(`reads the colour “${typed}”`, () => {
    assert.equal(readColour(typed), read);
  });
}

for (const [typed, setting, read] of [
  ["5", { least: 1, most: 10, step: 1 }, 5],
  ["0", { least: 1, most: 10, step: 1 }, null],
  ["11", { least: 1, most: 10, step: 1 }, null],
  ["2.5", { least: 1, most: 10, step: 1 }, null],
  ["2.5", { least: 1, most: 10, step: 0.5 }, 2.5],
  ["", { least: 0, most: 10, step: 1 }, null],
  ["-", { least: -5, most: 5, step: 1 }, null],
]) {
  test(`reads the number “${typed}” from ${setting.least} to ${setting.most} by ${setting.step}`, () => {
    assert.equal(readNumber(typed, setting), read);
  });
}

test("a moment goes through a field of local time and comes back", () => {
  const moment = "2027-01-31T19:00:00.000Z";

  assert.equal(fromLocal(toLocal(moment)), moment);
  assert.match(toLocal(moment), /^2027-0[12]-\d\dT\d\d:\d\d$/);
});

test("no moment is none", () => {
  assert.deepEqual([toLocal(""), toLocal("never"), fromLocal(""), fromLocal("never")], ["", "", "", ""]);
});

test("lists in short", () => {
  assert.equal(listed([], "none"), "none");
  assert.equal(listed(["Follow", "Sub"], "none"), "Follow, Sub");
  assert.equal(listed(["Follow", "Sub", "Raid", "Tip"], "none"), "Follow, Sub +2");
});

test("says how large a file is", () => {
  assert.deepEqual([bytes(3_400_000, "en"), bytes(52_000, "de")], ["3.4 MB", "52 kB"]);
});
