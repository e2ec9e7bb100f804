import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

const { Refused, call, orElse, why } = await import("../../static/js/popout/api.js");
const { Moderation } = await import("../../static/js/popout/moderate.js");
const { Trials } = await import("../../static/js/editor/trials.js");

const WORDS = { no_network: "Lumio cannot be reached.", no_answer: "No answer.", mistake: "Reload this page." };

let asked;
let reported;

/** A page at `search`, whose next call is answered so. */
function page(search, answer) {
  const address = new URL(`http://lumio/popout/chat${search}`);
  globalThis.location = address;
  globalThis.window = {
    location: { href: address.href, pathname: address.pathname },
    navigator: { userAgent: "Chrome/140 OBS/31.0.0" },
    sessionStorage: { getItem: () => null, setItem: () => {}, removeItem: () => {} },
    history: { state: null, replaceState: () => {} },
  };
  globalThis.fetch = async (url, options) => {
    asked = { url: String(url), ...options };
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

beforeEach(() => {
  reported = [];
  globalThis.reportError = (error) => reported.push(error);
  globalThis.document = {
    querySelector: (selector) =>
      selector === "#words"
        ? { textContent: JSON.stringify(WORDS) }
        : { dataset: { account: "7", csrf: "c" } },
  };
});

afterEach(() => {
  asked = undefined;
});

const json = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });

test("a page with a token calls with it, and sends nothing else that could speak for somebody", async () => {
  page("?token=lm_pop_x", json(201, { data: [1] }));

  assert.deepEqual(await call("POST", "/v1/chat/messages", { text: "hi" }), [1]);
  assert.equal(asked.url, "http://lumio/v1/chat/messages?token=lm_pop_x");
  assert.deepEqual([asked.credentials, asked.headers], ["omit", { "Content-Type": "application/json" }]);
  assert.equal(asked.body, '{"text":"hi"}');
});

test("a page of the dashboard calls as the session, for the account that it shows", async () => {
  page("", new Response(null, { status: 204 }));

  assert.equal(await call("DELETE", "/v1/chat/notes/7"), null);
  assert.equal(asked.url, "http://lumio/v1/chat/notes/7");
  assert.equal(asked.credentials, "same-origin");
  assert.deepEqual(asked.headers, { "Content-Type": "application/json", "Lumio-Account": "7", "X-CSRFToken": "c" });
});

test("what the API refuses is a sentence, and how long to wait", async () => {
  const said = { code: "rate_limited", detail: "Wait a moment." };
  page("?token=lm_pop_x", json(429, said, { "Retry-After": "7" }));

  await assert.rejects(call("GET", "/v1/chat"), (error) => {
    assert.ok(error instanceof Refused);
    const { status, code, text, retryAfter } = error;
    assert.deepEqual({ status, code, text, retryAfter }, { status: 429, ...{ code: said.code, text: said.detail }, retryAfter: 7 });
    return true;
  });
});

for (const [what, answer, code, text] of [
  ["no answer", new TypeError("Failed to fetch"), "no_network", "Lumio cannot be reached."],
  ["a proxy's page", new Response("<html>", { status: 502 }), "not_understood", "No answer."],
  ["a page in place of data", new Response("<html>", { status: 200 }), "not_understood", "No answer."],
]) {
  test(`${what} is said in words`, async () => {
    page("?token=lm_pop_x", answer);

    await assert.rejects(call("GET", "/v1/chat"), { name: "Error", code, text, retryAfter: null });
  });
}

test("what was refused is told in its own words", () => {
  assert.equal(why(new Refused({ code: "rate_limited", text: "Wait a moment." })), "Wait a moment.");
  assert.deepEqual(reported, []);
});

test("a mistake of ours is for the console, and people read what to do", () => {
  const mistake = new TypeError("x is undefined");

  assert.equal(why(mistake), "Reload this page.");
  assert.deepEqual(reported, [mistake]);
});

test("something else is taken for what was refused alone", () => {
  assert.deepEqual(orElse([])(new Refused({ code: "no_network", text: "" })), []);
  assert.throws(() => orElse([])(new TypeError("x is undefined")), TypeError);
});

test("whoever moderates reads what to do when the page makes a mistake", async () => {
  const told = [];
  const moderation = new Moderation({ toasts: { problem: (text) => told.push(text) }, words: {}, language: "en" });

  assert.equal(await moderation.perform("delete", { line: null }), false); // there is no line that could be deleted

  assert.deepEqual(told, ["Reload this page."]);
  assert.deepEqual(reported.map(({ name }) => name), ["TypeError"]);
});

test("whoever tries an alert out reads what to do when the page makes a mistake", async () => {
  page("", json(201, { data: {} }));
  globalThis.CSS = { escape: (text) => text };
  const told = [];
  const slot = {};
  const menu = { addEventListener: () => {}, querySelector: () => slot, matches: () => false };
  const words = { sending: "", sent: undefined };
  const say = (text) => told.push(text);
  const trials = new Trials(menu, { desk: { isDirty: false }, plays: {}, kinds: [["follow", "Follow"]], words, say });

  await trials.test({ kinds: ["follow"], platforms: [], least: 0 }); // there is no word for what was sent

  assert.deepEqual(told, ["Reload this page."]);
  assert.deepEqual(reported.map(({ name }) => name), ["TypeError"]);
});
