import assert from "node:assert/strict";
import { test } from "node:test";

import cases from "./obs-page.json" with { type: "json" };
import told from "./obs.json" with { type: "json" };
import {
  STALE_AFTER,
  buttons,
  choose,
  gaveUp,
  isDone,
  isFresh,
  link,
  remembered,
  running,
  scenes,
} from "../../static/js/popout/obs-face.js";
import { SILENCE, decibels, fader, figures, loudness } from "../../static/js/popout/obs-numbers.js";

const said = (wanted) => told.messages.find(({ name }) => name === wanted).message.data;
const ON_AIR = said("on air");
const STUDIO = said("studio mode, switching");

for (const { name, data, face } of cases.faces) {
  test(`says how the connection is: ${name}`, () => {
    const { heading, text } = link(data, cases.words);
    assert.deepEqual([heading, text], face);
  });
}

for (const { name, data, shown } of cases.scenes) {
  test(`shows scenes: ${name}`, () => {
    const all = data.names.map((scene) => ({ name: scene }));
    assert.deepEqual(scenes({ ...data, scenes: all }).map((scene) => scene.name), shown);
  });
}

for (const { name, wanted, obs, chosen } of cases.choices) {
  test(`chooses an OBS: ${name}`, () => {
    const states = new Map(obs.map(([integration, label, state]) => [integration, { integration, label, link: state }]));
    assert.equal(choose(states, wanted)?.integration ?? null, chosen);
  });
}

test("says a trouble in the reader's words, not in those it came with", () => {
  const trouble = { code: "tool_busy", detail: "in English", params: { tool: "OBS Studio" } };
  assert.equal(
    link({ link: "trouble", trouble }, cases.words).text,
    "OBS Studio is busy, for example with changing the scene collection. Try again in a moment.",
  );
});

test("may be acted upon only while news come, and not while the scene collection changes", () => {
  assert.equal(isFresh(ON_AIR, 1000, 1000 + STALE_AFTER - 1), true);
  assert.equal(isFresh(ON_AIR, 1000, 1000 + STALE_AFTER), false);
  assert.equal(isFresh(said("limited"), 1000, 1_000_000), true); // nothing would tell
  for (const name of ["the scene collection is being changed", "connecting", "wrong password", "no bridge page"]) {
    assert.equal(isFresh(said(name), 1000, 1000), false, name);
  }
  assert.equal(isFresh(null, 1000, 1000), false);
});

test("keeps what was known in sight while the connection is gone, and nothing of one that is switched off", () => {
  const lost = said("wrong password");
  const shown = remembered(ON_AIR, lost);
  assert.deepEqual([shown.link, shown.trouble, shown.scenes, shown.program], ["trouble", lost.trouble, ON_AIR.scenes, "Live"]);
  assert.equal(remembered(ON_AIR, STUDIO), STUDIO);
  assert.equal(remembered(undefined, lost), lost);
  const off = { ...lost, trouble: { ...lost.trouble, code: "tool_switched_off" } };
  assert.equal(remembered(ON_AIR, off), off);
});

test("an output has the buttons that its state allows", () => {
  assert.deepEqual(buttons("stream", { state: "off" }), ["start"]);
  assert.deepEqual(buttons("stream", { state: "reconnecting" }), ["stop"]);
  assert.deepEqual(buttons("record", { state: "on" }), ["pause", "stop"]);
  assert.deepEqual(buttons("record", { state: "paused" }), ["resume", "stop"]);
  assert.deepEqual(buttons("replay", { state: "on" }), ["save", "stop"]);
  assert.deepEqual(buttons("camera", { state: "unavailable" }), []);
  assert.deepEqual(buttons("camera", { state: "some day" }), []);
});

test("how long an output runs counts by the server's clock", () => {
  const now = Date.parse("2026-11-27T20:00:02.500+00:00");
  assert.equal(running("stream", ON_AIR, now), 30 * 60 + 2.5);
  assert.equal(running("record", ON_AIR, now), 612); // paused
  assert.equal(running("record", { ...ON_AIR, record: { state: "on", seconds: 612 } }, now), 614.5);
  assert.equal(running("stream", { ...ON_AIR, stream: { state: "off", since: null } }, now), null);
  assert.equal(running("stream", { ...ON_AIR, stream: { state: "reconnecting", since: "2026-11-27T19:30:00Z" } }, now), null);
  assert.equal(running("stream", { ...ON_AIR, stream: { state: "on", since: null } }, now), null);
  assert.equal(running("stream", ON_AIR, 0), 0);
});

test("a start that came to nothing is noticed", () => {
  assert.equal(gaveUp({ state: "starting" }, { state: "off" }), true);
  assert.equal(gaveUp({ state: "on" }, { state: "off" }), false);
  assert.equal(gaveUp({ state: "starting" }, { state: "on" }), false);
  assert.equal(gaveUp(undefined, { state: "off" }), false);
});

test("what was asked for shows as that until OBS has done it", () => {
  assert.equal(isDone({ act: "scene.program", scene: "Pause" }, STUDIO), false);
  assert.equal(isDone({ act: "scene.program", scene: "Live" }, STUDIO), true);
  assert.equal(isDone({ act: "scene.preview", scene: "Pause" }, STUDIO), true);
  assert.equal(isDone({ act: "studio.mode", on: false }, STUDIO), false);
  assert.equal(isDone({ act: "input.mute", input: "Mic/Aux", muted: true }, ON_AIR), true);
  assert.equal(isDone({ act: "input.mute", input: "Mic/Aux", muted: false }, ON_AIR), false);
  assert.equal(isDone({ act: "stream.stop" }, ON_AIR), false);
  assert.equal(isDone({ act: "record.pause" }, ON_AIR), true);
  assert.equal(isDone({ act: "replay.save" }, ON_AIR), true); // nothing tells, so OBS's yes counts
});

test("a source is told from another with its number by the scene or the group it is in", () => {
  const shown = (scene, visible) => isDone({ act: "source.visible", scene, item: 1, visible }, STUDIO);
  assert.equal(shown("Live", true), true);
  assert.equal(shown("Live", false), false);
  assert.equal(shown("Camera frame", true), true);
  assert.equal(shown("Pause", true), true); // in the preview
  assert.equal(shown("Outro", true), false);
});

test("a fader stands where OBS's own does", () => {
  assert.equal(fader(0), 1);
  assert.equal(fader(26), 1);
  assert.equal(fader(-96), 0);
  assert.equal(fader(-Infinity), 0);
  assert.ok(Math.abs(fader(-10) - 0.654) < 0.001, fader(-10));
  assert.equal(decibels(0), SILENCE);
  assert.equal(decibels(1), 0);
  for (const db of [-0.5, -3.2, -12, -40.1, -80]) assert.ok(Math.abs(decibels(fader(db)) - db) < 0.11, db);
});

test("loudness reads as people write it", () => {
  assert.deepEqual([-3.2, 0, -12, 2.5, -100, null].map((db) => loudness(db, "en")), [
    "−3.2 dB",
    "0.0 dB",
    "−12.0 dB",
    "+2.5 dB",
    "−∞ dB",
    "−∞ dB",
  ]);
  assert.equal(loudness(-3.2, "de"), "−3,2 dB");
});

test("numbers that are bad say so, and those that nobody knows are not there", () => {
  const tones = (stats, best = 60) =>
    Object.fromEntries(figures({ ...said("stats while streaming"), ...stats }, best, "en").map(({ name, tone }) => [name, tone]));
  const fine = { fps: "ok", cpu: "ok", lagged: "ok", skipped: "warn", dropped: "ok", bitrate: "ok", disk: "ok" };
  assert.deepEqual(tones({}), fine);
  assert.deepEqual(tones({ fps: 56, cpu: 61, dropped_percent: 5, congestion: 0.4, free_disk_mb: 4000 }), {
    ...fine,
    fps: "warn",
    cpu: "warn",
    dropped: "bad",
    bitrate: "warn",
    disk: "warn",
  });
  assert.deepEqual([tones({ fps: 40 }).fps, tones({ bitrate_kbps: 0 }).bitrate], ["bad", "bad"]);
  assert.deepEqual(
    figures(said("stats at rest"), 30, "en").map(({ name, text }) => [name, text]),
    [["fps", "30"], ["cpu", "0.4 %"], ["lagged", "0.0 %"], ["skipped", "0.0 %"]],
  );
  assert.deepEqual(figures({ fps: 59.94, free_disk_mb: 182044, bitrate_kbps: 6000 }, 60, "de").map(({ text }) => text), [
    "59,9",
    "6.000 kbit/s",
    "178 GB",
  ]);
});
