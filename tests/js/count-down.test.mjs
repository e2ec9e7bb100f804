import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

let CountDown;
globalThis.HTMLElement = class {};
globalThis.customElements = { define: (_, element) => (CountDown = element) };
await import("../../static/js/elements/count-down.js");

let passed;

beforeEach(() => {
  passed = 0;
  mock.timers.enable({ apis: ["setInterval"] });
  mock.method(performance, "now", () => passed);
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

function wait(seconds) {
  passed += seconds * 1_000;
  mock.timers.tick(seconds * 1_000);
}

test("a button waits for as long as the server says, whatever the clock of the computer says", () => {
  const button = {};
  const left = {};
  const element = Object.assign(new CountDown(), {
    dataset: { now: "2020-02-01T12:00:00Z", until: "2020-02-01T12:00:30Z" },
    querySelectorAll: () => [button],
    querySelector: () => left,
  });
  element.connectedCallback();
  assert.deepEqual([button.disabled, left.textContent], [true, "30 s"]);

  wait(29);
  assert.deepEqual([button.disabled, left.textContent], [true, "1 s"]);
  wait(1);
  assert.deepEqual([button.disabled, left.textContent], [false, ""]);
});
