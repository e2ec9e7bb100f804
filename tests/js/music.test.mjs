import assert from "node:assert/strict";
import { test } from "node:test";

import cases from "./music.json" with { type: "json" };
import { clock, counted, expected, face, isQuiet, progress } from "../../static/js/popout/music-face.js";

const NOTHING = { item: null, progress_ms: null, device: null, trouble: null, paused_until: null };
const PLAYING = { ...NOTHING, state: "playing", progress_ms: 60_000, item: { link: "a", duration_ms: 200_000 } };
const CAN = { play: false, pause: true, next: true, previous: true, volume: true };

for (const { name, data, may_control: mayControl = false, face: wanted } of cases.faces) {
  test(`says what plays: ${name}`, () => {
    const { title, subtitle, isTrack } = face({ ...NOTHING, ...data }, cases.words, { mayControl });
    assert.deepEqual([title, subtitle, isTrack], wanted);
  });
}

test("says a trouble in the reader's words, not in those it came with", () => {
  const trouble = { code: "grant_ended", detail: "in English", params: { platform: "Spotify", reason: "revoked" } };
  assert.deepEqual(face({ ...NOTHING, state: "trouble", trouble }, cases.words, { mayControl: false }), {
    title: "Sign in to Spotify again",
    subtitle: "Spotify ended this sign-in. It said: “revoked”. Click Reconnect to sign in again.",
    isTrack: false,
  });
});

test("says until when a pause is by the reader's clock", () => {
  const words = { ...cases.words, troubles: { paused_until: "Asked again at {time}." } };
  const trouble = { code: "paused_until", detail: "", params: { platform: "Spotify", time: "" } };
  const data = { ...NOTHING, state: "trouble", trouble, paused_until: "2026-11-27T14:05:00+00:00" };
  const { subtitle } = face(data, words, { mayControl: false, time: (moment) => moment.slice(11, 16) });
  assert.equal(subtitle, "Asked again at 14:05.");
});

test("says after a while that nobody finds out", () => {
  const trouble = { code: "music_not_known", detail: "Tell whoever runs it.", params: {} };
  const { title, subtitle } = face({ ...NOTHING, state: "trouble", trouble }, cases.words, { mayControl: false, waited: true });
  assert.deepEqual([title, subtitle], ["No news from Spotify", "Tell whoever runs it."]);
});

test("progress counts on while it plays, and never beyond the end", () => {
  assert.equal(progress(PLAYING, 1000, 1000), 60_000);
  assert.equal(progress(PLAYING, 1000, 4500), 63_500);
  assert.equal(progress(PLAYING, 1000, 900), 60_000);
  assert.equal(progress(PLAYING, 1000, 999_000), 200_000);
  assert.equal(progress({ ...PLAYING, state: "paused" }, 1000, 4500), 60_000);
  assert.equal(progress({ ...PLAYING, item: { duration_ms: null } }, 1000, 999_000), 1_058_000);
  assert.equal(progress(NOTHING, 1000, 4500), null);
});

test("a second's difference does not make the progress jump, a larger one does", () => {
  const before = { data: PLAYING, received: 1000 };
  const at = (progress_ms, more = {}) => counted(before, { ...PLAYING, progress_ms, ...more }, 4000);
  // Shown at 4000 is 63,000.
  assert.equal(progress({ ...PLAYING, progress_ms: 62_400 }, at(62_400), 4000), 63_000);
  assert.equal(at(90_000), 4000);
  assert.equal(at(63_000, { item: { link: "b", duration_ms: 200_000 } }), 4000);
  assert.equal(at(63_000, { state: "paused" }), 4000);
  assert.equal(counted(undefined, PLAYING, 4000), 4000);
});

test("a length reads as players write it", () => {
  for (const [milliseconds, text] of cases.clocks) assert.equal(clock(milliseconds), text);
  assert.equal(clock(undefined), "");
});

test("only music that plays, and trouble, is worth a place on air for long", () => {
  assert.deepEqual(["playing", "paused", "nothing", "private", "trouble"].filter((state) => isQuiet({ state })), [
    "paused",
    "nothing",
    "private",
  ]);
});

test("a button shows at once what it will do, where that is known", () => {
  const data = { ...PLAYING, can: CAN };
  const paused = expected(data, "pause");
  assert.deepEqual([paused.state, paused.can.play, paused.can.pause], ["paused", true, false]);
  assert.equal(expected(paused, "play").state, "playing");
  assert.equal(expected(data, "next"), data);
  const nothing = { ...NOTHING, state: "nothing", can: CAN };
  assert.equal(expected(nothing, "play"), nothing);
});
