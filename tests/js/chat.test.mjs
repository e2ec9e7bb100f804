import assert from "node:assert/strict";
import { test } from "node:test";

import { ON_DARK, ON_LIGHT, contrastOf, ownColour, readable } from "../../static/js/lib/colour.js";
import {
  badges,
  isFound,
  isLine,
  line,
  marks,
  removal,
  removalBefore,
  removalOf,
  restores,
  takesOut,
  watch,
} from "../../static/js/popout/lines.js";

const WORDS = {
  anonymous: "Anonymous",
  answers: "answers {name}",
  from: "from {name}",
  removed: "removed",
  removed_by: "removed by {name}",
  deleted: "deleted",
  deleted_by: "deleted by {name}",
  timed_out: "timed out for {time}",
  timed_out_by: "timed out for {time} by {name}",
  banned: "banned",
  banned_by: "banned by {name}",
  quote: "{name}: {text}",
  units: { seconds: ["{n} second", "{n} seconds"], minutes: ["{n} minute", "{n} minutes"] },
  durations: [["minutes", 60]],
};
const OTTO = { id: "7", login: "otto", name: "Otto" };

const message = (extra = {}, actor = {}) => ({
  type: "chat.message",
  data: { platform: "twitch", channel_id: "1", id: "m1", actor: { id: "2", login: "juno", name: "Juno", ...actor }, extra },
});
const moderated = (type, extra = {}, data = {}) => ({
  type,
  data: { platform: "twitch", channel_id: "1", actor: { id: "2" }, extra, ...data },
});
const drawn = { platform: "twitch", channel: "1", id: "m1", actor: "2" };

test("messages and announcements are lines, what happens to them is not", () => {
  assert.deepEqual(
    ["chat.message", "chat.announcement", "chat.message_deleted", "chat.user_cleared", "chat.cleared", "chat.new"].filter(
      (type) => isLine({ type }),
    ),
    ["chat.message", "chat.announcement"],
  );
});

test("a deleted message is one line of one channel", () => {
  const deleted = moderated("chat.message_deleted", { message_id: "m1" });

  assert.equal(takesOut(deleted, drawn), true);
  assert.equal(takesOut(deleted, { ...drawn, id: "m2" }), false);
  assert.equal(takesOut(deleted, { ...drawn, platform: "kick" }), false);
  assert.equal(takesOut(deleted, { ...drawn, channel: "2" }), false);
});

test("who is banned takes all their lines with them, and nobody else's", () => {
  const cleared = moderated("chat.user_cleared");

  assert.equal(takesOut(cleared, { ...drawn, id: "m9" }), true);
  assert.equal(takesOut(cleared, { ...drawn, actor: "3" }), false);
  assert.equal(takesOut(moderated("chat.user_cleared", {}, { actor: { id: "" } }), { ...drawn, actor: "" }), false);
});

test("a chat that is cleared loses every line of that channel", () => {
  assert.equal(takesOut(moderated("chat.cleared"), drawn), true);
  assert.equal(takesOut(moderated("chat.cleared"), { ...drawn, platform: "youtube" }), false);
});

test("what nobody knows takes nothing out", () => {
  assert.equal(takesOut(moderated("chat.new"), drawn), false);
});

test("a line says what became of it, and who did that where the platform tells", () => {
  const told = (type, extra) => removal(removalOf(moderated(type, extra)), WORDS, "en");

  assert.equal(told("chat.message_deleted", { moderator: { id: "", login: "", name: "Ana" } }), "deleted by Ana");
  assert.equal(told("chat.message_deleted", {}), "deleted");
  assert.equal(told("chat.user_cleared", { act: "timeout", seconds: 600, moderator: OTTO }), "timed out for 10 minutes by Otto");
  assert.equal(told("chat.user_cleared", { act: "timeout", seconds: 1 }), "timed out for 1 second");
  assert.equal(told("chat.user_cleared", { act: "ban", moderator: OTTO }), "banned by Otto");
  assert.equal(told("chat.user_cleared", { moderator: OTTO }), "removed by Otto");
  assert.equal(told("chat.user_cleared", { act: "timeout", moderator: OTTO }), "removed by Otto");
  assert.equal(told("chat.cleared", {}), "removed");
});

test("a line that was taken out before the page came says so, one that stands says nothing", () => {
  const before = (removed) => removalBefore({ data: { removed } });

  assert.equal(removal(before({ at: "2026-11-21T14:02:11+00:00", by: OTTO }), WORDS, "en"), "removed by Otto");
  assert.equal(removal(before({ at: "2026-11-21T14:02:11+00:00", by: {} }), WORDS, "en"), "removed");
  assert.equal(before(null), null);
});

test("who may write again gets their lines back, and nobody else", () => {
  const restored = moderated("chat.user_restored");

  assert.equal(restores(restored, drawn), true);
  assert.equal(restores(restored, { ...drawn, actor: "3" }), false);
  assert.equal(restores(restored, { ...drawn, channel: "2" }), false);
  assert.equal(restores(moderated("chat.user_cleared"), drawn), false);
  assert.equal(takesOut(restored, drawn), false);
});

test("a line says who wrote it, what it answers, and in which colour", () => {
  assert.deepEqual(line(message({ colour: "#8ab4ff", reply: { ...OTTO, text: "why?" } }), WORDS), {
    name: "Juno",
    aside: "",
    quote: "Otto: why?",
    colour: "#8ab4ff",
  });
  assert.deepEqual(line(message({}, { name: "" }), WORDS), { name: "juno", aside: "", quote: "", colour: "" });
  assert.equal(line(message({ reply: OTTO, source: { name: "Juno TV" } }), WORDS).quote, "answers Otto");
  assert.equal(line(message({ reply: OTTO, source: { name: "Juno TV" } }), WORDS).aside, "from Juno TV");
});

test("lines stand out for what they are, by one name on all platforms", () => {
  const watched = watch(["mira_plays", "mira-plays"], ["c++", "giveaway", "(live)"]);
  const marked = (extra, text = "", more = {}) =>
    marks({ type: "chat.message", data: { fragments: [], extra, message: text, amount: null, ...more } }, watched);

  assert.deepEqual(marked({}), []);
  assert.deepEqual(marked({ first: true }), ["first"]);
  assert.deepEqual(marked({ first_of_stream: true }), ["first-of-stream"]);
  assert.deepEqual(marked({ badges: [{ set: "owner" }] }), ["team"]);
  assert.deepEqual(marked({ badges: [{ set: "vip" }, { set: "founder" }] }), ["vip", "subscriber"]);
  assert.deepEqual(marked({}, "500 for the roof", { amount: 500 }), ["paid"]);
  assert.deepEqual(marked({}, "hi @Mira_Plays!"), ["mention"]);
  assert.deepEqual(marked({}, "mira_plays2 is somebody else"), []);
  assert.deepEqual(marked({}, "", { fragments: [{ type: "mention", text: "@Mira", login: "mira_plays", name: "Mira" }] }), ["mention"]);
  assert.deepEqual(marked({}, "is there a GIVEAWAY in C++?"), ["keyword"]);
  assert.deepEqual(marked({}, "did mira-plays/kick (live) lose it?"), ["mention", "keyword"]);
  assert.deepEqual(marks({ ...message(), type: "chat.announcement" }, watch([], [])), ["announcement"]);
});

test("a search finds every one of its words in the name or the message", () => {
  const said = { data: { actor: { name: "Juno", login: "juno_tv" }, message: "Which keyboard is that?" } };

  assert.equal(isFound(said, "KEYBOARD"), true);
  assert.equal(isFound(said, "juno which"), true);
  assert.equal(isFound(said, "juno mouse"), false);
});

test("the colour of an announcement is not its author's", () => {
  assert.equal(line(message({ colour: "purple", name_colour: "#00ff7f" }), WORDS).colour, "#00ff7f");
  assert.equal(line(message({ colour: "purple", name_colour: "" }), WORDS).colour, "");
});

test("badges are pictures, or roles under one name for all platforms", () => {
  const worn = [
    { set: "moderator", id: "1", info: "" },
    { set: "owner", id: "", info: "" },
    { set: "bits", id: "100", info: "", url: "https://cdn/b.png", title: "100 bits" },
    { set: "glhf-pledge", id: "1", info: "" },
  ];

  assert.deepEqual(badges(message({ badges: worn })), [
    { url: "", title: "moderator", role: "moderator" },
    { url: "", title: "owner", role: "broadcaster" },
    { url: "https://cdn/b.png", title: "100 bits", role: "" },
  ]);
  assert.deepEqual(badges(message()), []);
});

test("every colour can be read on both themes, and stays where it can be read already", () => {
  for (const background of [ON_DARK, ON_LIGHT]) {
    for (let red = 0; red < 256; red += 51) {
      for (let green = 0; green < 256; green += 51) {
        for (let blue = 0; blue < 256; blue += 51) {
          const colour = `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
          const shown = readable(colour, background);
          assert.ok(contrastOf(shown, background) >= 4.5, `${colour} as ${shown} on ${background}`);
          if (contrastOf(colour, background) >= 4.5) assert.equal(shown, colour);
        }
      }
    }
  }
});

test("what is no colour is drawn in one", () => {
  for (const value of ["", null, undefined, "red", "#fff", "url(x)"]) {
    assert.match(readable(value, ON_DARK), /^#[0-9a-f]{6}$/);
  }
});

test("contrast is as WCAG counts it", () => {
  assert.equal(contrastOf("#ffffff", "#000000"), 21);
  assert.equal(contrastOf("#777777", "#777777"), 1);
});

test("whoever chose no colour keeps the same one, and not everybody has it", () => {
  assert.equal(ownColour("UCx4"), ownColour("UCx4"));
  assert.ok(new Set(["1", "2", "3", "4", "5"].map(ownColour)).size > 1);
});
