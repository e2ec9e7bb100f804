import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0 Safari/537.36";
const OBS = `${CHROME} OBS/31.0.0`;

const { listen } = await import("../../static/js/popout/socket.js");

let shown;
let kept;
let server;

/** A popout as the browser has it, with one live part; `server` is the socket's other end. */
function open(userAgent) {
  const address = new URL("http://lumio/popout/events?token=lm_pop_x");
  kept = new Map();
  shown = ["the feed"];
  globalThis.location = address;
  globalThis.window = {
    location: { href: address.href, pathname: address.pathname },
    navigator: { userAgent },
    history: { state: null, replaceState: () => {} },
    sessionStorage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
      removeItem: (key) => kept.delete(key),
    },
  };
  globalThis.document = {
    addEventListener: () => {},
    removeEventListener: () => {},
    querySelector: () => ({ content: { cloneNode: () => "Somebody closed this page." } }),
    body: { replaceChildren: (...nodes) => (shown = nodes) },
  };
  globalThis.WebSocket = class {
    readyState = 1;
    sent = [];
    constructor() {
      server = this;
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
    close() {}
  };
  const unlisten = listen({ channels: [{ name: "events:0b6f", after: 1 }], byToken: true, on: {} });
  mock.timers.tick(0);
  server.onopen({});
  return unlisten;
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] }));

afterEach(() => {
  mock.timers.reset();
  for (const name of ["location", "window", "document", "WebSocket"]) delete globalThis[name];
});

test("a popout says which page it is", () => {
  const unlisten = open(CHROME);

  assert.deepEqual(server.sent[0], { type: "auth", token: "lm_pop_x", page: "/popout/events" });
  unlisten();
});

for (const [where, userAgent, expected, remembers] of [
  ["in a browser says so and keeps the token for a reload", CHROME, ["Somebody closed this page."], 1],
  ["in OBS shows nothing on air", OBS, [], 0],
]) {
  test(`a page that somebody closed ${where}`, () => {
    const unlisten = open(userAgent);

    server.onclose({ code: 4409 });

    assert.deepEqual(shown, expected);
    assert.equal(kept.size, remembers);
    unlisten();
  });
}

test("a revoked token is forgotten, and the parts say what becomes of the page", () => {
  const unlisten = open(CHROME);

  server.onclose({ code: 4401 });

  assert.deepEqual(shown, ["the feed"]);
  assert.equal(kept.size, 0);
  unlisten();
});
