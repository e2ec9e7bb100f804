/**
 * What a popout says about what arrives, in the words that the server put into the page (`events/words.py`, where
 * the same rules are written for the first paint). Pure functions: text in, text out.
 */

export const NAME_LENGTH = 80;
export const MESSAGE_LENGTH = 1000;
const MOST_NAMES = 3; // recipients that are named; the others are counted

const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g; // embeddings, overrides, isolates
const MARKS = /(\p{M}{4})\p{M}+/gu; // four combining marks serve every script, more climb over other rows

/** Text of a stranger, fit to stand beside ours. */
export function clean(text, limit) {
  const letters = Array.from(String(text ?? "").slice(0, limit * 8).replace(DIRECTIONS, "").replace(MARKS, "$1"));
  return letters.slice(0, limit).join("") + (letters.length > limit ? "…" : "");
}

/** Puts `values` into the {places} of `pattern`. */
export function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** "1,284 viewers": the number alone for a unit without words, nothing without a number. */
export function amount(number, unit, words, language, currency = "") {
  if (number === null || number === undefined) return "";
  if (unit === "money") return `${money(number, words.decimals[currency] ?? 2, language)} ${currency}`;
  const larger = unit === "seconds" && number && words.durations.find(([, seconds]) => number % seconds === 0);
  if (larger) return amount(number / larger[1], larger[0], words, language);
  const shown = new Intl.NumberFormat(language).format(number);
  const forms = words.units[unit];
  return forms ? fill(forms[number === 1 ? 0 : 1], { n: shown }) : shown;
}

/** Who did it. */
export function actor(person, words) {
  if (person.anonymous) return words.anonymous;
  return name(person) || words.anonymous;
}

/** What else there is to say: gift or spell, recipients, state, votes, progress, category, who did it. */
export function detail({ type, data }, words, language) {
  const { extra } = data;
  const number = (value, unit = "") => amount(value, unit, words, language);
  const say = (key, values) => (Object.values(values).every(Boolean) ? fill(words[key], values) : "");
  const progress = (count, goal) => say("of", { n: number(count), goal: number(goal) });
  const counted = (choice, count) => [clean(choice.title, NAME_LENGTH), count].filter(Boolean).join(": ");
  const parts = [
    type === "superchat" ? (words[extra.type || "superchat"] ?? "") : "",
    clean(extra.gift, NAME_LENGTH),
    recipients(extra.recipients ?? [], data.amount, say, number),
    say("from", { name: name(extra.gifter) }),
    words.statuses[extra.status] ?? "",
    say("winner", { name: clean(extra.winner, NAME_LENGTH) }),
    (extra.choices ?? []).map((choice) => counted(choice, number(choice.votes))).join(" / "),
    (extra.outcomes ?? []).map((outcome) => counted(outcome, number(outcome.points, "points"))).join(" / "),
    progress(extra.progress, extra.goal),
    progress(data.amount, extra.target),
    extra.contributions?.length ? say("most", { name: name(data.actor) }) : "",
    clean(extra.category, NAME_LENGTH),
    say("by", { name: name(extra.moderator) }),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** What stands beside the platform: tier, membership level, tip service. */
export function aside({ type, data: { extra } }, words) {
  const parts = [
    extra.tier && !words.untiered.includes(type) ? fill(words.tier, { n: extra.tier }) : "",
    clean(extra.level, NAME_LENGTH),
    words.providers[extra.provider] ?? "",
  ];
  return parts.filter(Boolean).join(" · ");
}

function recipients(people, total, say, number) {
  const names = people.map(name).filter(Boolean);
  if (!names.length) return "";
  const named = names.slice(0, MOST_NAMES);
  const more = Math.max(total ?? 0, names.length) - named.length;
  return say(more ? "to_more" : "to", { names: named.join(", "), ...(more && { n: number(more) }) });
}

export function name(person) {
  return person ? clean(person.name || person.login, NAME_LENGTH) : "";
}

function money(number, places, language) {
  const digits = { minimumFractionDigits: places, maximumFractionDigits: places };
  return new Intl.NumberFormat(language, digits).format(number / 10 ** places);
}

/** What a row is about, where several are about one thing (the steps of a poll); nothing for any other. */
export function thread({ type, data }, words) {
  const kind = words.threads[type];
  return kind && data.extra.id ? `${kind} ${data.platform} ${data.extra.id}` : "";
}

/** The messages, in order, without those that a later one of the same thread makes old. */
export function latest(messages, words) {
  const threads = messages.map((message) => thread(message, words));
  return messages.filter((message, place) => !threads[place] || threads.lastIndexOf(threads[place]) === place);
}

/** By whom a row was ticked as thanked for; nothing of one that was not. */
export function thanked(tick, words) {
  if (!tick) return "";
  return name(tick.by) ? fill(words.thanked_by, { name: name(tick.by) }) : words.thanked;
}

/** How much an event is, in whole units of its own currency or whatever it counts; null where it has no amount. */
export function worth({ data: { amount: number, unit, currency } }, words) {
  if (number === null) return null;
  return unit === "money" ? number / 10 ** (words.decimals[currency] ?? 2) : number;
}

/** Every place of a row, as text; an empty one is not drawn. `time` writes a moment (ISO 8601). */
export function row(message, words, language, time) {
  const { data } = message;
  return {
    actor: actor(data.actor, words),
    amount: amount(data.amount, data.unit, words, language, data.currency),
    title: clean(data.extra.title, NAME_LENGTH),
    detail: detail(message, words, language),
    aside: aside(message, words),
    message: clean(data.message, MESSAGE_LENGTH),
    since: data.extra.since ? time(data.extra.since) : "",
    until: data.extra.until ? time(data.extra.until) : "",
  };
}

/** What is said in place of a channel's status: nothing while its source delivers. `time`: since when, if known. */
export function trouble(state, time, words) {
  if (state === "delivering") return "";
  if (state === "stopped" && time) return fill(words.stopped_since, { time });
  return words.troubles[state] ?? words.troubles.stopped;
}

/** How long a stream has run: "2 h 13 min". Nothing for a start that is unknown. */
export function duration(since, now, words) {
  const started = Date.parse(since);
  if (Number.isNaN(started)) return "";
  const minutes = Math.max(0, Math.floor((now - started) / 60_000));
  return minutes < 60
    ? fill(words.minutes, { m: minutes })
    : fill(words.hours, { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** How long ago something was: "now", "3 minutes ago"; never in the future, whatever the clocks say. */
export function ago(moment, now, language) {
  const seconds = Math.max(0, Math.floor((now - moment) / 1000));
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  if (seconds < 60) return words.format(0, "second");
  if (seconds < 3600) return words.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return words.format(-Math.floor(seconds / 3600), "hour");
  return words.format(-Math.floor(seconds / 86_400), "day");
}
