import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { dataset: {} } };
const { read } = await import("../../static/js/popout/options.js");

const of = (dataset) => read({ dataset });

test("an address that asks for nothing leaves everything to the page", () => {
  assert.deepEqual(of({ platforms: "", types: "", max: "", hide: "" }), {
    platforms: null,
    types: null,
    max: null,
    controls: true,
    hide: new Set(),
    times: "minutes",
  });
});

test("what the server wrote is read", () => {
  const asked = { platforms: "twitch,kick", types: "subs", max: "40", hide: "header time", rowTimes: "none", onlyShows: "" };
  assert.deepEqual(of(asked), {
    platforms: new Set(["twitch", "kick"]),
    types: new Set(["subs"]),
    max: 40,
    controls: false,
    hide: new Set(["header", "time"]),
    times: "none",
  });
});
