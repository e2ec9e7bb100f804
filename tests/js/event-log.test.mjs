import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

const ADDRESS = "http://localhost:8000/dashboard/events";
const CHANNEL = "events:0b6f";

/** What the page has of an element: its data, and no rows yet. */
class FakeElement {
  dataset = { account: "0b6f", after: "7", page: "50", address: "?q=juno" };
  isConnected = true;

  querySelector() {
    return { firstElementChild: null };
  }

  remove() {
    this.isConnected = false;
    this.disconnectedCallback();
  }
}

/** The browser's WebSocket as the page sees it; the test is the server. */
class FakeWebSocket {
  constructor() {
    FakeWebSocket.last = this;
  }

  send() {}

  close() {}

  says(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
}

let LiveRows;
globalThis.HTMLElement = FakeElement;
globalThis.customElements = {
  define: (name, element) => {
    if (name === "live-rows") LiveRows = element;
  },
};
globalThis.location = { href: ADDRESS };
globalThis.window = { location: globalThis.location };
globalThis.WebSocket = FakeWebSocket;
globalThis.DOMParser = class {
  parseFromString() {
    return { querySelectorAll: () => [] };
  }
};
await import("../../static/js/event-log.js");

let asked = [];
let answer = null;
let rows = null;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  asked = [];
  globalThis.fetch = async (address) => {
    asked.push(address.href);
    if (answer === null) throw new TypeError("no network");
    return answer;
  };
  rows = new LiveRows();
  rows.connectedCallback();
  mock.timers.tick(0);
});

afterEach(() => {
  if (rows.isConnected) rows.remove();
  mock.timers.reset();
});

const happens = (seq) =>
  FakeWebSocket.last.says({
    type: "messages",
    channel: CHANNEL,
    messages: [{ seq, type: "follow", data: { received_at: new Date().toISOString() } }],
  });

/** Lets so many milliseconds pass, and after each second what was asked be answered. */
async function pass(milliseconds) {
  for (let passed = 0; passed < milliseconds; passed += 1000) {
    mock.timers.tick(Math.min(1000, milliseconds - passed));
    await new Promise((done) => setImmediate(done));
  }
}

test("several events in a moment are asked for once, as the page is filtered", async () => {
  answer = { ok: true, status: 200, text: async () => "" };

  happens(8);
  happens(9);
  await pass(5000);

  assert.deepEqual(asked, [`${ADDRESS}?q=juno&after=7`]);
});

for (const [name, away] of [
  ["is not there", null],
  ["is not well", { ok: false, status: 503 }],
  ["breaks off", { ok: true, status: 200, text: async () => Promise.reject(new TypeError()) }],
]) {
  test(`a server that ${name} is asked again, and not all the time`, async () => {
    answer = away;

    happens(8);
    await pass(25_000);

    assert.equal(asked.length, 3);
  });
}

test("a server that never answers is given up and asked again", async (t) => {
  // The browser's own clock is not the mocked one.
  t.mock.method(AbortSignal, "timeout", (milliseconds) => {
    const clock = new AbortController();
    setTimeout(() => clock.abort(), milliseconds);
    return clock.signal;
  });
  globalThis.fetch = (address, { signal }) => {
    asked.push(address.href);
    return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  };

  happens(8);
  await pass(40_000);

  assert.equal(asked.length, 2);
});

test("who may not see it is not asked for it again until something happens", async () => {
  answer = { ok: false, status: 403 };

  happens(8);
  await pass(30_000);

  assert.equal(asked.length, 1);
});

test("a list that is gone asks no more, also if it was just asking", async () => {
  answer = null;
  happens(8);
  mock.timers.tick(800);
  assert.equal(asked.length, 1);

  rows.remove();
  await pass(60_000);

  assert.equal(asked.length, 1);
});
