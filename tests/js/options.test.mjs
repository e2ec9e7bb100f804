import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { dataset: {} } };
const { read } = await import("../../static/js/popout/options.js");

const of = (dataset) => read({ dataset });

test("an address that asks for nothing leaves everything to the page", () => {
  assert.deepEqual(of({ platforms: "", max: "", text: "" }), {
    platforms: null,
    max: null,
    text: null,
    controls: true,
    times: "minutes",
  });
});

test("what the server wrote is read", () => {
  const asked = { platforms: "twitch,kick", max: "40", text: "125", rowTimes: "none", onlyShows: "" };
  assert.deepEqual(of(asked), {
    platforms: new Set(["twitch", "kick"]),
    max: 40,
    text: 125,
    controls: false,
    times: "none",
  });
});
