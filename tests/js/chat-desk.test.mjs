import assert from "node:assert/strict";
import { test } from "node:test";

import { Seen, begun, completed } from "../../static/js/popout/complete.js";
import { Herald } from "../../static/js/popout/herald.js";
import { History } from "../../static/js/popout/history.js";
import { commandOf, digitOf } from "../../static/js/popout/keys.js";
import { lengthOf, limitOf } from "../../static/js/popout/limits.js";
import { keywordsOf, store, stored } from "../../static/js/popout/settings.js";
import { Waits } from "../../static/js/popout/waits.js";

const TWITCH = { name: "Twitch", longest: 500 };
const YOUTUBE = { name: "YouTube", longest: 200 };

const key = (key, more = {}) => ({ key, target: { closest: () => null }, ...more });

/** A window whose storage holds this. */
function browser(kept = {}) {
  const localStorage = { getItem: (name) => kept[name] ?? null, setItem: (name, value) => void (kept[name] = value) };
  return { localStorage };
}

test("length is counted in code points, as platforms count", () => {
  assert.equal(lengthOf("lumen 🔆"), 7);
  assert.equal(lengthOf("👨‍👩‍👧"), 5);
});

test("the platform that takes least decides, and is named when it comes near", () => {
  assert.equal(limitOf("x".repeat(159), [TWITCH, YOUTUBE]), null);
  assert.deepEqual(limitOf("x".repeat(160), [TWITCH, YOUTUBE]), { channel: YOUTUBE, length: 160, over: 0 });
  assert.deepEqual(limitOf("🔆".repeat(203), [TWITCH, YOUTUBE]), { channel: YOUTUBE, length: 203, over: 3 });
  assert.equal(limitOf("x".repeat(203), [TWITCH]), null);
  assert.equal(limitOf("x".repeat(900), []), null);
});

test("a name begins with @ and an emote with a colon and two letters, each after a space", () => {
  assert.deepEqual(begun("hi @ju"), { sign: "@", part: "ju", from: 3 });
  assert.deepEqual(begun(":Lu"), { sign: ":", part: "Lu", from: 0 });
  for (const text of ["hi", "hi @", "hi :D", "mail@ju", "https://x", "hi @ju "]) assert.equal(begun(text), null);
});

test("what is completed takes the place of what was begun, and the caret is behind it", () => {
  assert.deepEqual(completed("hi @ju there", 6, { sign: "@", from: 3 }, "Juno"), { text: "hi @Juno there", caret: 9 });
  assert.deepEqual(completed(":lu", 3, { sign: ":", from: 0 }, "LumioHype"), { text: "LumioHype ", caret: 10 });
});

test("suggestions begin with what was written before those that only have it, the newest first", () => {
  const seen = new Seen();
  for (const name of ["Juno", "Arjun", "June", "Otto", "juno"]) seen.add(name);

  assert.deepEqual(seen.suggest("ju").map(({ text }) => text), ["juno", "June", "Arjun"]);
  assert.deepEqual(seen.suggest("x"), []);
});

test("of what was seen the oldest is forgotten, so that it does not grow", () => {
  const seen = new Seen();
  for (let number = 0; number < 10_000; number += 1) seen.add(`name${number}`);

  assert.deepEqual(seen.suggest("name1234"), []);
  assert.equal(seen.suggest("name9999").length, 1);
});

test("the arrow keys go back through what was sent and forward to what was being written", () => {
  const history = new History();
  for (const text of ["one", "two", "one"]) history.add(text);

  assert.equal(history.step(1, "draft"), "one");
  assert.equal(history.step(1, "one"), "two");
  assert.equal(history.step(1, "two"), null);
  assert.equal(history.step(-1, "two"), "one");
  assert.equal(history.step(-1, "one"), "draft");
  assert.equal(history.step(-1, "draft"), null);
});

test("keys are commands, but not while somebody types, and not with a modifier", () => {
  const field = { closest: (selector) => (selector.includes("textarea") ? {} : null) };

  assert.equal(commandOf(key("j")), "down");
  assert.equal(commandOf(key("D")), "delete");
  assert.equal(commandOf(key("ArrowUp")), "up");
  assert.equal(commandOf(key("q")), null);
  assert.equal(commandOf(key("d", { target: field })), null);
  for (const modifier of ["ctrlKey", "metaKey", "altKey"]) assert.equal(commandOf(key("r", { [modifier]: true })), null);
  assert.deepEqual(["0", "1", "9", "a"].map((one) => digitOf(key(one))), [0, 1, 9, 0]);
});

test("settings last, and what is stored and makes no sense is left out", () => {
  const page = browser();
  store({ ...stored(page), removed: "hide", quiet: [] }, page);

  assert.equal(stored(page).removed, "hide");
  assert.deepEqual(stored(page).quiet, []);
  assert.deepEqual(stored(browser({ "lumio.chat": '{"hover": "yes", "quiet": "all", "targets": ["kick"]}' })), {
    ...stored(browser()),
    targets: ["kick"],
  });
  assert.deepEqual(stored(browser({ "lumio.chat": "{" })), stored(browser()));
});

test("without storage settings are the usual ones, and storing them breaks nothing", () => {
  const page = Object.defineProperty({}, "localStorage", {
    get() {
      throw new Error("SecurityError");
    },
  });

  store({ ...stored(page), removed: "hide" }, page);

  assert.deepEqual(stored(page), stored(browser()));
});

test("keywords are separated by commas", () => {
  assert.deepEqual(keywordsOf({ keywords: " giveaway, ,lumio " }), ["giveaway", "lumio"]);
});

test("a screen reader is told at most one sentence in five seconds, however much comes", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const region = { textContent: "" };
  const herald = new Herald(region, (first, count) => `${first}, ${count}`);

  herald.tell(["one"]);
  herald.tell(["two", "three"]);
  context.mock.timers.tick(4_999);
  assert.equal(region.textContent, "");
  context.mock.timers.tick(1);
  assert.equal(region.textContent, "one, 3");

  herald.tell(["four"]);
  herald.stop();
  context.mock.timers.tick(10_000);
  assert.equal(region.textContent, "one, 3");
});

function clock() {
  let now = 0;
  return { now: () => now, pass: (ms) => (now += ms) };
}

test("a platform that wants a pause is told of until it is over", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { now, pass } = clock();
  const told = [];
  const twitch = { platform: "twitch" };
  const kick = { platform: "kick" };
  const waits = new Waits(() => told.push(waits.longest([twitch, kick])?.seconds ?? 0), now);
  const second = () => {
    pass(1_000);
    context.mock.timers.tick(1_000);
  };

  waits.begin("twitch", 3);
  assert.deepEqual(waits.longest([twitch, kick]), { channel: twitch, seconds: 3 });
  assert.equal(waits.longest([kick]), null);
  second();
  waits.begin("kick", 1);
  for (let more = 0; more < 5; more += 1) second();

  assert.deepEqual(told, [3, 2, 2, 1, 0]);
  assert.equal(waits.longest([twitch, kick]), null);
});
