import assert from "node:assert/strict";
import { test } from "node:test";

import { upload } from "../../static/js/lib/upload.js";

/** An XMLHttpRequest that answers as `outcome` says, and notes what it was given. */
function served(outcome) {
  const seen = { headers: {} };
  globalThis.XMLHttpRequest = class extends EventTarget {
    upload = new EventTarget();
    open = (method, address) => Object.assign(seen, { method, address });
    setRequestHeader = (name, value) => (seen.headers[name] = value);
    send(form) {
      seen.name = form.get("file").name;
      for (const [loaded, total] of [[1, 4], [0, 0]]) {
        this.upload.dispatchEvent(Object.assign(new Event("progress"), { loaded, total }));
      }
      Object.assign(this, outcome);
      this.dispatchEvent(new Event(outcome.status ? "load" : "error"));
    }
  };
  return seen;
}

const FILE = new File(["OggS"], "Wave.ogg");

test("a file goes as whoever is signed in, and says how far it is", async () => {
  const seen = served({ status: 201, response: { data: { id: "7" } } });
  const parts = [];

  const answer = await upload("/v1/uploads", FILE, { account: "a", csrf: "c", progress: (part) => parts.push(part) });

  assert.deepEqual(answer, { status: 201, body: { data: { id: "7" } } });
  assert.deepEqual(seen, {
    headers: { "Lumio-Account": "a", "X-CSRFToken": "c" },
    method: "POST",
    address: "/v1/uploads",
    name: "Wave.ogg",
  });
  assert.deepEqual(parts, [0.25, 0]);
});

test("a refusal is an answer, and nobody there is an error", async () => {
  served({ status: 422, response: { detail: "No." } });
  const refused = await upload("/v1/uploads", FILE, { progress() {} });
  served({ status: 0 });

  assert.deepEqual(refused, { status: 422, body: { detail: "No." } });
  await assert.rejects(upload("/v1/uploads", FILE, { progress() {} }));
});
