import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { LiveSocket } from "../../static/js/lib/live.js";
import { FakeWebSocket } from "./fake-socket.mjs";

const CHANNEL = "events:0b6f";

const row = (seq) => ({ seq, type: "follow", data: { received_at: new Date().toISOString() } });
const messages = (...seqs) => ({ type: "messages", channel: CHANNEL, messages: seqs.map(row) });

let heard;
const on = Object.fromEntries(
  ["ready", "messages", "state", "gap", "reload", "refused", "closed"].map((name) => [
    name,
    (...values) => heard.push([name, ...values]),
  ]),
);
const told = (name) => heard.filter(([what]) => what === name).map(([, ...values]) => values);
const seqs = () => told("messages").flatMap(([, rows]) => rows.map(({ seq }) => seq));

const SERVER_TIME = "2026-05-01T12:00:00Z";
const ready = (version = "1") => ({ type: "ready", version, server_time: SERVER_TIME });

let live;
let set; // ms by which somebody set the computer's clock
let slept; // ms for which the computer slept

function open({ token = "lm_pop_x", after = 5 } = {}) {
  live = new LiveSocket({ url: "ws://lumio/v1/ws", token, page: "/popout/events", channels: [{ name: CHANNEL, after }], on });
  live.start();
  FakeWebSocket.last.accept();
  FakeWebSocket.last.says(ready());
  return FakeWebSocket.last;
}

beforeEach(() => {
  heard = [];
  FakeWebSocket.opened = [];
  globalThis.WebSocket = FakeWebSocket;
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  mock.method(Math, "random", () => 1);
  [set, slept] = [0, 0];
  const clock = Date.now;
  const opened = clock();
  mock.method(Date, "now", () => clock() + set + slept);
  mock.method(performance, "now", () => clock() - opened);
});

afterEach(() => {
  live?.stop();
  mock.timers.reset();
  mock.restoreAll();
  delete globalThis.addEventListener;
});

test("a token and the page are the first message, then the channels are asked for after the page's seq", () => {
  const socket = open({ after: 7 });

  assert.deepEqual(socket.sent, [
    { type: "auth", token: "lm_pop_x", page: "/popout/events" },
    { type: "subscribe", channel: CHANNEL, after: 7 },
  ]);
});

test("without a token nothing is sent that could stand for one", () => {
  const socket = open({ token: null, after: null });

  assert.deepEqual(socket.sent, [
    { type: "ping", page: "/popout/events" },
    { type: "subscribe", channel: CHANNEL, after: null },
  ]);
});

test("a silent test event is answered at once and told to nobody", () => {
  const socket = open();
  socket.sent.length = heard.length = 0;

  socket.says({ type: "echo", id: "a1" });

  assert.deepEqual(socket.sent, [{ type: "echo", id: "a1" }]);
  assert.deepEqual(heard, []);
});

test("rows that were seen are dropped", () => {
  const socket = open();

  socket.says(messages(5, 6, 7));
  socket.says(messages(7));
  socket.says(messages(6, 7, 8));

  assert.deepEqual(seqs(), [6, 7, 8]);
});

test("a new socket resumes after the last row, not after the page's", () => {
  open().says(messages(6, 7));
  FakeWebSocket.last.dies(1006);
  mock.timers.tick(500);
  FakeWebSocket.last.accept();

  assert.equal(FakeWebSocket.opened.length, 2);
  assert.deepEqual(FakeWebSocket.last.sent[1], { type: "subscribe", channel: CHANNEL, after: 7 });
});

test("a page that begins now resumes where it began, also if nothing came", () => {
  open({ after: null }).says({ type: "subscribed", channel: CHANNEL, seq: 40 });
  FakeWebSocket.last.dies(1006);
  mock.timers.tick(500);
  FakeWebSocket.last.accept();

  assert.equal(FakeWebSocket.last.sent[1].after, 40);
});

test("a page that knows more than the server starts over from what the server has", () => {
  const socket = open({ after: 50 });

  socket.says({ type: "subscribed", channel: CHANNEL, seq: 10 });
  socket.says(messages(11));

  assert.deepEqual(seqs(), [11]);
});

test("every 32 frames are acknowledged, fewer are not", () => {
  const socket = open();
  const acks = () => socket.sent.filter(({ type }) => type === "ack").map(({ frames }) => frames);

  for (let seq = 6; seq < 6 + 31; seq += 1) socket.says(messages(seq));
  assert.deepEqual(acks(), [32]);
  for (let seq = 37; seq < 37 + 31; seq += 1) socket.says(messages(seq));
  mock.timers.tick(10_000);
  assert.deepEqual(acks(), [32]);
  socket.says(messages(68));

  assert.deepEqual(acks(), [32, 64]);
});

test("big frames are acknowledged before 32 of them", () => {
  const socket = open();

  socket.says({ ...messages(6), padding: "x".repeat(70_000) });

  assert.deepEqual(socket.sent.at(-1), { type: "ack", frames: 2 });
});

test("pauses double from half a second to thirty, and a ready server resets them", () => {
  open();
  const pauses = [];
  for (let i = 0; i < 9; i += 1) {
    FakeWebSocket.last.dies(1006);
    const before = FakeWebSocket.opened.length;
    let waited = 0;
    while (FakeWebSocket.opened.length === before) {
      mock.timers.tick(500);
      waited += 500;
    }
    pauses.push(waited);
  }

  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  FakeWebSocket.last.accept();
  FakeWebSocket.last.says(ready());
  FakeWebSocket.last.dies(4012);
  mock.timers.tick(500);
  assert.equal(FakeWebSocket.opened.length, 11);
});

test("it connects at once when the network is back", () => {
  let online;
  globalThis.addEventListener = (name, handler) => {
    if (name === "online") online = handler;
  };
  globalThis.removeEventListener = () => {};
  open().dies(1006);

  online();

  assert.equal(FakeWebSocket.opened.length, 2);
  mock.timers.tick(60_000 - 31_000);
  assert.equal(FakeWebSocket.opened.length, 2);
});

for (const [what, code] of [["a revoked token", 4401], ["a page that somebody closed", 4409]]) {
  test(`${what} ends it for good`, () => {
    open().dies(code);

    mock.timers.tick(120_000);

    assert.equal(FakeWebSocket.opened.length, 1);
    assert.deepEqual(told("closed"), [[code]]);
    assert.equal(told("state").at(-1)[0].connected, false);
  });
}

test("a server that is too busy is not the end", () => {
  open().dies(4429);
  mock.timers.tick(500);

  assert.equal(FakeWebSocket.opened.length, 2);
  assert.deepEqual(told("closed"), []);
});

test("the state is told when it changes, with its time by the server's clock, whatever becomes of ours", () => {
  const socket = open();
  set = -3_600_000;
  mock.timers.tick(3_000);
  socket.dies(1006);

  const connected = Date.parse(SERVER_TIME);
  assert.deepEqual(told("state"), [
    [{ connected: true, since: connected }],
    [{ connected: false, since: connected + 3_000 }],
  ]);
});

test("a silent socket is asked, then given up", () => {
  const socket = open();

  mock.timers.tick(18_000);
  assert.deepEqual(socket.sent.at(-1), { type: "ping" });
  mock.timers.tick(18_000);
  assert.equal(socket.readyState, 3);
  mock.timers.tick(500);
  assert.equal(FakeWebSocket.opened.length, 2);
});

test("a silent socket is given up even if the clock is set back meanwhile", () => {
  const socket = open();
  mock.timers.tick(2_000);
  set = -3_600_000;

  mock.timers.tick(34_000);

  assert.equal(socket.readyState, 3);
});

test("a computer that wakes up takes a socket for dead that it last heard long ago", () => {
  const socket = open();
  slept = 60_000;

  mock.timers.tick(2_000);

  assert.equal(socket.readyState, 3);
});

test("what a given-up socket still says is not heard", () => {
  const old = open();
  old.dies(1006);
  mock.timers.tick(500);

  old.says(messages(6));

  assert.deepEqual(seqs(), []);
});

test("a gap is told and skipped", () => {
  const socket = open();

  socket.says({ type: "gap", channel: CHANNEL, from: 6, to: 100 });
  socket.says(messages(100, 101));

  assert.deepEqual(told("gap"), [[CHANNEL, 6, 100]]);
  assert.deepEqual(seqs(), [101]);
});

test("a refused channel is told and not asked for again", () => {
  open().says({ type: "error", code: "UNAUTHORIZED", channel: CHANNEL });
  FakeWebSocket.last.dies(1006);
  mock.timers.tick(500);
  FakeWebSocket.last.accept();

  assert.deepEqual(told("refused"), [[CHANNEL, "UNAUTHORIZED"]]);
  assert.deepEqual(FakeWebSocket.last.sent, [
    { type: "auth", token: "lm_pop_x", page: "/popout/events", version: "1" },
  ]);
});

test("a page goes on saying which version it was told first, and obeys when it is to reload", () => {
  for (const token of ["lm_pop_x", null]) {
    assert.equal("version" in open({ token }).sent[0], false);
    for (const version of ["2", "3"]) {
      FakeWebSocket.last.dies(1006);
      mock.timers.tick(500);
      FakeWebSocket.last.accept();
      FakeWebSocket.last.says(ready(version));
      assert.equal(FakeWebSocket.last.sent[0].version, "1");
    }
    live.stop();
  }
  assert.equal(told("reload").length, 0);

  open().says({ type: "reload" });

  assert.equal(told("reload").length, 1);
});

test("states are passed on although they have no seq", () => {
  const socket = open();

  socket.says({ type: "messages", channel: CHANNEL, messages: [{ id: "twitch", type: "channel.status", data: {} }] });

  assert.equal(told("messages").length, 1);
});
