import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Home } from "../../static/js/lib/home.js";
import { Relay } from "../../static/js/bridge/relay.js";
import { Studio } from "../../static/js/bridge/studio.js";
import { FakeWebSocket } from "./fake-socket.mjs";

const settled = () => new Promise((resolve) => setImmediate(resolve));
let heard;
const said = [];
const say = (message) => said.push(message);

beforeEach(() => {
  heard = [];
  said.length = 0;
  FakeWebSocket.opened = [];
  globalThis.WebSocket = FakeWebSocket;
  globalThis.location = { hostname: "overlay.lumio.example" };
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  mock.method(Math, "random", () => 1);
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
  delete globalThis.location;
});

// --- The way to Lumio ---------------------------------------------------------------------------------------------

function home() {
  const on = Object.fromEntries(
    ["message", "lost", "over", "reload"].map((name) => [name, (...values) => heard.push([name, ...values])]),
  );
  const made = new Home({ url: "ws://lumio/v1/ws/bridge", hello: () => ({ type: "bridge", secret: "s" }), on });
  made.start();
  FakeWebSocket.last.accept();
  return made;
}

test("the secret is the first message, and nothing is said before the server is ready", () => {
  const made = home();
  made.say({ type: "event", name: "obsExit" });

  assert.deepEqual(FakeWebSocket.last.sent, [{ type: "bridge", secret: "s" }]);
  FakeWebSocket.last.says({ type: "ready", version: "1" });
  made.say({ type: "opened", link: 1 });
  assert.deepEqual(FakeWebSocket.last.sent[1], { type: "opened", link: 1 });
});

test("a lost socket is opened again, later and later, with the version that the page has", () => {
  home();
  FakeWebSocket.last.says({ type: "ready", version: "1" });
  FakeWebSocket.last.dies(1006);
  assert.deepEqual(heard, [["lost"]]);

  const pauses = [1_000, 2_000, 5_000, 10_000, 30_000, 30_000];
  pauses.forEach((pause, tries) => {
    mock.timers.tick(pause - 1);
    assert.equal(FakeWebSocket.opened.length, tries + 1);
    mock.timers.tick(1);
    assert.equal(FakeWebSocket.opened.length, tries + 2);
    FakeWebSocket.last.dies(1006);
  });
  mock.timers.tick(30_000);
  FakeWebSocket.last.accept();
  assert.deepEqual(FakeWebSocket.last.sent, [{ type: "bridge", secret: "s", version: "1" }]);
});

test("an address that no longer works is not tried again", () => {
  home();

  FakeWebSocket.last.dies(4401);
  mock.timers.tick(120_000);

  assert.deepEqual(heard, [["lost"], ["over"]]);
  assert.equal(FakeWebSocket.opened.length, 1);
});

test("who has too many pages open waits the longest", () => {
  home();

  FakeWebSocket.last.dies(4429);
  mock.timers.tick(29_000);
  assert.equal(FakeWebSocket.opened.length, 1);
  mock.timers.tick(1_000);
  assert.equal(FakeWebSocket.opened.length, 2);
});

test("a server that says nothing for long is given up, one that asks is answered with the frames there were", () => {
  home();
  FakeWebSocket.last.says({ type: "ready", version: "1" });
  mock.timers.tick(20_000);
  FakeWebSocket.last.says({ type: "beat" });
  assert.deepEqual(FakeWebSocket.last.sent.at(-1), { type: "beat", frames: 2 });

  mock.timers.tick(30_000);
  assert.deepEqual(heard, [["message", { type: "beat" }]]);
  mock.timers.tick(10_000);
  assert.deepEqual(heard.at(-1), ["lost"]);
});

test("so many frames are acknowledged without being asked", () => {
  home();
  FakeWebSocket.last.says({ type: "ready", version: "1" });

  for (let n = 0; n < 63; n += 1) FakeWebSocket.last.says({ type: "frame", link: 1, data: "{}" });

  assert.deepEqual(FakeWebSocket.last.sent.at(-1), { type: "beat", frames: 64 });
});

test("a page of older files is to load again", () => {
  home();
  FakeWebSocket.last.says({ type: "ready", version: "1" });

  FakeWebSocket.last.says({ type: "reload" });

  assert.deepEqual(heard, [["reload"]]);
});

// --- The way to the tools -----------------------------------------------------------------------------------------

function relay({ tool = "obs", port = 4455, path = "/" } = {}) {
  const made = new Relay(say);
  made.heard({ type: "open", link: 7, tool, port, path });
  return made;
}

test("a connection goes to this machine, whatever port and path are named", () => {
  relay({ tool: "streamerbot", port: 8080, path: "//evil.example/x?y=1#z" });

  const url = new URL(FakeWebSocket.last.url);
  assert.equal(url.host, "127.0.0.1:8080");
  assert.equal(url.protocol, "ws:");
});

test("frames go to and fro", () => {
  const made = relay();
  FakeWebSocket.last.accept();
  FakeWebSocket.last.says({ op: 0, d: {} });
  made.heard({ type: "frame", link: 7, data: JSON.stringify({ op: 1, d: { rpcVersion: 1 } }) });

  assert.deepEqual(said, [
    { type: "opened", link: 7 },
    { type: "frame", link: 7, data: '{"op":0,"d":{}}', more: false },
  ]);
  assert.deepEqual(FakeWebSocket.last.sent, [{ op: 1, d: { rpcVersion: 1 } }]);
});

test("only what OBS says to a client comes up", () => {
  relay();
  FakeWebSocket.last.accept();
  said.length = 0;

  for (const op of [1, 3, 6, 8, 99]) FakeWebSocket.last.says({ op, d: {} });
  for (const data of ["[]", "null", "{", "", new ArrayBuffer(2)]) FakeWebSocket.last.onmessage({ data });

  assert.deepEqual(said, []);
});

test("OBS is never sent an authentication that ends it", () => {
  const made = relay();
  FakeWebSocket.last.accept();

  for (const authentication of [1, null, {}]) {
    made.heard({ type: "frame", link: 7, data: JSON.stringify({ op: 1, d: { rpcVersion: 1, authentication } }) });
  }
  made.heard({ type: "frame", link: 7, data: JSON.stringify({ op: 1, d: { authentication: "x" } }) });

  assert.deepEqual(FakeWebSocket.last.sent, [{ op: 1, d: { authentication: "x" } }]);
});

test("long frames come in pieces, no character is torn apart, and each message fits", () => {
  relay({ tool: "streamerbot" });
  FakeWebSocket.last.accept();
  said.length = 0;
  const text = `{"a":"${"\u{1f3ae}\"\\€".repeat(20_000)}"}`;

  FakeWebSocket.last.onmessage({ data: text });

  assert.equal(said.map(({ data }) => data).join(""), text);
  assert.deepEqual(
    said.map(({ more }) => more),
    said.map((_, index) => index < said.length - 1),
  );
  for (const message of said) {
    assert.ok(new TextEncoder().encode(JSON.stringify(message)).length < 65_536);
    assert.ok(message.data.isWellFormed());
  }
});

test("who closed a connection, and how, is told", async () => {
  relay();
  FakeWebSocket.last.accept();

  FakeWebSocket.last.dies(4009, "Your identify authentication is wrong.");
  await settled();

  assert.deepEqual(said.at(-1), {
    type: "closed",
    link: 7,
    code: 4009,
    reason: "Your identify authentication is wrong.",
    why: undefined,
  });
});

for (const [name, state, why] of [
  ["refused where the browser knows no such permission", null, "refused"],
  ["refused where the page may", "granted", "refused"],
  ["blocked until somebody allows it", "prompt", "blocked"],
  ["blocked where somebody said no", "denied", "blocked"],
]) {
  test(`a connection that never opened was ${name}`, async () => {
    const query = mock.fn(async () => {
      if (state === null) throw new TypeError("unknown permission");
      return { state };
    });
    Object.defineProperty(globalThis, "navigator", { value: { permissions: { query } }, configurable: true });
    relay();

    FakeWebSocket.last.dies(1006);
  await settled();

    assert.deepEqual(said, [{ type: "closed", link: 7, code: 1006, reason: "", why }]);
  });
}

test("a page from this machine needs nobody's leave", async () => {
  globalThis.location = { hostname: "overlay.localhost" };
  const query = mock.fn(async () => ({ state: "prompt" }));
  Object.defineProperty(globalThis, "navigator", { value: { permissions: { query } }, configurable: true });
  relay();

  FakeWebSocket.last.dies(1006);
  await settled();

  assert.equal(said[0].why, "refused");
});

test("what the browser does not even try is blocked", () => {
  globalThis.WebSocket = class {
    constructor() {
      throw new DOMException("mixed content", "SecurityError");
    }
  };
  relay();

  assert.deepEqual(said, [{ type: "closed", link: 7, code: 1006, why: "blocked" }]);
});

test("without the server every connection is closed, and nothing of it is told any more", () => {
  const made = relay();
  const socket = FakeWebSocket.last;
  socket.accept();
  said.length = 0;

  made.closeAll();
  socket.says({ op: 5, d: {} });

  assert.equal(socket.closed, 1000);
  assert.deepEqual(said, []);
});

// --- window.obsstudio ---------------------------------------------------------------------------------------------

function obsPage(obsstudio) {
  const page = new EventTarget();
  page.obsstudio = obsstudio;
  return page;
}

test("outside OBS there is no level, and nothing is asked of it", async () => {
  const studio = new Studio(obsPage(undefined), say);

  assert.equal(await studio.level(), null);
  assert.equal(studio.heard({ type: "studio", call: 1, name: "getStatus", arguments: [] }), true);
  assert.equal(studio.heard({ type: "frame" }), false);
  assert.deepEqual(said, []);
});

test("the level is what OBS says, 1 where it has none, 0 where it does not answer", async () => {
  assert.equal(await new Studio(obsPage({ getControlLevel: (callback) => callback(4) }), say).level(), 4);
  assert.equal(await new Studio(obsPage({}), say).level(), 1);
  const silent = new Studio(obsPage({ getControlLevel: () => {} }), say).level();
  mock.timers.tick(2_000);
  assert.equal(await silent, 0);
});

test("questions are answered, acts are done, and anything else is left alone", () => {
  const done = [];
  const obsstudio = {
    getScenes: (callback) => callback(["Live"]),
    setCurrentScene: (name) => done.push(name),
    constructor: () => done.push("no"),
  };
  const studio = new Studio(obsPage(obsstudio), say);

  studio.heard({ type: "studio", call: 1, name: "getScenes", arguments: [] });
  studio.heard({ type: "studio", call: 2, name: "setCurrentScene", arguments: ["Pause"] });
  studio.heard({ type: "studio", call: 3, name: "constructor", arguments: [] });

  assert.deepEqual(done, ["Pause"]);
  assert.deepEqual(said, [
    { type: "answer", call: 1, value: ["Live"] },
    { type: "answer", call: 2, value: null },
  ]);
});

test("what OBS tells its pages is passed on", () => {
  const page = obsPage({});
  new Studio(page, say);

  page.dispatchEvent(Object.assign(new Event("obsSceneChanged"), { detail: { name: "Pause" } }));
  page.dispatchEvent(new Event("somethingElse"));

  assert.deepEqual(said, [{ type: "event", name: "obsSceneChanged", detail: { name: "Pause" } }]);
});
