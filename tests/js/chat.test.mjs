import assert from "node:assert/strict";
import { test } from "node:test";

import { ON_DARK, ON_LIGHT, contrastOf, ownColour, readable } from "../../static/js/lib/colour.js";
import { badges, isLine, line, removal, takesOut } from "../../static/js/popout/lines.js";

const WORDS = {
  anonymous: "Anonymous",
  answers: "answers {name}",
  from: "from {name}",
  removed: "removed",
  removed_by: "removed by {name}",
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

test("whoever removed a line is named, where the platform tells", () => {
  assert.equal(removal(OTTO, WORDS), "removed by Otto");
  assert.equal(removal({}, WORDS), "removed");
  assert.equal(removal(undefined, WORDS), "removed");
});

test("a line says who wrote it, whom it answers, and in which colour", () => {
  assert.deepEqual(line(message({ colour: "#8ab4ff", reply: OTTO }), WORDS), {
    name: "Juno",
    aside: "answers Otto",
    colour: "#8ab4ff",
  });
  assert.deepEqual(line(message({}, { name: "" }), WORDS), { name: "juno", aside: "", colour: "" });
  assert.equal(line(message({ reply: OTTO, source: { name: "Juno TV" } }), WORDS).aside, "answers Otto · from Juno TV");
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
