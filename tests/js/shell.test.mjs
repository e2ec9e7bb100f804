import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

const ADDRESS = "http://localhost:8000/popout/events?token=hidden";

let PopoutShell;
globalThis.HTMLElement = class {};
globalThis.customElements = { define: (_, element) => (PopoutShell = element) };
globalThis.window = {
  location: { pathname: "/popout/events" },
  sessionStorage: { getItem: () => "a-token" },
};
globalThis.DOMParser = class {
  parseFromString(html) {
    return { title: "Events", body: html };
  }
};
await import("../../static/js/popout/shell.js");

let drawn, reloads;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  // The browser's own clock is not the mocked one.
  mock.method(AbortSignal, "timeout", (milliseconds) => {
    const clock = new AbortController();
    setTimeout(() => clock.abort(), milliseconds);
    return clock.signal;
  });
  drawn = null;
  reloads = 0;
  globalThis.location = { href: ADDRESS, reload: () => (reloads += 1) };
  globalThis.document = { adoptNode: (body) => body, body: { replaceWith: (body) => (drawn = body) } };
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** Lets so many milliseconds pass, and after each second what was asked be answered. */
async function pass(milliseconds) {
  for (let passed = 0; passed < milliseconds; passed += 1000) {
    mock.timers.tick(1000);
    await new Promise((done) => setImmediate(done));
  }
}

test("a page whose token is hidden is fetched with the token that the tab keeps", async () => {
  let asked;
  globalThis.fetch = async (address) => {
    asked = address.href;
    return { status: 200, text: async () => "the page" };
  };

  await new PopoutShell().connectedCallback();

  assert.equal(asked, "http://localhost:8000/popout/events?token=a-token");
  assert.equal(drawn, "the page");
});

for (const [name, fetch] of [
  ["is not there", async () => Promise.reject(new TypeError())],
  ["is not well", async () => ({ status: 503, text: async () => "sorry" })],
  ["breaks off", async () => ({ status: 200, text: async () => Promise.reject(new TypeError()) })],
  ["never answers", (_, { signal }) => new Promise((_, reject) => signal?.addEventListener("abort", reject))],
]) {
  test(`a server that ${name} is asked again`, async () => {
    globalThis.fetch = fetch;

    new PopoutShell().connectedCallback();
    await pass(30_000);

    assert.equal(drawn, null);
    assert.equal(reloads, 1);
  });
}
