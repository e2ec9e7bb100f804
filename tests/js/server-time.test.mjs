import assert from "node:assert/strict";
import { test } from "node:test";

import { learnServerTime, serverNow } from "../../static/js/lib/server-time.js";

test("the server's time is told in whole milliseconds, by a clock that nobody sets", (t) => {
  t.mock.method(performance, "now", () => 1000.25);
  learnServerTime("2026-05-01T12:00:00.000Z");

  performance.now.mock.mockImplementation(() => 1500.5);

  assert.equal(serverNow(), Date.parse("2026-05-01T12:00:00.500Z"));
});
