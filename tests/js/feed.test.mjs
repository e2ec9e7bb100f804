import assert from "node:assert/strict";
import { test } from "node:test";

import cases from "./rows.json" with { type: "json" };
import { addressOf, chosen, isShown, valueOf, withValue } from "../../static/js/popout/filter.js";
import { Hidden } from "../../static/js/popout/hidden.js";
import { HIDDEN, forgetToken, storedToken, takeToken } from "../../static/js/popout/link.js";
import {
  actor,
  ago,
  amount,
  clean,
  duration,
  fill,
  latest,
  row,
  thanked,
  thread,
  trouble,
  worth,
} from "../../static/js/popout/words.js";

const WORDS = {
  units: { bits: ["{n} bit", "{n} bits"], viewers: ["{n} Zuschauer", "{n} Zuschauer"] },
  anonymous: "Anonymous",
  tier: "Tier {n}",
  hours: "{h} h {m} min",
  minutes: "{m} min",
};
const TOKEN = "lm_pop_0000000000000000000000000000001Zpa3d";

test("an amount is a number and its unit, one or many, as the language writes it", () => {
  assert.equal(amount(1, "bits", WORDS, "en"), "1 bit");
  assert.equal(amount(1284, "bits", WORDS, "en"), "1,284 bits");
  assert.equal(amount(1284, "viewers", WORDS, "de"), "1.284 Zuschauer");
  assert.equal(amount(0, "viewers", WORDS, "en"), "0 Zuschauer");
  assert.equal(amount(7, "level", WORDS, "en"), "7");
  assert.equal(amount(null, "bits", WORDS, "en"), "");
});

test("places that nobody fills stay, and what fills one is not read again", () => {
  assert.equal(fill("{actor} of {n}", { actor: "{n}" }), "{n} of {n}");
});

test("an actor is a name, else a login, else anonymous", () => {
  assert.equal(actor({ anonymous: false, name: "Mira", login: "mira" }, WORDS), "Mira");
  assert.equal(actor({ anonymous: false, name: "", login: "mira" }, WORDS), "mira");
  assert.equal(actor({ anonymous: false, name: "\u202e", login: "" }, WORDS), "Anonymous");
  assert.equal(actor({ anonymous: true, name: "Ananonymouscheerer", login: "" }, WORDS), "Anonymous");
});

test("strangers' text keeps its script and loses what reaches beyond it", () => {
  assert.equal(clean("\u202eevil\u2069 مرحبا", 80), "evil مرحبا");
  assert.equal(clean("z" + "\u0301".repeat(50), 80), "z" + "\u0301".repeat(4));
  assert.equal(clean("क्षत्रिय", 80), "क्षत्रिय");
  assert.equal(clean("😀".repeat(5), 3), "😀😀😀…");
  assert.equal(clean("x".repeat(10_000), 1000).length, 1001);
  assert.equal(clean(undefined, 10), "");
});

for (const { name, message, row: expected } of cases.rows) {
  test(`a row reads as the server writes it: ${name}`, () => {
    const { thread: about, ...places } = expected; // the same file is read by tests/tokens/test_popouts.py
    assert.deepEqual(row(message, cases.words, "en", (moment) => cases.times[moment]), places);
    assert.equal(thread(message, cases.words), about);
  });
}

for (const { thanked: tick, words } of cases.thanks) {
  test(`a tick reads as the server writes it: ${words}`, () => {
    assert.equal(thanked(tick, cases.words), words);
  });
}

for (const { amount: number, unit, currency, worth: expected } of cases.worth) {
  test(`what an event is worth is as the server says: ${number} ${unit} ${currency}`, () => {
    assert.equal(String(worth({ data: { amount: number, unit, currency } }, cases.words) ?? ""), expected);
  });
}

for (const { state, time, words } of cases.troubles) {
  test(`a channel whose source is ${state} reads as the server writes it: ${words}`, () => {
    assert.equal(trouble(state, time, cases.words), words);
  });
}

test("a source of which nothing is known delivers nothing", () => {
  assert.equal(trouble("", "", cases.words), "Not delivering");
});

test("strangers' text stays text, and what is cut away is missed by nobody", () => {
  const data = { platform: "twitch", actor: { name: "Jo", login: "jo" }, amount: 500, unit: "bits", message: "<b>gg</b>" };

  assert.equal(row({ type: "cheer", data: { ...data, extra: {} } }, cases.words, "en").message, "<b>gg</b>");
  assert.equal(thread({ type: "poll.end", data: { ...data, extra: {} } }, cases.words), "");
});

test("of several steps of one thing the last one stays, where it came", () => {
  const step = (type, id) => ({ type, data: { platform: "twitch", extra: { id } } });
  const follow = step("follow", "7");
  const messages = [step("poll.begin", "7"), follow, step("goal.progress", "7"), step("poll.end", "7"), follow];

  assert.deepEqual(latest(messages, cases.words), messages.slice(1));
  assert.deepEqual(latest([step("poll.begin", ""), step("poll.end", "")], cases.words).length, 2);
});

const GROUPS = ["follows", "subs", "mod"];

test("an address names what is shown", () => {
  const address = (rest) => `http://lumio/popout/events?token=hidden${rest}`;
  const named = (rest, parameter = "types") => [...chosen(address(rest), parameter, GROUPS)].sort();
  assert.deepEqual(named("&types=subs,mod"), ["mod", "subs"]);
  assert.deepEqual(named("&types=nonsense"), ["follows", "mod", "subs"]);
  assert.deepEqual(named("&types=mod", "platforms"), ["follows", "mod", "subs"]);
  assert.deepEqual(named(""), ["follows", "mod", "subs"]);
});

test("a choice is written into the address beside what else is there", () => {
  const address = "http://lumio/popout/events?token=hidden&types=mod#top";
  const written = (from, shown) => addressOf(from, "types", GROUPS, new Set(shown));
  assert.equal(written(address, ["mod", "follows"]), "http://lumio/popout/events?token=hidden&types=follows,mod#top");
  assert.equal(written(address, GROUPS), "http://lumio/popout/events?token=hidden#top");
  assert.equal(written("http://lumio/", ["subs"]), "http://lumio/?types=subs");
});

test("one value is written beside what else is there, and taken out", () => {
  const address = "http://lumio/popout/events?token=hidden&types=subs,mod";
  const asked = withValue(address, "min", "5");
  assert.equal(asked, "http://lumio/popout/events?token=hidden&types=subs%2Cmod&min=5");
  assert.deepEqual([valueOf(asked, "min"), valueOf(address, "min")], ["5", ""]);
  assert.equal(withValue(asked, "min", ""), "http://lumio/popout/events?token=hidden&types=subs%2Cmod");
});

test("rows of no group are always shown", () => {
  assert.deepEqual(["", undefined, "subs", "mod"].map((group) => isShown(group, new Set(["subs"]))), [true, true, true, false]);
});

test("a stream's age is in hours and minutes, and nothing when its start is unknown", () => {
  const now = Date.parse("2026-05-01T12:00:00Z");
  assert.equal(duration("2026-05-01T09:47:00+00:00", now, WORDS), "2 h 13 min");
  assert.equal(duration("2026-05-01T11:47:59Z", now, WORDS), "12 min");
  assert.equal(duration("2026-05-01T12:00:09Z", now, WORDS), "0 min");
  assert.equal(duration("", now, WORDS), "");
});

test("an age is in its largest unit and never in the future", () => {
  const now = Date.parse("2026-05-01T12:00:00Z");
  assert.equal(ago(now + 5000, now, "en"), "now");
  assert.equal(ago(now - 59_999, now, "en"), "now");
  assert.equal(ago(now - 60_000, now, "en"), "1 min. ago");
  assert.equal(ago(now - 2 * 3_600_000, now, "en"), "2 hr. ago");
  assert.equal(ago(now - 3 * 86_400_000, now, "de"), "vor 3 Tagen");
});

function tab({ search, userAgent = "Chrome/140", storage = new Map(), works = true }) {
  const location = new URL(`http://localhost:8000/popout/events${search}`);
  const refuse = () => {
    throw new Error("SecurityError");
  };
  return {
    location,
    navigator: { userAgent },
    history: { state: null, replaceState: (state, title, address) => (location.href = address.href) },
    sessionStorage: works
      ? {
          getItem: (key) => storage.get(key) ?? null,
          setItem: (key, value) => storage.set(key, value),
          removeItem: (key) => storage.delete(key),
        }
      : { getItem: refuse, setItem: refuse, removeItem: refuse },
  };
}

test("outside OBS the token moves from the address into the tab", () => {
  const page = tab({ search: `?token=${TOKEN}&theme=dark` });

  assert.equal(takeToken(page), TOKEN);
  assert.equal(page.location.search, `?token=${HIDDEN}&theme=dark`);
  assert.equal(storedToken(page), TOKEN);
  assert.equal(takeToken(page), TOKEN);
});

test("inside OBS the address stays, and nothing is kept", () => {
  const page = tab({ search: `?token=${TOKEN}`, userAgent: "Mozilla/5.0 Chrome/127.0 OBS/31.0.0" });

  assert.equal(takeToken(page), TOKEN);
  assert.equal(page.location.search, `?token=${TOKEN}`);
  assert.equal(storedToken(page), null);
});

test("without a memory for the tab the address stays", () => {
  const page = tab({ search: `?token=${TOKEN}`, works: false });

  assert.equal(takeToken(page), TOKEN);
  assert.equal(page.location.search, `?token=${TOKEN}`);
  assert.equal(storedToken(page), null);
});

test("without a token in the address there is none, and a forgotten one is gone", () => {
  assert.equal(takeToken(tab({ search: "" })), null);

  const page = tab({ search: `?token=${TOKEN}` });
  takeToken(page);
  forgetToken(page);
  assert.equal(takeToken(page), null);
});

const rowOf = (seq, thread = "") => ({ dataset: { seq: String(seq), ...(thread && { thread }) } });

function browser({ kept = new Map(), works = true } = {}) {
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
  const page = { location: { pathname: "/popout/events" } };
  return Object.defineProperty(page, "localStorage", {
    get() {
      if (!works) throw new Error("SecurityError");
      return storage;
    },
  });
}

test("what is hidden stays hidden in this browser, on this page and for this account alone", () => {
  const page = browser();
  const hidden = new Hidden(page, "ada");
  hidden.add(rowOf(7));
  hidden.add(rowOf(8, "poll twitch 1"));
  hidden.add(rowOf(7));

  const again = new Hidden(page, "ada");
  assert.deepEqual([rowOf(7), rowOf(8), rowOf(9, "poll twitch 1")].map((row) => again.has(row)), [true, false, true]);
  assert.equal(again.count, 2);
  assert.equal(new Hidden(page, "cleo").count, 0);
  again.clear();
  assert.deepEqual([again.count, new Hidden(page, "ada").count], [0, 0]);
});

test("no more is kept than belongs to a feed, whatever is stored", () => {
  const page = browser();
  const hidden = new Hidden(page, "ada");
  for (let seq = 0; seq < 510; seq += 1) hidden.add(rowOf(seq));
  assert.deepEqual([hidden.count, hidden.has(rowOf(9)), hidden.has(rowOf(10))], [500, false, true]);

  const spoilt = (text) => new Hidden(browser({ kept: new Map([["lumio.hidden:/popout/events:ada", text]]) }), "ada");
  assert.deepEqual(["{", "7", '[7, "8"]'].map((text) => spoilt(text).count), [0, 0, 1]);
});

test("without storage a row is hidden as long as the page is there", () => {
  const hidden = new Hidden(browser({ works: false }), "ada");

  hidden.add(rowOf(7));

  assert.equal(hidden.has(rowOf(7)), true);
});
