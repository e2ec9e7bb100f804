import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Alerts } from "../../static/js/overlay/alerts.js";
import { Frames } from "../../static/js/overlay/frames.js";
import { Line } from "../../static/js/overlay/line.js";
import { listen } from "../../static/js/overlay/preview.js";
import { Sight } from "../../static/js/overlay/sight.js";
import { FakeWebSocket } from "./fake-socket.mjs";

const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  FakeWebSocket.opened = [];
  globalThis.WebSocket = FakeWebSocket;
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
});

afterEach(() => mock.timers.reset());

// --- The line to Lumio ----------------------------------------------------------------------------------------------

const READY = { type: "ready", version: "1", server_time: "2026-05-01T12:00:00Z" };

function line() {
  const heard = [];
  const names = ["ready", "definition", "heard", "said", "beaten", "lost", "over", "reload"];
  const on = Object.fromEntries(names.map((name) => [name, (...values) => heard.push([name, ...values])]));
  const made = new Line({
    url: "ws://lumio/v1/ws/overlay",
    hello: () => ({ type: "overlay", key: "k" }),
    beat: () => ({ visible: true }),
    on,
  });
  made.start();
  FakeWebSocket.last.accept();
  return { made, heard, reconnect };
}

function reconnect() {
  FakeWebSocket.last.onclose({ code: 1006 });
  mock.timers.tick(2_000);
  FakeWebSocket.last.accept();
  return FakeWebSocket.last;
}

test("a page that was away goes on after what it has seen, with the version that it has", () => {
  const { reconnect: again } = line();
  assert.deepEqual(FakeWebSocket.last.sent, [{ type: "overlay", key: "k", after: { chat: null, events: null } }]);
  FakeWebSocket.last.says(READY);
  FakeWebSocket.last.says({ type: "messages", channel: "chat:a", messages: [{ seq: 7 }, { seq: 8 }] });

  assert.deepEqual(again().sent, [{ type: "overlay", key: "k", after: { chat: 8, events: null }, version: "1" }]);
});

test("what has been seen is not told again, and a state always is", () => {
  const { heard } = line();
  FakeWebSocket.last.says(READY);
  heard.length = 0;

  for (const seqs of [[1, 2], [2, 3]]) {
    FakeWebSocket.last.says({ type: "messages", channel: "events:a", messages: seqs.map((seq) => ({ seq })) });
  }
  FakeWebSocket.last.says({ type: "messages", channel: "status:a", messages: [{ id: "twitch" }] });

  assert.deepEqual(heard, [
    ["heard", "events", { seq: 1 }],
    ["heard", "events", { seq: 2 }],
    ["heard", "events", { seq: 3 }],
    ["heard", "status", { id: "twitch" }],
  ]);
});

test("a page that knows more than a restored log goes on at its end", () => {
  const { reconnect: again } = line();
  FakeWebSocket.last.says({ type: "messages", channel: "chat:a", messages: [{ seq: 900 }] });
  FakeWebSocket.last.says({ type: "subscribed", channel: "chat:a", seq: 40 });

  assert.equal(again().sent[0].after.chat, 40);
});

test("what is on the overlay comes in pieces, begun anew after the connection was lost", () => {
  const { heard, reconnect: again } = line();
  FakeWebSocket.last.says({ type: "definition", piece: '{"layers":', is_last: false });
  const socket = again();
  socket.says(READY);
  heard.length = 0;

  socket.says({ type: "definition", piece: '{"version":', is_last: false });
  socket.says({ type: "definition", piece: "3}", is_last: true });
  socket.says({ type: "definition", piece: '{"version":4}', is_last: true });

  assert.deepEqual(heard, [
    ["definition", { version: 3 }],
    ["definition", { version: 4 }],
  ]);
});

test("what is too old to be told is not asked for again", () => {
  const { reconnect: again } = line();
  FakeWebSocket.last.says({ type: "gap", channel: "events:a", from: 1, to: 300 });

  assert.equal(again().sent[0].after.events, 300);
});

test("whoever asks is answered with how the page is", () => {
  const { heard } = line();
  FakeWebSocket.last.says(READY);

  FakeWebSocket.last.says({ type: "beat" });

  assert.deepEqual(FakeWebSocket.last.sent.at(-1), { type: "beat", frames: 2, visible: true });
  assert.deepEqual(heard.at(-1), ["beaten"]);
});

test("when it was first connected stays what it was", () => {
  const { made, reconnect: again } = line();
  FakeWebSocket.last.says(READY);

  again().says({ ...READY, server_time: "2026-05-01T13:00:00Z" });

  assert.equal(made.since, Date.parse("2026-05-01T12:00:00Z"));
});

// --- Alerts ---------------------------------------------------------------------------------------------------------

const PLAY = { type: "play", play: "p1", alert: 1, version: 5, wait: 0, layers: [{ layer: "l", variation: "v" }] };

/** A stage whose alert box plays until the test ends it. */
function alerts({ isSeen = true, hasAlertBox = true } = {}) {
  const said = [];
  const played = [];
  const ends = [];
  const stage = {
    hasAlertBox,
    play: (play) => {
      played.push(play.play);
      return new Promise((resolve) => ends.push(resolve));
    },
    halt: () => ends.splice(0).forEach((end) => end(false)),
  };
  const sight = { isSeen };
  const made = new Alerts({ stage, sight, say: (message) => said.push(message) });
  const begin = async (play = PLAY) => {
    made.hear(play);
    mock.timers.tick(play.wait * 1_000);
    await settled();
  };
  const end = async () => {
    ends.splice(0).forEach((resolve) => resolve(true));
    await settled();
  };
  return { made, said, played, sight, begin, end };
}

test("an alert is asked for, begun and over, and the next one asked for", async () => {
  const { made, said, begin, end } = alerts();
  made.connected();
  await begin();
  await end();

  assert.deepEqual(said, [
    { type: "next" },
    { type: "started", play: "p1" },
    { type: "done", play: "p1" },
    { type: "next" },
  ]);
});

for (const [what, state] of [
  ["cannot be seen", { isSeen: false }],
  ["has no alert box", { hasAlertBox: false }],
]) {
  test(`a page that ${what} asks for nothing`, () => {
    const { made, said } = alerts(state);
    made.connected();
    made.hearQueue({ waiting: 3, current: null, version: 1 });
    mock.timers.tick(60_000);

    assert.deepEqual(said, []);
  });
}

test("only one question is open at a time, and what changes meanwhile is asked about after it", () => {
  const { made, said } = alerts();
  made.connected();
  made.hearQueue({ waiting: 1, current: null, version: 1 });
  assert.equal(said.length, 1);

  made.hear({ type: "nothing" });
  assert.equal(said.length, 2);
  made.hear({ type: "nothing" });
  assert.equal(said.length, 2);
});

test("an idle page asks by itself now and then", () => {
  const { made, said } = alerts();
  made.connected();
  made.hear({ type: "nothing" });
  mock.timers.tick(5_000);

  assert.equal(said.length, 2);
});

test("an alert that somebody skipped stops at once", async () => {
  const { made, said, begin } = alerts();
  await begin();

  made.hearQueue({ waiting: 0, current: null, version: 6 });
  await settled();

  assert.deepEqual(said.slice(0, 2), [
    { type: "started", play: "p1" },
    { type: "done", play: "p1" },
  ]);
});

test("a word from before an alert was given says nothing about it", async () => {
  const { made, said, begin } = alerts();
  await begin();

  made.hearQueue({ waiting: 0, current: null, version: 4 });
  made.hearQueue({ waiting: 0, current: { alert: 1 }, version: 6 });
  await settled();

  assert.deepEqual(said, [{ type: "started", play: "p1" }]);
});

test("a page that is hidden before it begins does not begin, and asks again once it is seen", async () => {
  const { made, said, played, sight, begin } = alerts();
  sight.isSeen = false;
  await begin();
  assert.deepEqual([said, played], [[], []]);

  sight.isSeen = true;
  made.look();
  assert.deepEqual(said, [{ type: "next" }]);
});

test("an alert that was skipped before it began is not shown", async () => {
  const { made, played, begin } = alerts();
  made.hear({ ...PLAY, wait: 1 });
  made.hearQueue({ waiting: 0, current: null, version: 6 });
  mock.timers.tick(1_000);
  await settled();

  assert.deepEqual(played, []);
  await begin({ ...PLAY, play: "p2", alert: 2 });
  assert.deepEqual(played, ["p2"]);
});

test("what nobody noted is said again after the connection was lost", async () => {
  const { made, said, begin, end } = alerts();
  await begin();
  made.hear({ type: "noted", play: "p1", what: "started" });
  made.lost();
  await end();
  said.length = 0;

  made.connected();
  assert.deepEqual(said, [{ type: "done", play: "p1" }, { type: "next" }]);

  made.hear({ type: "noted", play: "p1", what: "done" });
  said.length = 0;
  made.connected();
  assert.deepEqual(said, [{ type: "next" }]);
});

test("what was shown once is not shown again, whoever gives it", async () => {
  const { said, played, begin, end } = alerts();
  await begin();
  await end();
  said.length = 0;

  await begin();

  assert.deepEqual(played, ["p1"]);
  assert.deepEqual(said, [{ type: "done", play: "p1" }]);
});

// --- Whether anybody can see it -------------------------------------------------------------------------------------

function eyes({ agent = "Chrome/127.0.0.0", visibility = "visible" } = {}) {
  const page = new EventTarget();
  page.document = Object.assign(new EventTarget(), { visibilityState: visibility });
  page.navigator = { userAgent: agent };
  const sight = new Sight(page);
  const tell = (name, detail) => page.dispatchEvent(Object.assign(new Event(name), { detail }));
  return { page, sight, tell };
}

const OBS = "Chrome/127.0.0.0 OBS/31.0.0";

test("in an ordinary browser the tab decides", () => {
  const { page, sight } = eyes();
  assert.deepEqual([sight.told, sight.isSeen], [{ visible: true, active: null }, true]);

  page.document.visibilityState = "hidden";
  assert.deepEqual([sight.told, sight.isSeen], [{ visible: false, active: null }, false]);
});

test("in OBS a source that is in the preview alone is seen by nobody", () => {
  const { sight, tell } = eyes({ agent: OBS });
  tell("obsSourceVisibleChanged", { visible: true });
  assert.equal(sight.isSeen, true);

  tell("obsSourceActiveChanged", { active: false });
  assert.deepEqual([sight.told, sight.isSeen], [{ visible: true, active: false }, false]);
});

test("a source that OBS loads hidden is not on air before OBS says so", () => {
  const { page, sight, tell } = eyes({ agent: OBS, visibility: "hidden" });
  page.document.visibilityState = "visible";
  tell("obsSourceVisibleChanged", { visible: true });
  assert.equal(sight.isSeen, false);

  tell("obsSourceActiveChanged", { active: true });
  assert.equal(sight.isSeen, true);
});

test("each change is told", () => {
  const { page, sight, tell } = eyes({ agent: OBS });
  let changes = 0;
  sight.onchange = () => (changes += 1);

  page.document.dispatchEvent(new Event("visibilitychange"));
  tell("obsSourceVisibleChanged", { visible: false });
  tell("obsSourceActiveChanged", { active: false });

  assert.equal(changes, 3);
});

test("frames are counted for a second, and not where none are drawn", () => {
  const waiting = [];
  const page = { document: { visibilityState: "visible" }, requestAnimationFrame: (draw) => waiting.push(draw) };
  const frames = new Frames(page);
  frames.measure();
  for (let time = 0; waiting.length; time += 20) waiting.shift()(time);
  assert.equal(frames.rate, 50);

  page.document.visibilityState = "hidden";
  frames.measure();
  assert.equal(frames.rate, null);
});

// --- The preview ----------------------------------------------------------------------------------------------------

const DASHBOARD = "https://lumio.example";

function preview() {
  const did = [];
  const stage = Object.fromEntries(
    ["show", "sample", "play"].map((name) => [name, (...values) => did.push([name, ...values])]),
  );
  const parent = { postMessage: (...values) => did.push(["told", ...values]) };
  const page = Object.assign(new EventTarget(), { parent });
  listen(page, stage, { framed_by: DASHBOARD, definition: { version: 1 } });
  const says = (data, from = {}) =>
    page.dispatchEvent(Object.assign(new Event("message"), { origin: DASHBOARD, source: parent, data, ...from }));
  return { did, says };
}

test("a preview shows what is saved, as if things happened, and says that it may be spoken to", () => {
  const { did } = preview();

  assert.deepEqual(did, [
    ["show", { version: 1 }],
    ["sample", null],
    ["told", { lumio: "ready" }, DASHBOARD],
  ]);
});

test("the dashboard may send drafts, and have layers show or play something", () => {
  const { did, says } = preview();
  did.length = 0;
  const play = { lumio: "play", layer: "l", variation: "v", play: { play: "p" } };

  says({ lumio: "draft", definition: { version: 2 } });
  says({ lumio: "sample", layer: "l" });
  says(play);

  assert.deepEqual(did, [
    ["show", { version: 2 }],
    ["sample", "l"],
    ["play", { play: "p" }, play],
  ]);
});

for (const [who, from] of [
  ["another site", { origin: "https://evil.example" }],
  ["another window of the dashboard", { source: {} }],
]) {
  test(`${who} may not`, () => {
    const { did, says } = preview();
    did.length = 0;

    says({ lumio: "draft", definition: { version: 2 } }, from);

    assert.deepEqual(did, []);
  });
}
