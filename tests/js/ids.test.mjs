import assert from "node:assert/strict";
import { test } from "node:test";

import { newId } from "../../static/js/lib/ids.js";

test("ids are UUIDs", () => {
  assert.match(newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(newId(), newId());
});
